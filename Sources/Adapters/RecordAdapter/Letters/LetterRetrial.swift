import Domain
import Postgres

/// Admits dead tasks anew, in the transaction that closes their letters.
struct LetterRetrial: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    private struct Found: Sendable {
        let id: Int64
        let task: TaskID?
        let kind: String?
        let state: LetterState
        let retriedAs: TaskID?
    }

    func run(_ ids: [Int64], dryRun: Bool, makeID: @Sendable () -> TaskID) async throws(PostgresError) -> [LetterRetry] {
        let letters = try await letters(ids, locked: !dryRun)
        let originals = try await originals(letters.values.filter { $0.state == .dead || $0.state == .dropped }.compactMap(\.task))
        var retries: [LetterRetry] = []
        var admitted: [(letter: Int64, task: FleetTask)] = []
        var asked: Set<Int64> = []
        for id in ids where asked.insert(id).inserted {
            let letter = letters[id]
            let answer: LetterRetry.Answer
            if let letter, letter.state == .retried || letter.state == .retrying {
                answer = .alreadyRetried(as: letter.retriedAs)
            } else if let letter {
                if let original = letter.task.flatMap({ originals[$0] }) {
                    let task = original.again(as: makeID(), now: now)
                    admitted.append((id, task))
                    answer = .retried(as: dryRun ? nil : task.id)
                } else {
                    answer = .noTask
                }
            } else {
                answer = .notFound
            }
            retries.append(LetterRetry(letter: id, kind: letter?.kind, answer: answer))
        }
        if !dryRun, !admitted.isEmpty { try await write(admitted) }
        return retries
    }

    private func write(_ admitted: [(letter: Int64, task: FleetTask)]) async throws(PostgresError) {
        _ = try await TaskInsert(tasks: admitted.map { AdmittedTask($0.task, goesAtOnce: false) }, now: now).run(on: connection)
        _ = try await connection.query(
            """
            update letters l set state = 'retried', retried_as = b.task
            from unnest($1::int8[], $2::uuid[]) as b (id, task)
            where l.id = b.id
            """,
            [.int64s(admitted.map(\.letter)), .uuids(admitted.map(\.task.id))]
        )
    }

    private func letters(_ ids: [Int64], locked: Bool) async throws(PostgresError) -> [Int64: Found] {
        let found = try await connection.query(
            "select id, task, kind, state, retried_as from letters where id = any($1) order by id" + (locked ? " for update" : ""),
            [.int64s(ids)]
        )
        let letters = try found.rows.read { row throws(PostgresError) in
            Found(
                id: try row.int64(),
                task: try row.taskIDIfAny(),
                kind: try row.textIfAny(),
                state: try row.word(),
                retriedAs: try row.taskIDIfAny()
            )
        }
        return Dictionary(letters.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private func originals(_ tasks: [TaskID]) async throws(PostgresError) -> [TaskID: FleetTask] {
        guard !tasks.isEmpty else { return [:] }
        let found = try await connection.query("select \(TaskRows.columns) from tasks t where t.id = any($1)", [.uuids(tasks)])
        let originals = try found.rows.read { row throws(PostgresError) in try TaskRows.read(&row) }
        return Dictionary(originals.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

extension FleetTask {
    /// The same work as a new task with a fresh budget, due at once.
    fileprivate func again(as id: TaskID, now: Timestamp) -> FleetTask {
        FleetTask(
            id: id,
            kind: kind,
            payload: payload,
            priority: priority,
            taskClass: taskClass,
            exclusionKey: exclusionKey,
            olt: olt,
            timeout: timeout,
            maxAttempts: maxAttempts,
            backoff: backoff,
            createdAt: now,
            dueAt: now,
            labels: labels,
            source: .retry,
            retryOf: self.id
        )
    }
}
