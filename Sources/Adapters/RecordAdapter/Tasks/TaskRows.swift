import Domain
import Postgres

/// Tasks as they were admitted, from rows.
enum TaskRows {
    /// Of `tasks t`.
    static let columns = """
        t.id, t.kind, t.payload, t.priority, t.class, t.exclusion_key, t.olt, t.timeout, t.max_attempts, t.backoff_base, t.backoff_factor, \
        t.backoff_ceiling, t.created_at, t.due_at, t.labels, t.source, t.retry_of
        """

    static func read(_ row: inout RowReader) throws(PostgresError) -> FleetTask {
        let id = try row.taskID()
        let kind = try row.text()
        let payload = try row.payload()
        let priority: Priority = try row.code()
        let taskClass: TaskClass = try row.code()
        let key = try row.keyIfAny()
        let olt = try row.oltIfAny()
        let timeout = try row.duration()
        let maxAttempts = try row.whole()
        let backoff = Backoff(base: try row.duration(), factor: try row.double(), ceiling: try row.duration())
        return FleetTask(
            id: id,
            kind: kind,
            payload: payload,
            priority: priority,
            taskClass: taskClass,
            exclusionKey: key,
            olt: olt,
            timeout: timeout,
            maxAttempts: maxAttempts,
            backoff: backoff,
            createdAt: try row.timestamp(),
            dueAt: try row.timestamp(),
            labels: try row.labels(),
            source: try row.word(),
            retryOf: try row.taskIDIfAny()
        )
    }
}
