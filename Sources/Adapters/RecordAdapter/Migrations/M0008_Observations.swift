extension Migration {
    /// How far outcomes were read, which queues the broker lost, and what each worker has in hand.
    ///
    /// A queue of a case is a lane or `outcomes`; reasons: `made_anew`, `overtaken`.
    static let observations = Migration(
        number: 8,
        name: "observations",
        sql: """
            create table markers (
                observer text collate "C" primary key,
                value bigint not null,
                noted_at timestamptz not null
            );

            create table queue_births (
                queue text collate "C" not null,
                reason text not null,
                horizon bigint not null,
                born_at timestamptz not null,
                claimed_by text,
                claimed_until timestamptz,
                settled_at timestamptz,
                primary key (queue, reason)
            );
            create index queue_births_open on queue_births (born_at) where settled_at is null;

            alter table workers add column hand bigint[] not null default '{}';
            """
    )
}
