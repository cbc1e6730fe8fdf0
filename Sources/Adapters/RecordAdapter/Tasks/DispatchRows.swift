import Domain
import Postgres

/// Tasks as they are published: the row, and its OLT's access.
enum DispatchRows {
    /// Of `tasks t left join olts o on o.id = t.olt`.
    static let columns = """
        t.id, t.number, t.attempt, t.max_attempts, t.kind, t.payload, t.priority, t.class, t.exclusion_key, t.timeout, \(OLTRows.accessColumns)
        """

    static func read(_ rows: PostgresRows) throws(PostgresError) -> [DispatchedTask] {
        try rows.read { row throws(PostgresError) in
            DispatchedTask(
                id: try row.taskID(),
                number: try row.number(),
                attempt: try row.whole(),
                maxAttempts: try row.whole(),
                kind: try row.text(),
                payload: try row.payload(),
                priority: try row.code(),
                taskClass: try row.code(),
                exclusionKey: try row.keyIfAny(),
                timeout: try row.duration(),
                device: try OLTRows.accessIfAny(&row)
            )
        }
    }
}
