import Domain
import Postgres

/// Tasks as they were admitted, from rows.
enum TaskRows {
    /// Of `tasks t`.
    static let columns = """
        t.id, t.kind, t.payload, t.priority, t.class, t.exclusion_key, t.olt, t.timeout, t.max_attempts, t.backoff_base, t.backoff_factor, \
        t.backoff_ceiling, t.created_at, t.due_at, t.labels, t.source, t.retry_of, \
        t.deadline, t.unique_key, t.unique_for, t.trace_parent
        """

    /// The same with the priority that was asked for: a task that waited long may stand higher.
    static let originalColumns = columns.replacing("t.priority", with: "t.base_priority")

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
        let createdAt = try row.timestamp()
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
            createdAt: createdAt,
            dueAt: try row.timestamp(),
            labels: try row.labels(),
            source: try row.word(),
            retryOf: try row.taskIDIfAny(),
            deadline: try row.timestampIfAny(),
            uniqueClaims: try row.claimsIfAny(since: createdAt),
            traceParent: try row.textIfAny().flatMap(TraceParent.init(_:))
        )
    }
}
