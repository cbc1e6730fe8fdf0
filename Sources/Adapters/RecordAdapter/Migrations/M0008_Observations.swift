extension Migration {
    /// What the broker lost, and how far outcomes were read.
    static let observations = Migration(
        number: 8,
        name: "observations",
        sql: """
            select 1;
            """
    )
}
