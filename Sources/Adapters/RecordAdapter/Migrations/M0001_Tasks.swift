extension Migration {
    /// Tasks, their attempts, and who holds an exclusion key.
    ///
    /// States: 0 waiting, 1 queued, 2 blocked, 3 succeeded, 4 dead, 5 cancelled, 6 expired. No index is led by the state: after `analyze` on
    /// an idle table the planner would walk it for every batch of ids. Durations are microseconds.
    static let tasks = Migration(
        number: 1,
        name: "tasks",
        sql: """
            create sequence dispatch_numbers as bigint cache 1;

            create table tasks (
                id uuid primary key,
                kind text not null,
                payload jsonb not null,
                priority smallint not null,
                class smallint not null,
                state smallint not null,
                exclusion_key text collate "C",
                olt bigint,
                attempt integer not null default 1,
                max_attempts integer not null,
                backoff_base bigint not null,
                backoff_factor double precision not null,
                backoff_ceiling bigint not null,
                timeout bigint not null,
                number bigint,
                queued_at timestamptz,
                published_at timestamptz,
                due_at timestamptz not null,
                created_at timestamptz not null,
                started_at timestamptz,
                finished_at timestamptz,
                worker text,
                labels jsonb not null,
                source text not null,
                retry_of uuid,
                workers_lost integer not null default 0,
                deferrals integer not null default 0,
                watch_from timestamptz,
                waiting_because text,
                result jsonb,
                error_class text,
                error_message text,
                error_retryable boolean,
                error_retry_after bigint
            );

            create index tasks_due on tasks (class, priority, due_at) where state = 0;
            create index tasks_key_waiting on tasks (exclusion_key, priority, due_at) where state = 0 and exclusion_key is not null;
            create index tasks_blocked on tasks (exclusion_key, priority, due_at) where state = 2;
            create index tasks_queued on tasks (class, priority) where state = 1;
            create index tasks_unpublished on tasks (number) where state = 1 and published_at is null;
            create index tasks_watched on tasks (watch_from) where watch_from is not null;
            create index tasks_created on tasks (created_at, id);
            create index tasks_dead on tasks (created_at, id) where state = 4;
            create index tasks_olt on tasks (olt, created_at, id) where olt is not null;

            create table attempts (
                number bigint primary key,
                task uuid not null,
                attempt integer not null,
                worker text not null,
                outcome text not null,
                started_at timestamptz,
                finished_at timestamptz not null,
                redeliveries integer not null,
                error_class text,
                error_message text,
                error_retryable boolean,
                error_retry_after bigint
            );
            create index attempts_task on attempts (task);

            create table exclusions (
                key text collate "C" primary key,
                task uuid not null,
                number bigint not null
            );

            create table endings (
                state smallint not null,
                shard smallint not null,
                count bigint not null,
                primary key (state, shard)
            ) with (fillfactor = 50);

            create table outcome_parts (
                number bigint not null,
                index integer not null,
                body bytea not null,
                staged_at timestamptz not null,
                primary key (number, index)
            );
            """
    )
}
