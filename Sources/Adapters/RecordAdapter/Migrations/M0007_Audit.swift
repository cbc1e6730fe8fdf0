extension Migration {
    /// Who forced or changed what.
    static let audit = Migration(
        number: 7,
        name: "audit",
        sql: """
            select 1;
            """
    )
}
