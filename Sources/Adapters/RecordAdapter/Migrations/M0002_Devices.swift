extension Migration {
    /// OLTs as operators entered them, with what is known of them, and the ONUs seen on them.
    ///
    /// An ONU is (OLT, index).
    static let devices = Migration(
        number: 2,
        name: "devices",
        sql: """
            create table olts (
                id bigint generated always as identity primary key,
                name text collate "C" not null unique,
                host text not null,
                port integer not null,
                version text not null,
                profile text not null,
                enabled boolean not null default true,
                pdus_per_second integer not null,
                repetitions_max integer not null,
                attempts integer not null,
                sealed bytea not null,
                revision integer not null,
                created_at timestamptz not null default now(),
                sys_object_id text,
                sys_description text,
                sys_name text,
                up_time_ticks bigint,
                reachable boolean,
                last_seen_at timestamptz,
                onus_total integer not null default 0,
                onus_online integer not null default 0
            );

            create table onus (
                olt bigint not null references olts (id) on delete cascade,
                index text collate "C" not null,
                port text,
                onu_id integer,
                serial text,
                mac text,
                name text,
                description text,
                admin_status smallint,
                run_status smallint,
                distance_metres double precision,
                rx_onu_dbm double precision,
                tx_onu_dbm double precision,
                rx_olt_dbm double precision,
                temperature_celsius double precision,
                voltage_volts double precision,
                bias_milliamps double precision,
                last_down_cause text,
                is_present boolean not null,
                first_seen_at timestamptz not null,
                last_seen_at timestamptz not null,
                readings_at timestamptz,
                seen_by bigint not null,
                primary key (olt, index)
            );
            """
    )
}
