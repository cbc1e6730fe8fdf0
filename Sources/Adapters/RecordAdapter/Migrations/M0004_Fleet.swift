extension Migration {
    /// Workers: what each told about itself when it joined, and its last beat.
    static let fleet = Migration(
        number: 4,
        name: "fleet",
        sql: """
            create table workers (
                id text collate "C" primary key,
                registration jsonb not null,
                beat jsonb,
                status text not null,
                registered_at timestamptz not null,
                last_seen_at timestamptz not null
            );
            create index workers_seen on workers (last_seen_at);
            """
    )
}
