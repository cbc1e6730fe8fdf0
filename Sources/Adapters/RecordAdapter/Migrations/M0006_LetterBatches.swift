extension Migration {
    /// Batches of verbs on dead letters.
    static let letterBatches = Migration(
        number: 6,
        name: "letterBatches",
        sql: """
            select 1;
            """
    )
}
