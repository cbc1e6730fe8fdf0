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
    ///
    /// - Returns: the numbers that nobody will report any more.
    func attach(_ messages: [DeadMessage]) async throws(PostgresError) -> [GivenUpNumber] {
        let numbered = messages.compactMap { message in message.number.map { (number: $0, message: message) } }
        try await keep(numbered)
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
        return try await current(
            numbered.compactMap { number, message in
                Self.isOwnRejection(message) ? nil : message.task.map { (task: $0, number: number) }
            }
        )
    }

    private func keep(_ numbered: [(number: DispatchNumber, message: DeadMessage)]) async throws(PostgresError) {
        guard !numbered.isEmpty else { return }
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
    }

    /// A worker rejects after its outcome was confirmed: the outcome decides, the copy is only evidence.
    private static func isOwnRejection(_ message: DeadMessage) -> Bool { message.reason == "rejected" }

    /// Of these, the numbers that their tasks still have.
    private func current(_ numbers: [(task: TaskID, number: DispatchNumber)]) async throws(PostgresError) -> [GivenUpNumber] {
        guard !numbers.isEmpty else { return [] }
        let found = try await connection.query(
            """
            select distinct t.id, t.number, t.exclusion_key
            from unnest($1::uuid[], $2::int8[]) as b (task, number)
            join tasks t on t.id = b.task and t.number = b.number
            where t.state + 0 = 1
            """,
            [.uuids(numbers.map(\.task)), .numbers(numbers.map(\.number))]
        )
        return try found.rows.read { row throws(PostgresError) in
            GivenUpNumber(task: try row.taskID(), number: try row.number(), key: try row.keyIfAny())
        }
    }

    /// Decides about numbers that the broker gave up, each on its row under lock.
    func charge(
        _ answers: [(givenUp: GivenUpNumber, answer: VoidAnswer)],
        judge: OutcomeJudge
    ) async throws(PostgresError) -> RecordSummary {
        try await KeyLocks(connection: connection).lock(Set(answers.compactMap(\.givenUp.key)))
        let rows = try await StandingRow.lock(Set(answers.map(\.givenUp.task)), on: connection)
        var summary = RecordSummary()
        var changes: [JudgedChange] = []
        var judged: Set<TaskID> = []
        for (givenUp, answer) in answers {
            guard let row = rows[givenUp.task], judged.insert(givenUp.task).inserted else { continue }
            let change = judge.rescue(row.standing, number: givenUp.number, answer: answer, now: now)
            guard change != .stale else {
                summary.stale += 1
                continue
            }
            changes.append(JudgedChange(row: row, number: givenUp.number, change: change, outcome: nil, unrecordable: nil))
        }
        try await ChangeWriter(connection: connection, now: now).write(changes, into: &summary)
        return summary
    }
}
