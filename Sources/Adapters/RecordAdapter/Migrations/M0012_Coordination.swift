extension Migration {
    /// The coordinator's memory: a book per OLT, and what of it people ask for.
    ///
    /// `olt_books.book` is the truth about an OLT's periods, slots and quotas (`proto/flotilla/v1/book.proto`, binary; null until the OLT was
    /// first attended to); `plans` and `quota_trackers` are written with it. A row of `planned_tasks` without an operation is a probe. Verdicts in
    /// the ledger: `completed`, `failed`. Kinds of gaps: `no_workers`, `no_leader`.
    static let coordination = Migration(
        number: 12,
        name: "coordination",
        sql: """
            create table olt_books (
                olt bigint primary key references olts (id) on delete cascade,
                wake_at timestamptz not null default 'epoch',
                awaits_lease boolean not null default false,
                book bytea,
                changed_at timestamptz not null default now()
            ) with (fillfactor = 70);
            create index olt_books_wake on olt_books (wake_at);

            create function open_olt_book() returns trigger language plpgsql as $$
            begin
                insert into olt_books (olt) values (new.id);
                return null;
            end $$;
            create trigger olts_booked after insert on olts for each row execute function open_olt_book();
            insert into olt_books (olt) select id from olts;

            create table planned_tasks (
                task uuid primary key,
                olt bigint not null,
                operation text collate "C",
                period_start timestamptz,
                slot integer
            );

            create table plans (
                olt bigint not null,
                period_start timestamptz not null,
                period_end timestamptz not null,
                revision integer not null,
                status text not null,
                reason text not null,
                total integer not null,
                completed integer not null,
                failed integer not null,
                skipped integer not null,
                made_at timestamptz not null,
                primary key (olt, period_start, revision)
            );
            create index plans_period on plans (period_end);

            create table quota_trackers (
                olt bigint not null,
                operation text collate "C" not null,
                period_start timestamptz not null,
                period_end timestamptz not null,
                required integer not null,
                completed integer not null,
                failed integer not null,
                skipped integer not null,
                status text not null,
                risk text,
                last_error text,
                primary key (period_start, olt, operation)
            );
            create index quota_trackers_olt on quota_trackers (olt, period_start);
            create index quota_trackers_risk on quota_trackers (period_start, olt) where risk is not null;

            create table quota_ledger (
                number bigint primary key,
                task uuid not null,
                olt bigint not null,
                operation text collate "C" not null,
                period_start timestamptz not null,
                slot integer not null,
                verdict text not null,
                started_at timestamptz,
                finished_at timestamptz not null
            );
            create index quota_ledger_olt on quota_ledger (olt, finished_at);
            create index quota_ledger_finished on quota_ledger (finished_at);

            create table quota_violations (
                id bigint generated always as identity primary key,
                olt bigint not null,
                olt_name text not null,
                period_start timestamptz not null,
                period_end timestamptz not null,
                severity text not null,
                completion double precision not null,
                causes text[] not null,
                report jsonb not null,
                created_at timestamptz not null,
                notified_at timestamptz,
                notify_after timestamptz,
                notify_tries integer not null default 0,
                notify_error text,
                unique (olt, period_start)
            );
            create index quota_violations_open on quota_violations (id) where notified_at is null;
            create index quota_violations_olt on quota_violations (olt, id);
            create index quota_violations_created on quota_violations (created_at);

            create table coordinator_log (
                id bigint generated always as identity primary key,
                at timestamptz not null,
                olt bigint,
                olt_name text,
                type text not null,
                level smallint not null,
                message text not null,
                details jsonb not null
            );
            create index coordinator_log_at on coordinator_log (at);
            create index coordinator_log_olt on coordinator_log (olt, id);
            create index coordinator_log_loud on coordinator_log (id) where level >= 3;

            create table service_gaps (
                kind text not null,
                began_at timestamptz not null,
                ended_at timestamptz,
                primary key (kind, began_at)
            );

            create table coordinator_ticks (
                singular boolean primary key default true check (singular),
                term bigint not null,
                holder text not null,
                at timestamptz not null,
                took bigint not null,
                olts integer not null
            );
            """
    )
}
