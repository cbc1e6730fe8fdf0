import Domain
import Postgres
import Wire

/// Writes judged changes of locked rows, batch by batch: marks, ends, letters, device results, and who is next for a key.
struct ChangeWriter: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    func write(_ changes: [JudgedChange], into summary: inout RecordSummary) async throws(PostgresError) {
        let ends = changes.filter(\.isEnd)
        let ended = Set(ends.map(\.row.standing.id))
        try await markStarted(changes, ended: ended)
        try await markWatched(changes, into: &summary)
        guard !ends.isEmpty else { return }
        try await AttemptWriter(connection: connection, now: now).write(ends, starts: starts(in: changes))
        try await LetterWriter(connection: connection, now: now).write(ends)
        try await EndWriter(connection: connection, now: now).write(ends)
        summary.onuEvents += try await DeviceResultWriter(connection: connection, now: now).write(ends)
        try await PartShelf(connection: connection).drop(ends.filter { $0.row.olt != nil }.compactMap(\.number))
        try await PlannedEndWriter(connection: connection, now: now).write(ends)
        summary.due += try await giveKeysUp(ends)
        summarize(ends, into: &summary)
    }

    private func starts(in changes: [JudgedChange]) -> [TaskID: Timestamp] {
        var starts: [TaskID: Timestamp] = [:]
        for judged in changes {
            if case .started(let at) = judged.change { starts[judged.row.standing.id] = at }
        }
        return starts
    }

    // MARK: Marks

    private func markStarted(_ changes: [JudgedChange], ended: Set<TaskID>) async throws(PostgresError) {
        let started = changes.compactMap { judged -> (id: TaskID, at: Timestamp, worker: WorkerID)? in
            // What also ends in this batch gets its start with its end.
            guard case .started(let at) = judged.change, !ended.contains(judged.row.standing.id) else { return nil }
            return (judged.row.standing.id, at, judged.worker)
        }
        guard !started.isEmpty else { return }
        _ = try await connection.query(
            """
            update tasks t set started_at = b.at, worker = b.worker
            from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as b (id, at, worker)
            where t.id = b.id and t.state + 0 = 1
            """,
            [.uuids(started.map(\.id)), .times(started.map(\.at)), .texts(started.map(\.worker.text))]
        )
    }

    private func markWatched(_ changes: [JudgedChange], into summary: inout RecordSummary) async throws(PostgresError) {
        var watched: [(id: TaskID, from: Timestamp)] = []
        var highest: DispatchNumber?
        for judged in changes {
            guard case .watch(let from, let above) = judged.change else { continue }
            watched.append((judged.row.standing.id, from))
            highest = [highest, above].compactMap(\.self).max()
        }
        guard !watched.isEmpty else { return }
        summary.watched += watched.count
        _ = try await connection.query(
            """
            update tasks t set watch_from = b.at
            from (select distinct on (id) id, at from unnest($1::uuid[], $2::timestamptz[]) as b (id, at) order by id, at desc) as b
            where t.id = b.id and t.state + 0 = 1
            """,
            [.uuids(watched.map(\.id)), .times(watched.map(\.from))]
        )
        if let highest { try await moveSequence(above: highest) }
    }

    /// A key knows a higher number than the record: the database was restored.
    ///
    /// The margin covers numbers drawn meanwhile.
    private func moveSequence(above highest: DispatchNumber) async throws(PostgresError) {
        _ = try await connection.query(
            "select setval('dispatch_numbers', $1::int8 + 1000) from dispatch_numbers where last_value <= $1::int8",
            [.int64(highest.value)]
        )
    }

    // MARK: Keys

    /// The numbers leave the exclusion keys, and the next task of each key is promoted.
    private func giveKeysUp(_ ends: [JudgedChange]) async throws(PostgresError) -> Int {
        let keys = Set(ends.compactMap(\.row.key))
        guard !keys.isEmpty else { return 0 }
        let numbered = ends.compactMap { judged in
            judged.row.key.flatMap { key in judged.number.map { (key: key, number: $0) } }
        }
        if !numbered.isEmpty {
            _ = try await connection.query(
                """
                delete from exclusions e using unnest($1::text[], $2::int8[]) as b (key, number)
                where e.key = b.key and e.number = b.number
                """,
                [.keys(numbered.map(\.key)), .numbers(numbered.map(\.number))]
            )
        }
        return try await KeyLocks(connection: connection).settle(keys, now: now)
    }

    private func summarize(_ ends: [JudgedChange], into summary: inout RecordSummary) {
        for judged in ends {
            if judged.number != nil { summary.left[judged.row.lane, default: 0] += 1 }
            if let dueAfter = judged.dueAfter, dueAfter <= now { summary.due += 1 }
            if judged.unrecordable != nil { summary.unrecordable += 1 }
            summary.ends.append(judged.recorded(now: now))
            switch judged.change {
            case .succeeded: summary.succeeded += 1
            case .retry: summary.retried += 1
            case .release: summary.released += 1
            case .dead: summary.dead += 1
            case .ended(let ending):
                switch ending.cause {
                case .cancelled: summary.cancelled += 1
                case .expired: summary.expired += 1
                }
            case .stale, .started, .watch: break
            }
        }
    }
}
