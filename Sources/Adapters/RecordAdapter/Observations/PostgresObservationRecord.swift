package import Domain
import Postgres

/// In PostgreSQL what the instances observed of the broker: any of them may read the outcomes, so the one that waits asks here.
package struct PostgresObservationRecord: ObservationRecord {
    /// Markers of processes that have been gone this long are forgotten.
    private static let kept: Duration = .seconds(86_400)

    private let database: RecordDatabase

    package init(database: RecordDatabase) {
        self.database = database
    }

    // MARK: Markers

    package func note(_ markers: [OutcomeMarker], now: Timestamp) async throws(RecordError) {
        let values = Dictionary(markers.map { ($0.observer.withoutZero, $0.value) }, uniquingKeysWith: max).sorted { $0.key < $1.key }
        guard !values.isEmpty else { return }
        _ = try await database.write(
            "note markers",
            ObservationSQL.noteMarkers,
            [.texts(values.map(\.key)), .int64s(values.map(\.value)), .time(now), .time(now - Self.kept)]
        )
    }

    package func lastMarker(of observer: String) async throws(RecordError) -> Int64? {
        try await database.read("look for a marker") { connection throws(PostgresError) in
            let found = try await connection.query("select value from markers where observer = $1", [.text(observer)])
            return try found.rows.read { row throws(PostgresError) in try row.int64() }.first
        }
    }

    // MARK: Cases

    package func noteMadeAnew(_ queues: [ObservedQueue], now: Timestamp) async throws(RecordError) {
        guard !queues.isEmpty else { return }
        _ = try await database.write(
            "note queues that are made anew",
            ObservationSQL.madeAnew,
            [.texts(queues.map(\.description).sorted()), .time(now)]
        )
    }

    package func noteOvertaken(_ lane: Lane, upTo horizon: DispatchNumber, now: Timestamp) async throws(RecordError) {
        _ = try await database.write(
            "note overtaken numbers",
            ObservationSQL.overtaken,
            [.text(ObservedQueue.lane(lane).description), .int64(horizon.value), .time(now)]
        )
    }

    package func claimCases(by observer: String, for span: Duration, now: Timestamp) async throws(RecordError) -> [LossCase] {
        let claimed = try await database.write(
            "claim cases of loss",
            ObservationSQL.claim,
            [.text(observer), .time(now), .time(now + span)]
        )
        do throws(PostgresError) {
            return try claimed.rows.read { row throws(PostgresError) in
                let queue = ObservedQueue(try row.text())
                let reason: LossCase.Reason = try row.word()
                let horizon = try row.number()
                let openedAt = try row.timestamp()
                return queue.map { LossCase(queue: $0, reason: reason, horizon: horizon, openedAt: openedAt) }
            }.compactMap(\.self)
        } catch {
            throw RecordError(error, during: "read cases of loss")
        }
    }

    package func settle(_ settled: LossCase, now: Timestamp) async throws(RecordError) {
        _ = try await database.write(
            "settle a case of loss",
            """
            update queue_births set settled_at = $4, claimed_by = null, claimed_until = null
            where queue = $1 and reason = $2 and horizon = $3 and born_at = $5 and settled_at is null
            """,
            [
                .text(settled.queue.description), .text(settled.reason.rawValue), .int64(settled.horizon.value), .time(now),
                .time(settled.openedAt),
            ]
        )
    }

    // MARK: Numbers

    package func queuedNumbers(upTo horizon: DispatchNumber?) async throws(RecordError) -> QueuedNumbers {
        try await database.read("count queued numbers") { connection throws(PostgresError) in
            // The last number first: what is counted after it includes everything that was given by then and committed.
            let last = try await connection.query("select last_value from dispatch_numbers")
            let counts = try await connection.query(ObservationSQL.queued, [.int64(horizon?.value)])
            let pairs = try counts.rows.read { row throws(PostgresError) in (Lane(try row.code(), try row.code()), try row.whole()) }
            return QueuedNumbers(
                last: DispatchNumber(try last.rows[0].int64(0)),
                byLane: Dictionary(pairs, uniquingKeysWith: +)
            )
        }
    }

    package func missing(
        in lane: Lane,
        upTo horizon: DispatchNumber,
        ready: Int,
        limit: Int
    ) async throws(RecordError) -> [MissingNumber] {
        try await database.read("look for numbers in nobody's hand") { connection throws(PostgresError) in
            let found = try await connection.query(
                ObservationSQL.missing,
                [
                    .int64(Int64(lane.taskClass.rawValue)), .int64(Int64(lane.priority.rawValue)), .int64(Int64(max(0, ready))),
                    .int64(horizon.value), .int64(Int64(limit)),
                ]
            )
            return try found.rows.read { row throws(PostgresError) in
                MissingNumber(task: try row.taskID(), number: try row.number(), key: try row.keyIfAny(), isStarted: try row.bool())
            }
        }
    }

    package func oldestBeat() async throws(RecordError) -> Timestamp? {
        try await database.read("look for the oldest beat") { connection throws(PostgresError) in
            let found = try await connection.query("select min(last_seen_at) from workers where status not in ('lost', 'stopped')")
            return try found.rows.read { row throws(PostgresError) in try row.timestampIfAny() }.first ?? nil
        }
    }

    package func release(
        _ numbers: [(number: MissingNumber, answer: VoidAnswer)],
        judge: OutcomeJudge,
        now: Timestamp
    ) async throws(RecordError) -> RecordSummary {
        guard !numbers.isEmpty else { return RecordSummary() }
        return try await database.write("release lost numbers") { connection throws(PostgresError) in
            try await KeyLocks(connection: connection).lock(Set(numbers.compactMap(\.number.key)))
            let rows = try await StandingRow.lock(Set(numbers.map(\.number.task)), on: connection)
            var summary = RecordSummary()
            var changes: [JudgedChange] = []
            for (lost, answer) in numbers {
                guard let row = rows[lost.task] else { continue }
                let change = judge.rescue(row.standing, number: lost.number, answer: answer, now: now)
                guard change != .stale else {
                    summary.stale += 1
                    continue
                }
                changes.append(JudgedChange(row: row, number: lost.number, change: change, outcome: nil, unrecordable: nil))
            }
            try await ChangeWriter(connection: connection, now: now).write(changes, into: &summary)
            return summary
        }
    }
}
