import Domain
import Postgres

/// Closes letters, within a transaction: admits dead tasks anew, or drops them.
struct LetterClosing: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    private struct Found: Sendable {
        let id: Int64
        let task: TaskID?
        let kind: String?
        let reason: LetterReason
        let state: LetterState
        let retriedAs: TaskID?
    }

    // MARK: Dropping

    func drop(_ ids: [Int64], dryRun: Bool) async throws(PostgresError) -> [LetterAnswer] {
        let letters = try await letters(ids, locked: !dryRun)
        let answers = Self.unique(ids).map { id in
            guard let letter = letters[id] else { return LetterAnswer(letter: id, kind: nil, reason: nil, word: .notFound) }
            let word: LetterAnswer.Word = letter.state == .dead ? .dropped : .notOpen(letter.state)
            return LetterAnswer(letter: id, kind: letter.kind, reason: letter.reason, word: word)
        }
        let dropped = answers.filter(\.word.isDone).map(\.letter)
        if !dryRun, !dropped.isEmpty {
            _ = try await connection.query("update letters set state = 'dropped' where id = any($1)", [.int64s(dropped)])
        }
        return answers
    }

    // MARK: Retrying

    func retry(
        _ ids: [Int64],
        priority: Priority?,
        payload: Payload?,
        dryRun: Bool,
        makeID: @Sendable () -> TaskID
    ) async throws(PostgresError) -> [LetterAnswer] {
        let letters = try await letters(ids, locked: !dryRun)
        let originals = try await originals(letters.values.filter { $0.state == .dead || $0.state == .dropped }.compactMap(\.task))
        var answers: [LetterAnswer] = []
        var admitted: [(letter: Int64, task: FleetTask)] = []
        for id in Self.unique(ids) {
            let letter = letters[id]
            let word: LetterAnswer.Word
            if let letter, letter.state == .retried || letter.state == .retrying {
                word = .alreadyRetried(as: letter.retriedAs)
            } else if let letter {
                if let original = letter.task.flatMap({ originals[$0] }) {
                    let task = original.again(as: makeID(), priority: priority, payload: payload, now: now)
                    admitted.append((id, task))
                    word = .retried(as: dryRun ? nil : task.id)
                } else {
                    word = .noTask
                }
            } else {
                word = .notFound
            }
            answers.append(LetterAnswer(letter: id, kind: letter?.kind, reason: letter?.reason, word: word))
        }
        let held = dryRun ? try await held(admitted) : try await write(admitted)
        return answers.map { answer in
            held[answer.letter].map { holder in
                LetterAnswer(letter: answer.letter, kind: answer.kind, reason: answer.reason, word: .keyHeld(by: holder))
            } ?? answer
        }
    }

    /// Letters whose unique key stands for another task now.
    private func held(_ admitted: [(letter: Int64, task: FleetTask)]) async throws(PostgresError) -> [Int64: TaskID] {
        let claiming = UniqueClaiming(connection: connection, now: now)
        let standing = try await claiming.standing(admitted.flatMap(\.task.uniqueClaims).map(\.key))
        var held: [Int64: TaskID] = [:]
        for (letter, task) in admitted {
            if let holder = task.uniqueClaims.lazy.compactMap({ standing[$0.key] }).first { held[letter] = holder }
        }
        return held
    }

    /// Admits the tasks and closes their letters; one whose key is held leaves its letter open.
    /// - Returns: who holds the keys of those.
    private func write(_ admitted: [(letter: Int64, task: FleetTask)]) async throws(PostgresError) -> [Int64: TaskID] {
        guard !admitted.isEmpty else { return [:] }
        let insert = TaskInsert(tasks: admitted.map { AdmittedTask($0.task, goesAtOnce: false) }, now: now)
        var held: [Int64: TaskID] = [:]
        for (place, answer) in zip(admitted, try await insert.run(on: connection)) {
            switch answer {
            case .duplicate(let holder, _), .keyReused(_, let holder): held[place.letter] = holder
            case .waiting, .blocked, .queued: break
            }
        }
        let admitted = admitted.filter { held[$0.letter] == nil }
        _ = try await connection.query(
            """
            update letters l set state = 'retried', retried_as = b.task
            from unnest($1::int8[], $2::uuid[]) as b (id, task)
            where l.id = b.id
            """,
            [.int64s(admitted.map(\.letter)), .uuids(admitted.map(\.task.id))]
        )
        return held
    }

    // MARK: Reading

    private static func unique(_ ids: [Int64]) -> [Int64] {
        var asked: Set<Int64> = []
        return ids.filter { asked.insert($0).inserted }
    }

    private func letters(_ ids: [Int64], locked: Bool) async throws(PostgresError) -> [Int64: Found] {
        let found = try await connection.query(
            "select id, task, kind, reason, state, retried_as from letters where id = any($1) order by id" + (locked ? " for update" : ""),
            [.int64s(ids)]
        )
        let letters = try found.rows.read { row throws(PostgresError) in
            Found(
                id: try row.int64(),
                task: try row.taskIDIfAny(),
                kind: try row.textIfAny(),
                reason: try row.word(),
                state: try row.word(),
                retriedAs: try row.taskIDIfAny()
            )
        }
        return Dictionary(letters.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private func originals(_ tasks: [TaskID]) async throws(PostgresError) -> [TaskID: FleetTask] {
        guard !tasks.isEmpty else { return [:] }
        let found = try await connection.query("select \(TaskRows.originalColumns) from all_tasks t where t.id = any($1)", [.uuids(tasks)])
        let originals = try found.rows.read { row throws(PostgresError) in try TaskRows.read(&row) }
        return Dictionary(originals.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }
}
