extension Migration {
    /// What happened to ONUs, what was measured by day, what devices count on their ports, and a search over all ONUs.
    ///
    /// Readings are small floats: a device measures no more than six digits. Trigrams find any three characters in a text of any ONU.
    static let readings = Migration(
        number: 9,
        name: "readings",
        sql: """
            create extension if not exists pg_trgm;

            alter table onus add column down_class smallint, add column model text, add column firmware text;
            alter table onus set (fillfactor = 85);
            create index onus_serial on onus (serial) where serial is not null;
            create index onus_mac on onus (mac) where mac is not null;
            create index onus_text on onus using gin (\(ONUText.expression) gin_trgm_ops);

            alter table olts add column found_profile text, add column vendor text;

            create table ports (
                olt bigint not null references olts (id) on delete cascade,
                port text collate "C" not null,
                counted integer,
                counted_at timestamptz not null,
                primary key (olt, port)
            );

            create table onu_events (
                id bigint generated always as identity primary key,
                at timestamptz not null,
                olt bigint not null references olts (id) on delete cascade,
                kind smallint not null,
                port text,
                index text collate "C",
                serial text,
                cause smallint,
                count integer not null,
                differences jsonb
            );
            create index onu_events_olt on onu_events (olt, id);
            create index onu_events_onu on onu_events (olt, index, id) where index is not null;

            create table readings (
                olt bigint not null,
                index text collate "C" not null,
                at timestamptz not null,
                run_status smallint,
                distance_metres real,
                rx_onu_dbm real,
                tx_onu_dbm real,
                rx_olt_dbm real,
                temperature_celsius real,
                voltage_volts real,
                bias_milliamps real
            ) partition by range (at);
            create index readings_onu on readings (olt, index, at);
            create table readings_rest partition of readings default;

            create or replace function make_done_day(day date) returns void language plpgsql as $$
            declare
                base text;
                clock text;
                part text;
            begin
                foreach base in array array['tasks_done', 'attempts_done', 'readings'] loop
                    part := base || '_' || to_char(day, 'YYYYMMDD');
                    clock := case base when 'readings' then 'at' else 'ended_at' end;
                    continue when to_regclass(part) is not null;
                    execute format('create table %I (like %I including all)', part, base);
                    execute format(
                        'with moved as (delete from %I where %I >= %L and %I < %L returning *) insert into %I select * from moved',
                        base || '_rest', clock, day::timestamp at time zone 'UTC', clock, (day + 1)::timestamp at time zone 'UTC', part
                    );
                    execute format(
                        'alter table %I attach partition %I for values from (%L) to (%L)',
                        base, part, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC'
                    );
                end loop;
            end
            $$;
            select make_done_day((now() at time zone 'UTC')::date + step) from generate_series(-1, 7) as step;
            """
    )
}
