package import Domain
package import Logging
import Postgres
import Wire

/// Tasks in PostgreSQL.
package struct PostgresTaskRecord: TaskRecord {
    private let database: RecordDatabase
    private let log: Logger

    package init(database: RecordDatabase, log: Logger) {
        self.database = database
        self.log = log
    }

    // MARK: Admission

    package func admit(_ tasks: [AdmittedTask], now: Timestamp) async throws(RecordError) -> [AdmissionAnswer] {
        guard !tasks.isEmpty else { return [] }
        let insert = TaskInsert(tasks: tasks, now: now)
        guard insert.isPlain else {
            return try await database.write("admit tasks") { connection throws(PostgresError) in try await insert.run(on: connection) }
        }
        let statement = insert.statement
        let result = try await database.write("admit tasks", statement.sql, statement.parameters)
        let numbers: [TaskID: DispatchNumber?]
        do throws(PostgresError) {
            numbers = try insert.numbers(result)
        } catch {
            throw RecordError(error, during: "read admitted tasks")
        }
        return insert.answers(numbers, try await states(ofDuplicates: tasks.map(\.task.id).filter { numbers[$0] == nil }, insert))
    }

    /// The tasks are written by now: when the look-up fails, repeating the whole call is right and gives the same answers.
    private func states(ofDuplicates duplicates: [TaskID], _ insert: TaskInsert) async throws(RecordError) -> [TaskID: TaskState] {
        guard !duplicates.isEmpty else { return [:] }
        do throws(RecordError) {
            return try await database.read("look up duplicates") { connection throws(PostgresError) in
                try await insert.states(of: duplicates, on: connection)
            }
        } catch {
            throw error.mayPass ? .commitUnknown : error
        }
    }

    // MARK: Dispatch

    package func dispatchDue(
        room: [Lane: Int],
        keyed: Bool,
        limit: Int,
        now: Timestamp
    ) async throws(RecordError) -> [DispatchedTask] {
        let candidates = try await database.read("look for due tasks") { connection throws(PostgresError) in
            try await DueDispatch.candidates(room: room, keyed: keyed, limit: limit, now: now, on: connection)
        }
        guard !candidates.isEmpty else { return [] }
        return try await database.write("dispatch due tasks") { connection throws(PostgresError) in
            try await DueDispatch(connection: connection, now: now).run(candidates)
        }
    }

    package func published(_ numbers: [DispatchNumber], now: Timestamp) async throws(RecordError) {
        guard !numbers.isEmpty else { return }
        _ = try await database.write("note confirms", PublishSQL.published, [.numbers(numbers), .time(now)])
    }

    package func unpublished(before: Timestamp, limit: Int, now: Timestamp) async throws(RecordError) -> [DispatchedTask] {
        let parameters: [PostgresValue] = [.time(before), .int64(Int64(limit)), .time(now)]
        let result = try await database.write("look for unconfirmed tasks", PublishSQL.unpublished, parameters)
        do throws(PostgresError) {
            return try DispatchRows.read(result.rows)
        } catch {
            throw RecordError(error, during: "read unconfirmed tasks")
        }
    }

    package func notTaken(_ numbers: [DispatchNumber], reason: String, dueAt: Timestamp) async throws(RecordError) {
        guard !numbers.isEmpty else { return }
        try await database.write("give back tasks") { connection throws(PostgresError) in
            let found = try await connection.query(PublishSQL.keysOfUnpublished, [.numbers(numbers)])
            let keys = Set(try found.rows.read { row throws(PostgresError) in try row.keyIfAny() }.compactMap(\.self))
            let locks = KeyLocks(connection: connection)
            try await locks.lock(keys)
            _ = try await connection.query(PublishSQL.giveBack, [.numbers(numbers), .time(dueAt), .text(reason.withoutZero)])
            // What is given back is due later, so that the next of its key may go first.
            try await locks.settle(keys, now: Timestamp(microseconds: dueAt.microseconds - 1))
        }
    }

    // MARK: Outcomes

    package func record(_ outcomes: [Outcome], judge: OutcomeJudge, now: Timestamp) async throws(RecordError) -> RecordSummary {
        guard !outcomes.isEmpty else { return RecordSummary() }
        do throws(RecordError) {
            return try await recordTogether(outcomes, judge: judge, now: now)
        } catch {
            guard !error.mayPass else { throw error }
            log.warning("a batch of outcomes was refused, recording one by one", metadata: ["error": "\(error)"])
        }
        var summary = RecordSummary()
        for outcome in outcomes { summary.add(try await recordAlone(outcome, judge: judge, now: now)) }
        return summary
    }

    private func recordTogether(
        _ outcomes: [Outcome],
        judge: OutcomeJudge,
        now: Timestamp,
        unrecordable: [DispatchNumber: [UInt8]] = [:]
    ) async throws(RecordError) -> RecordSummary {
        try await database.write("record outcomes") { connection throws(PostgresError) in
            try await OutcomeRecording(connection: connection, judge: judge, now: now).run(outcomes, unrecordable: unrecordable)
        }
    }

    /// What the database refuses even alone ends as a final failure with its bytes in the letter.
    private func recordAlone(_ outcome: Outcome, judge: OutcomeJudge, now: Timestamp) async throws(RecordError) -> RecordSummary {
        do throws(RecordError) {
            return try await recordTogether([outcome], judge: judge, now: now)
        } catch {
            guard !error.mayPass else { throw error }
            log.error("an outcome cannot be recorded", metadata: ["task.number": "\(outcome.number)", "error": "\(error)"])
            return try await recordTogether(
                [outcome.unrecordable(because: "\(error)", now: now)],
                judge: judge,
                now: now,
                unrecordable: [outcome.number: OutcomeCodec.encode(.outcomes([outcome]))]
            )
        }
    }

    package func stage(_ part: OutcomePart, now: Timestamp) async throws(RecordError) {
        let statement = PartShelf.stage(part, now: now)
        _ = try await database.write("stage a part", statement.sql, statement.parameters)
    }

    // MARK: Rescue

    package func dueWatches(limit: Int, now: Timestamp) async throws(RecordError) -> [WatchedNumber] {
        try await database.read("look for due watches") { connection throws(PostgresError) in
            let found = try await connection.query(
                """
                select id, number, exclusion_key
                from tasks
                where watch_from <= $1 and state + 0 = 1 and exclusion_key is not null
                order by watch_from
                limit $2
                """,
                [.time(now), .int64(Int64(limit))]
            )
            return try found.rows.read { row throws(PostgresError) in
                let task = try row.taskID()
                let number = try row.number()
                return try row.keyIfAny().map { WatchedNumber(task: task, number: number, key: $0) }
            }.compactMap(\.self)
        }
    }

    package func rescue(
        _ answers: [(watch: WatchedNumber, answer: VoidAnswer)],
        judge: OutcomeJudge,
        now: Timestamp
    ) async throws(RecordError) -> RecordSummary {
        guard !answers.isEmpty else { return RecordSummary() }
        return try await database.write("rescue numbers") { connection throws(PostgresError) in
            try await OutcomeRecording(connection: connection, judge: judge, now: now).rescue(answers)
        }
    }

    package func promoteForgotten(now: Timestamp) async throws(RecordError) -> Int {
        let keys = try await database.read("look for forgotten keys") { connection throws(PostgresError) in
            let found = try await connection.query(ForgottenSQL.keys, [.time(now + ClockSkew.tolerated)])
            return try found.rows.read { row throws(PostgresError) in try row.keyIfAny() }.compactMap(\.self)
        }
        guard !keys.isEmpty else { return 0 }
        return try await database.write("promote forgotten tasks") { connection throws(PostgresError) in
            let locks = KeyLocks(connection: connection)
            try await locks.lock(keys)
            return try await locks.settle(keys, now: now)
        }
    }

    // MARK: Looking

    package func laneCounts(now: Timestamp) async throws(RecordError) -> LaneCounts {
        try await database.read("count the lanes") { connection throws(PostgresError) in
            try await LaneCounting(connection: connection).counts(now: now)
        }
    }

    package func stateCounts() async throws(RecordError) -> [TaskState: Int] {
        try await database.read("count the states") { connection throws(PostgresError) in
            try await LaneCounting(connection: connection).states()
        }
    }

    package func task(_ id: TaskID) async throws(RecordError) -> TaskStory? {
        try await database.read("look up a task") { connection throws(PostgresError) in
            try await TaskStories(connection: connection).story(of: id)
        }
    }

    package func tasks(_ filter: TaskFilter) async throws(RecordError) -> Page<TaskStory> {
        try await database.read("list tasks") { connection throws(PostgresError) in
            try await TaskStories(connection: connection).page(filter)
        }
    }
}

extension RecordSummary {
    fileprivate mutating func add(_ other: RecordSummary) {
        left.merge(other.left) { $0 + $1 }
        succeeded += other.succeeded
        retried += other.retried
        released += other.released
        dead += other.dead
        cancelled += other.cancelled
        expired += other.expired
        stale += other.stale
        watched += other.watched
        due += other.due
        unrecordable += other.unrecordable
        ends += other.ends
    }
}
