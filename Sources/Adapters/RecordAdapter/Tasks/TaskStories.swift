import Domain
import Postgres

/// Tasks with everything that happened to them.
struct TaskStories: Sendable {
    let connection: PostgresConnection

    func story(of id: TaskID) async throws(PostgresError) -> TaskStory? {
        let found = try await connection.query("\(Self.select) where t.id = $1", [.uuid(id.uuid)])
        return try await stories(found).first
    }

    func page(_ filter: TaskFilter) async throws(PostgresError) -> Page<TaskStory> {
        let limit = min(max(1, filter.limit), 1000)
        let place = Cursor.timeAndID(filter.cursor)
        let found = try await connection.query(
            """
            \(Self.select)
            where \(Self.condition(filter.state)) and ($1::text is null or t.kind = $1) and ($2::int8 is null or t.olt = $2)
                and ($3::timestamptz is null or (t.created_at, t.id) < ($3, $4::uuid))
            order by t.created_at desc, t.id desc
            limit $5
            """,
            [
                .text(filter.kind?.withoutZero), .int64(filter.olt?.value), .time(place?.time),
                .uuid(place?.id.uuid), .int64(Int64(limit + 1)),
            ]
        )
        return Cursor.page(try await stories(found), limit: limit) { Cursor.text($0.task.createdAt, $0.task.id) }
    }

    /// The state stands in the text, so that the few tasks of a rare state are found by its index and not among all that ended.
    private static func condition(_ state: TaskState?) -> String {
        state.map { "t.state = \($0.rawValue)" } ?? "true"
    }

    private func stories(_ found: PostgresResult) async throws(PostgresError) -> [TaskStory] {
        let rows = try found.rows.read { row throws(PostgresError) in try StoryRow(&row) }
        let runs = try await runs(of: rows.map(\.task.id))
        return rows.map { $0.story(runs: runs[$0.task.id] ?? []) }
    }

    private func runs(of tasks: [TaskID]) async throws(PostgresError) -> [TaskID: [RunStory]] {
        guard !tasks.isEmpty else { return [:] }
        let found = try await connection.query(
            """
            select task, attempt, number, worker, started_at, finished_at, outcome, error_class, error_message, error_retryable,
                error_retry_after
            from all_attempts
            where task = any($1)
            order by number
            """,
            [.uuids(tasks)]
        )
        let runs = try found.rows.read { row throws(PostgresError) in
            let task = try row.taskID()
            let run = RunStory(
                attempt: try row.whole(),
                number: try row.number(),
                worker: WorkerID(try row.text()),
                startedAt: try row.timestampIfAny(),
                finishedAt: try row.timestamp(),
                outcome: try row.text(),
                fault: try row.faultIfAny()
            )
            return (task, run)
        }
        return Dictionary(grouping: runs, by: \.0).mapValues { $0.map(\.1) }
    }

    private static let select = """
        select \(TaskRows.columns), t.state, t.attempt, t.started_at, t.finished_at, t.worker, t.result,
            t.error_class, t.error_message, t.error_retryable, t.error_retry_after, t.waiting_because, e.task
        from all_tasks t
        left join exclusions e on t.state = 2 and e.key = t.exclusion_key
        """
}

/// A row of a task's story, before its runs are known.
private struct StoryRow: Sendable {
    let task: FleetTask
    private let state: TaskState
    private let attempt: Int
    private let startedAt: Timestamp?
    private let finishedAt: Timestamp?
    private let worker: WorkerID?
    private let result: Payload?
    private let fault: TaskFault?
    private let waitingBecause: String?
    private let holder: TaskID?

    init(_ row: inout RowReader) throws(PostgresError) {
        task = try TaskRows.read(&row)
        state = try row.code()
        attempt = try row.whole()
        startedAt = try row.timestampIfAny()
        finishedAt = try row.timestampIfAny()
        worker = try row.textIfAny().map { WorkerID($0) }
        result = try row.payloadIfAny()
        fault = try row.faultIfAny()
        waitingBecause = try row.textIfAny()
        holder = try row.taskIDIfAny()
    }

    func story(runs: [RunStory]) -> TaskStory {
        TaskStory(
            task: task,
            state: state,
            attempt: attempt,
            startedAt: startedAt,
            finishedAt: finishedAt,
            worker: worker,
            result: result,
            fault: fault,
            waitingBecause: why,
            runs: runs
        )
    }

    private var why: String? {
        guard state == .blocked, let key = task.exclusionKey else { return state.isTerminal ? nil : waitingBecause }
        return holder.map { "\(key) is held by task \($0)" } ?? "another task of \(key) goes first"
    }
}
