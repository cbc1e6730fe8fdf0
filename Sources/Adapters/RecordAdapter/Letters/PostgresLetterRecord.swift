package import Domain
package import Logging
import Postgres

/// Dead letters in PostgreSQL.
package struct PostgresLetterRecord: LetterRecord {
    private let database: RecordDatabase
    private let log: Logger

    package init(database: RecordDatabase, log: Logger) {
        self.database = database
        self.log = log
    }

    // MARK: Writing

    package func archive(_ messages: [UnreadableMessage], now: Timestamp) async throws(RecordError) -> [Int64] {
        guard !messages.isEmpty else { return [] }
        return try await database.write("archive messages") { connection throws(PostgresError) in
            try await Archive(connection: connection, now: now).write(messages)
        }
    }

    package func attachEvidence(_ messages: [DeadMessage], now: Timestamp) async throws(RecordError) -> [GivenUpNumber] {
        guard !messages.isEmpty else { return [] }
        return try await database.write("attach evidence") { connection throws(PostgresError) in
            try await Archive(connection: connection, now: now).attach(messages)
        }
    }

    package func charge(
        _ answers: [(givenUp: GivenUpNumber, answer: VoidAnswer)],
        judge: OutcomeJudge,
        now: Timestamp
    ) async throws(RecordError) -> RecordSummary {
        guard !answers.isEmpty else { return RecordSummary() }
        return try await database.write("charge numbers that were given up") { connection throws(PostgresError) in
            try await Archive(connection: connection, now: now).charge(answers, judge: judge)
        }
    }

    // MARK: Looking

    package func letters(_ filter: LetterFilter) async throws(RecordError) -> Page<Letter> {
        try await database.read("list letters") { connection throws(PostgresError) in
            try await LetterSearch(connection: connection).page(filter)
        }
    }

    package func letter(_ id: Int64) async throws(RecordError) -> Letter? {
        try await database.read("look up a letter") { connection throws(PostgresError) in
            try await LetterSearch(connection: connection).letter(id)
        }
    }

    package func tally(_ filter: LetterFilter) async throws(RecordError) -> LetterTally {
        try await database.read("count letters") { connection throws(PostgresError) in
            try await LetterSearch(connection: connection).tally(filter)
        }
    }

    package func openLetters() async throws(RecordError) -> Int {
        var filter = LetterFilter()
        filter.state = .dead
        return try await tally(filter).total
    }

    // MARK: Verbs

    package func plan(_ order: LetterOrder, now: Timestamp) async throws(RecordError) -> LetterPlan {
        try await database.read("plan for letters") { connection throws(PostgresError) in
            try await LetterPlanning(connection: connection, now: now).plan(order)
        }
    }

    package func perform(
        _ verb: LetterOrder.Verb,
        _ letters: [Int64],
        priority: Priority?,
        payload: Payload?,
        dryRun: Bool,
        makeID: @Sendable () -> TaskID,
        now: Timestamp
    ) async throws(RecordError) -> [LetterAnswer] {
        guard !letters.isEmpty else { return [] }
        return try await database.write("\(verb.rawValue) letters") { connection throws(PostgresError) in
            let closing = LetterClosing(connection: connection, now: now)
            switch verb {
            case .drop: return try await closing.drop(letters, dryRun: dryRun)
            case .retry:
                return try await closing.retry(letters, priority: priority, payload: payload, dryRun: dryRun, makeID: makeID)
            }
        }
    }

    package func start(_ order: LetterOrder, now: Timestamp) async throws(RecordError) -> LetterBatch {
        try await database.write("start a batch") { connection throws(PostgresError) in
            try await LetterBatchRows(connection: connection).insert(order, now: now)
        }
    }

    package func batch(_ id: Int64) async throws(RecordError) -> LetterBatch? {
        try await database.read("look up a batch") { connection throws(PostgresError) in
            try await LetterBatchRows(connection: connection).batch(id)
        }
    }

    package func batches(limit: Int, cursor: String?) async throws(RecordError) -> Page<LetterBatch> {
        try await database.read("list batches") { connection throws(PostgresError) in
            try await LetterBatchRows(connection: connection).page(limit: limit, before: cursor.flatMap { Int64($0) })
        }
    }

    package func stop(_ id: Int64, now: Timestamp) async throws(RecordError) -> LetterBatch? {
        try await database.write("stop a batch") { connection throws(PostgresError) in
            try await LetterBatchRows(connection: connection).stop(id, now: now)
        }
    }

    /// A part that the database refuses for good is gone through letter by letter; what is refused alone is left open.
    package func workBatch(chunkMax: Int, makeID: @Sendable () -> TaskID, now: Timestamp) async throws(RecordError) -> LetterBatchStep {
        do throws(RecordError) {
            return try await step(chunkMax, skipping: false, makeID, now)
        } catch {
            guard !error.mayPass else { throw error }
            log.warning("a part of a batch was refused, going on one by one", metadata: ["error": "\(error)"])
        }
        do throws(RecordError) {
            return try await step(1, skipping: false, makeID, now)
        } catch {
            guard !error.mayPass else { throw error }
            log.error("a letter of a batch is refused, it is left as it is", metadata: ["error": "\(error)"])
        }
        return try await step(1, skipping: true, makeID, now)
    }

    private func step(
        _ chunkMax: Int,
        skipping: Bool,
        _ makeID: @Sendable () -> TaskID,
        _ now: Timestamp
    ) async throws(RecordError) -> LetterBatchStep {
        try await database.write("work on a batch") { connection throws(PostgresError) in
            try await LetterBatchWork(connection: connection, now: now).step(chunkMax: chunkMax, skipping: skipping, makeID: makeID)
        }
    }

    // MARK: Keeping it small

    package func trim(_ keeping: LetterKeeping, now: Timestamp) async throws(RecordError) -> [LetterTrim] {
        try await LetterTrimming(database: database, now: now).run(keeping)
    }
}
