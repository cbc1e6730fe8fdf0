extension Migration {
    /// Unique keys, deadlines and wishes of tasks; ended tasks and their attempts leave the live tables and are kept by day.
    ///
    /// `ended_at` is the record's own clock, not a worker's: a day is made and dropped by it. The indexes of live tasks name no column but the
    /// state that a confirm or a start changes, so that these rewrite no index (heap-only updates).
    static let delivery = Migration(
        number: 5,
        name: "delivery",
        sql: """
            alter table tasks
                add column deadline timestamptz,
                add column ending smallint,
                add column ending_reason text,
                add column base_priority smallint,
                add column aged_at timestamptz,
                add column unique_key text,
                add column unique_for bigint,
                add column trace_parent text;
            update tasks set base_priority = priority;
            alter table tasks alter column base_priority set not null;
            alter table tasks set (fillfactor = 85);

            drop index tasks_queued;
            drop index tasks_unpublished;
            drop index tasks_dead;
            create index tasks_queued on tasks (number) where state = 1;
            create index tasks_deadline on tasks (deadline) where deadline is not null;

            alter table attempts add column trace_parent text;

            create table unique_keys (
                key text collate "C" primary key,
                task uuid not null,
                until timestamptz,
                fingerprint text
            );
            create index unique_keys_until on unique_keys (until) where until is not null;

            create table tasks_done (like tasks including defaults, ended_at timestamptz not null) partition by range (ended_at);
            create index tasks_done_id on tasks_done (id);
            create index tasks_done_created on tasks_done (created_at, id);
            create index tasks_done_rare on tasks_done (state, created_at, id) where state <> 3;
            create index tasks_done_olt on tasks_done (olt, created_at, id) where olt is not null;
            create index tasks_done_left on tasks_done (ended_at) where number is not null;
            create table tasks_done_rest partition of tasks_done default;

            create table attempts_done (like attempts including defaults, ended_at timestamptz not null) partition by range (ended_at);
            create index attempts_done_task on attempts_done (task);
            create table attempts_done_rest partition of attempts_done default;

            create function make_done_day(day date) returns void language plpgsql as $$
            declare
                base text;
                part text;
            begin
                foreach base in array array['tasks_done', 'attempts_done'] loop
                    part := base || '_' || to_char(day, 'YYYYMMDD');
                    continue when to_regclass(part) is not null;
                    execute format('create table %I (like %I including all)', part, base);
                    execute format(
                        'with moved as (delete from %I where ended_at >= %L and ended_at < %L returning *) insert into %I select * from moved',
                        base || '_rest', day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC', part
                    );
                    execute format(
                        'alter table %I attach partition %I for values from (%L) to (%L)',
                        base, part, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC'
                    );
                end loop;
            end
            $$;
            select make_done_day((now() at time zone 'UTC')::date + step) from generate_series(-1, 7) as step;

            with ended as (delete from tasks where state >= 3 returning *)
            insert into tasks_done select *, coalesce(finished_at, now()) from ended;
            with moved as (delete from attempts a where not exists (select from tasks t where t.id = a.task) returning *)
            insert into attempts_done select *, finished_at from moved;

            create view all_tasks as
            select *, null::timestamptz as ended_at from tasks union all select * from tasks_done;
            create view all_attempts as
            select *, null::timestamptz as ended_at from attempts union all select * from attempts_done;
            """
    )
}
