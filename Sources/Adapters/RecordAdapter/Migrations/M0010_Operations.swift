extension Migration {
    /// What operators declare of their OLTs, and a word to the coordinator when they change it.
    ///
    /// Durations are microseconds. The channel `flotilla_coordinator` carries ids of OLTs.
    static let operations = Migration(
        number: 10,
        name: "operations",
        sql: """
            alter table olts add column labels jsonb not null default '{}';
            alter table olts add column quiet_gap bigint;
            create index olts_address on olts (host, port);

            create table olt_operations (
                olt bigint not null references olts (id) on delete cascade,
                type text collate "C" not null,
                enabled boolean not null default true,
                per_period integer,
                every bigint,
                timeout bigint,
                changed_at timestamptz not null default now(),
                primary key (olt, type),
                check ((per_period is null) <> (every is null))
            );

            create function tell_coordinator_of_olt() returns trigger language plpgsql as $$
            begin
                perform pg_notify('flotilla_coordinator', new.id::text);
                return null;
            end $$;
            create trigger olts_declared after insert or update of enabled on olts
                for each row execute function tell_coordinator_of_olt();

            create function tell_coordinator_of_operation() returns trigger language plpgsql as $$
            begin
                perform pg_notify('flotilla_coordinator', coalesce(new.olt, old.olt)::text);
                return null;
            end $$;
            create trigger olt_operations_declared after insert or update or delete on olt_operations
                for each row execute function tell_coordinator_of_operation();
            """
    )
}
