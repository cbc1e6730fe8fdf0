import Domain
import Postgres

extension Bench {
    func retry(
        _ letters: [Int64],
        dryRun: Bool = false,
        makeID: (@Sendable () -> TaskID)? = nil
    ) async throws -> [LetterAnswer] {
        try await self.letters.perform(
            .retry,
            letters,
            priority: nil,
            payload: nil,
            dryRun: dryRun,
            makeID: makeID ?? { id() },
            now: now
        )
    }

    func drop(_ letters: [Int64], dryRun: Bool = false) async throws -> [LetterAnswer] {
        try await self.letters.perform(.drop, letters, priority: nil, payload: nil, dryRun: dryRun, makeID: { id() }, now: now)
    }

    @discardableResult
    func attach(_ messages: DeadMessage..., at time: Timestamp? = nil) async throws -> [GivenUpNumber] {
        try await letters.attachEvidence(messages, now: time ?? now)
    }

    /// Works on batches until none may go on at this time; returns the steps.
    @discardableResult
    func workBatches(chunkMax: Int = 500, at time: Timestamp? = nil) async throws -> [LetterBatchStep] {
        var steps: [LetterBatchStep] = []
        while true {
            let step = try await letters.workBatch(chunkMax: chunkMax, makeID: { id() }, now: time ?? now)
            guard case .worked = step else { return steps }
            steps.append(step)
        }
    }

    /// Dead tasks with a letter each, written as the record would; spread over kinds, reasons, classes, error classes and OLTs.
    func manyLetters(_ count: Int, kinds: [String] = ["noop"], message: String = "no answer") async throws {
        _ = try await pool.query(
            """
            with made as (
                insert into tasks_done (
                    id, kind, payload, priority, base_priority, ended_at, class, state, max_attempts, backoff_base, backoff_factor, backoff_ceiling, timeout,
                    due_at, created_at, labels, source, olt
                )
                select gen_random_uuid(), ($2::text[])[1 + n % cardinality($2::text[])], '{}', 4, 4, $4::timestamptz, n % 5, 4, 5, 0, 2, 0, 60000000,
                    $4::timestamptz + n * interval '1 ms', $4::timestamptz + n * interval '1 ms', '{}', 'http', 1 + n % 1000
                from generate_series(1, $1) as n
                returning id, kind, class, priority, olt, created_at
            )
            insert into letters (
                task, kind, class, priority, olt, reason, error_class, message, attempts, first_died_at, last_died_at, state
            )
            select id, kind, class, priority, olt, case when olt % 3 = 0 then 'exhausted' else 'final' end,
                case when olt % 2 = 0 then 'device_silent' else 'bad_credentials' end, $3 || ' from ' || olt, 1, created_at, created_at, 'dead'
            from made
            order by created_at
            """,
            [.int32(Int32(count)), .texts(kinds), .text(message), .time(now - .seconds(86_400))]
        )
    }
}

extension PostgresValue {
    fileprivate static func time(_ time: Timestamp) -> PostgresValue { .timestamp(time.microseconds) }
}
