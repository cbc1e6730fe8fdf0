extension Migration {
    /// Who forced or changed what; locks that are held for longer than the lease store's barrier lasts.
    static let audit = Migration(
        number: 7,
        name: "audit",
        sql: """
            create table audit (
                id bigint generated always as identity primary key,
                at timestamptz not null,
                actor text not null,
                verb text not null,
                subject text not null,
                detail jsonb not null
            );
            create index audit_subject on audit (subject, id);
            create index audit_actor on audit (actor, id);
            create index audit_verb on audit (verb, id);

            create table long_locks (
                key text collate "C" primary key,
                number bigint not null,
                holder text not null,
                until timestamptz not null
            );
            """
    )
}
