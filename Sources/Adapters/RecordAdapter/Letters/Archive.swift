import Domain
import Postgres

/// Messages that never became tasks, and copies of those that did.
struct Archive: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    /// - Returns: the letters' ids, in the order of the messages.
    func write(_ messages: [UnreadableMessage]) async throws(PostgresError) -> [Int64] {
        let written = try await connection.query(
            """
            insert into letters (reason, message, attempts, first_died_at, last_died_at, state, body, content_type, queue)
            select b.reason, b.message, 0, $6, $6, 'dead', b.body, b.content_type, b.queue
            from unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[]) with ordinality
                as b (reason, message, body, content_type, queue, place)
            order by b.place
            returning id
            """,
            [
                .texts(messages.map(\.reason.rawValue)), .texts(messages.map(\.explanation.withoutZero)),
                .byteStrings(messages.map(\.body)), .texts(messages.map { $0.contentType?.withoutZero }),
                .texts(messages.map(\.queue.withoutZero)), .time(now),
            ]
        )
        return try written.rows.read { row throws(PostgresError) in try row.int64() }.sorted()
    }

    /// Copies with a number are evidence, found by it from the letter of that number; the others are letters of their own.
    func attach(_ messages: [DeadMessage]) async throws(PostgresError) {
        let numbered = messages.compactMap { message in message.number.map { (number: $0, message: message) } }
        if !numbered.isEmpty {
            _ = try await connection.query(
                """
                insert into evidence (number, task, reason, queue, body, content_type, noted_at)
                select b.number, b.task, b.reason, b.queue, b.body, b.content_type, $7
                from unnest($1::int8[], $2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::text[])
                    as b (number, task, reason, queue, body, content_type)
                order by b.number
                on conflict (number) do nothing
                """,
                [
                    .numbers(numbered.map(\.number)), .uuids(numbered.map { $0.message.task?.uuid }),
                    .texts(numbered.map(\.message.reason.withoutZero)), .texts(numbered.map { $0.message.firstQueue?.withoutZero }),
                    .byteStrings(numbered.map(\.message.body)), .texts(numbered.map { $0.message.contentType?.withoutZero }), .time(now),
                ]
            )
            let givenUp = numbered.filter { !Self.isOwnRejection($0.message) }.map(\.number)
            try await watch(givenUp)
            try await chargePlain(givenUp)
        }
        let strangers = messages.filter { $0.number == nil }.map { message in
            UnreadableMessage(
                body: message.body,
                contentType: message.contentType,
                reason: LetterReason(rawValue: message.reason) ?? .undecodable,
                explanation: "a message without a number came back: \(message.reason)",
                queue: message.firstQueue ?? "dead"
            )
        }
        if !strangers.isEmpty { _ = try await write(strangers) }
    }

    /// A worker rejects after its outcome was confirmed: the outcome decides, the copy is only evidence.
    private static func isOwnRejection(_ message: DeadMessage) -> Bool { message.reason == "rejected" }

    /// A plain task whose message the broker gave up has no lease to wait for: the worker that had it counts as lost.
    private func chargePlain(_ numbers: [DispatchNumber]) async throws(PostgresError) {
        guard !numbers.isEmpty else { return }
        let found = try await connection.query(
            """
            select t.id, t.number
            from evidence e
            join tasks t on t.id = e.task and t.number = e.number
            where e.number = any($1) and t.state + 0 = 1 and t.exclusion_key is null
            """,
            [.numbers(numbers)]
        )
        let current = try found.rows.read { row throws(PostgresError) in (task: try row.taskID(), number: try row.number()) }
        guard !current.isEmpty else { return }
        let rows = try await StandingRow.lock(current.map(\.task), on: connection)
        let changes = current.compactMap { task, number -> JudgedChange? in
            guard let row = rows[task] else { return nil }
            let change = OutcomeJudge().rescue(row.standing, number: number, answer: .void(wasGranted: true), now: now)
            return change == .stale ? nil : JudgedChange(row: row, number: number, change: change, outcome: nil, unrecordable: nil)
        }
        var summary = RecordSummary()
        try await ChangeWriter(connection: connection, now: now).write(changes, into: &summary)
    }

    /// The broker gave a message up whose number is current: nobody will run it.
    ///
    /// The rescue decides, once the lease store has answered.
    private func watch(_ numbers: [DispatchNumber]) async throws(PostgresError) {
        guard !numbers.isEmpty else { return }
        _ = try await connection.query(
            """
            update tasks t set watch_from = coalesce(t.watch_from, $2)
            from (
                select t.id from evidence e join tasks t on t.id = e.task and t.number = e.number
                where e.number = any($1) and t.state + 0 = 1 and t.exclusion_key is not null
                order by t.id
                for update of t
            ) as b
            where t.id = b.id
            """,
            [.numbers(numbers), .time(now)]
        )
    }
}
