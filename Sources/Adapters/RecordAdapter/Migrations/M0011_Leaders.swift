extension Migration {
    /// Who leads, and since when: one row per role, with the number of the reign.
    ///
    /// A holder renews by counting `renewals` up; who sees `(term, renewals)` stand still for the lease's span on its own clock may take over.
    static let leaders = Migration(
        number: 11,
        name: "leaders",
        sql: """
            create table leaders (
                role text collate "C" primary key,
                term bigint not null,
                renewals bigint not null,
                holder text,
                began_at timestamptz not null,
                renewed_at timestamptz not null
            );
            """
    )
}
