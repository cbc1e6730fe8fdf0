import Domain
import Postgres

/// A task's row as outcomes meet it, locked.
struct StandingRow: Sendable {
    let standing: TaskStanding
    let kind: String
    let lane: Lane
    let key: ExclusionKey?
    let olt: OLTID?
    let startedAt: Timestamp?
    let worker: WorkerID?
    let createdAt: Timestamp
    let uniqueKey: UniqueKey?
    let traceParent: TraceParent?
    let queuedAt: Timestamp?

    /// Locks the rows, in order of id.
    static func lock(_ tasks: some Collection<TaskID>, on connection: PostgresConnection) async throws(PostgresError) -> [TaskID:
        StandingRow]
    {
        let found = try await connection.query(sql, [.uuids(tasks)])
        let rows = try found.rows.read { row throws(PostgresError) in
            let standing = TaskStanding(
                id: try row.taskID(),
                state: try row.code(),
                number: try row.numberIfAny(),
                attempt: try row.whole(),
                maxAttempts: try row.whole(),
                backoff: Backoff(base: try row.duration(), factor: try row.double(), ceiling: try row.duration()),
                workersLost: try row.whole(),
                deferrals: try row.whole(),
                deadline: try row.timestampIfAny(),
                ending: try row.endingIfAny()
            )
            return StandingRow(
                standing: standing,
                kind: try row.text(),
                lane: Lane(try row.code(), try row.code()),
                key: try row.keyIfAny(),
                olt: try row.oltIfAny(),
                startedAt: try row.timestampIfAny(),
                worker: try row.textIfAny().map { WorkerID($0) },
                createdAt: try row.timestamp(),
                uniqueKey: try row.textIfAny().map(UniqueKey.init(stored:)),
                traceParent: try row.textIfAny().flatMap(TraceParent.init(_:)),
                queuedAt: try row.timestampIfAny()
            )
        }
        return Dictionary(rows.map { ($0.standing.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private static let sql = """
        select id, state, number, attempt, max_attempts, backoff_base, backoff_factor, backoff_ceiling, workers_lost, deferrals,
            deadline, ending, ending_reason, kind, class, priority, exclusion_key, olt, started_at, worker, created_at, unique_key, trace_parent,
            queued_at
        from tasks
        where id = any($1)
        order by id
        for update
        """
}
