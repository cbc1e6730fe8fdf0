import Domain
import Postgres

/// Tasks as they are published: the row, and its OLT's access.
enum DispatchRows {
    /// Of `tasks t left join olts o on o.id = t.olt`.
    static let columns = """
        t.id, t.number, t.attempt, t.max_attempts, t.kind, t.payload, t.priority, t.class, t.exclusion_key, t.timeout, \
        t.deadline, t.queued_at, t.trace_parent, \(OLTRows.accessColumns)
        """

    static func read(_ rows: PostgresRows) throws(PostgresError) -> [DispatchedTask] {
        try rows.read { row throws(PostgresError) in
            let id = try row.taskID()
            let number = try row.number()
            let attempt = try row.whole()
            let maxAttempts = try row.whole()
            let kind = try row.text()
            let payload = try row.payload()
            let priority: Priority = try row.code()
            let taskClass: TaskClass = try row.code()
            let key = try row.keyIfAny()
            let timeout = try row.duration()
            let deadline = try row.timestampIfAny()
            let queuedAt = try row.timestampIfAny()
            let traceParent = try row.textIfAny().flatMap(TraceParent.init(_:))
            return DispatchedTask(
                id: id,
                number: number,
                attempt: attempt,
                maxAttempts: maxAttempts,
                kind: kind,
                payload: payload,
                priority: priority,
                taskClass: taskClass,
                exclusionKey: key,
                timeout: timeout,
                device: try OLTRows.accessIfAny(&row),
                timeLeft: deadline.flatMap { deadline in queuedAt.map { max(.zero, deadline - $0) } },
                traceParent: traceParent
            )
        }
    }
}
