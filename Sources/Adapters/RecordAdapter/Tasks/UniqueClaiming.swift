import Domain
import Postgres

/// Claims the unique keys of new tasks within their transaction; whoever comes second is told who holds the key.
struct UniqueClaiming: Sendable {
    /// A key that was given up between two looks is asked for again so often.
    private static let looksMax = 3

    let connection: PostgresConnection
    let now: Timestamp

    private struct Holder: Sendable {
        let task: TaskID
        let fingerprint: String?
        /// `nil`: the task is being written by this very transaction.
        let state: TaskState?
    }

    /// - Returns: an answer for each task that must not be written; the others hold their keys now.
    func claim(_ tasks: [FleetTask]) async throws(PostgresError) -> [TaskID: AdmissionAnswer] {
        var wanted: [UniqueKey: (task: TaskID, claim: UniqueClaim)] = [:]
        for task in tasks {
            for claim in task.uniqueClaims where wanted[claim.key] == nil { wanted[claim.key] = (task.id, claim) }
        }
        guard !wanted.isEmpty else { return [:] }
        let sorted = wanted.values.sorted { $0.claim.key < $1.claim.key }
        var held: [UniqueKey: Holder] = [:]
        var open = sorted
        for _ in 0..<Self.looksMax where !open.isEmpty {
            let taken = try await take(open)
            open = open.filter { !taken.contains($0.claim.key) }
            let holders = try await holders(of: open.map(\.claim.key))
            held.merge(holders) { _, new in new }
            open = open.filter { holders[$0.claim.key] == nil }
        }
        guard open.isEmpty else {
            throw .server(sqlState: "40001", message: "unique keys changed hands too often", detail: nil, constraint: nil)
        }
        return try await answers(tasks, held: held, wanted: wanted.mapValues(\.task))
    }

    /// Which of the keys stand for a task now.
    func standing(_ keys: [UniqueKey]) async throws(PostgresError) -> [UniqueKey: TaskID] {
        guard !keys.isEmpty else { return [:] }
        let found = try await connection.query(
            """
            select u.key, u.task
            from unique_keys u
            where u.key = any($1) and (u.until > $2 or (u.until is null and exists (select from tasks t where t.id = u.task)))
            """,
            [.texts(keys.map(\.text)), .time(now)]
        )
        let pairs = try found.rows.read { row throws(PostgresError) in (UniqueKey(stored: try row.text()), try row.taskID()) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// Free keys, and those whose task has ended or whose time is over.
    private func take(_ claims: [(task: TaskID, claim: UniqueClaim)]) async throws(PostgresError) -> Set<UniqueKey> {
        let parameters: [PostgresValue] = [
            .texts(claims.map(\.claim.key.text)), .uuids(claims.map(\.task)), .times(claims.map(\.claim.until)),
            .texts(claims.map(\.claim.fingerprint)),
        ]
        let inserted = try await connection.query(Self.insertSQL, parameters)
        var taken = Set(try inserted.rows.read { row throws(PostgresError) in UniqueKey(stored: try row.text()) })
        guard taken.count < claims.count else { return taken }
        let takenOver = try await connection.query(Self.takeOverSQL, parameters + [.time(now)])
        taken.formUnion(try takenOver.rows.read { row throws(PostgresError) in UniqueKey(stored: try row.text()) })
        return taken
    }

    private func holders(of keys: [UniqueKey]) async throws(PostgresError) -> [UniqueKey: Holder] {
        guard !keys.isEmpty else { return [:] }
        let found = try await connection.query(Self.holdersSQL, [.texts(keys.map(\.text))])
        let pairs = try found.rows.read { row throws(PostgresError) in
            let key = UniqueKey(stored: try row.text())
            return (key, Holder(task: try row.taskID(), fingerprint: try row.textIfAny(), state: try row.codeIfAny()))
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// A task goes in only with all its keys; what it took beside a key that is held is given back.
    private func answers(
        _ tasks: [FleetTask],
        held: [UniqueKey: Holder],
        wanted: [UniqueKey: TaskID]
    ) async throws(PostgresError) -> [TaskID: AdmissionAnswer] {
        var answers: [TaskID: AdmissionAnswer] = [:]
        var fingerprints: [UniqueKey: String?] = [:]
        var idle: [(key: UniqueKey, task: TaskID)] = []
        for task in tasks {
            for claim in task.uniqueClaims {
                let holder: Holder
                if let found = held[claim.key] {
                    holder = found
                } else if let first = wanted[claim.key], first != task.id {
                    // The first of this batch stands for the key, or whatever stands for the first.
                    if case .duplicate(let of, let state) = answers[first] {
                        holder = Holder(task: of, fingerprint: fingerprints[claim.key] ?? nil, state: state)
                    } else {
                        holder = Holder(task: first, fingerprint: fingerprints[claim.key] ?? nil, state: nil)
                    }
                } else {
                    fingerprints[claim.key] = claim.fingerprint
                    continue
                }
                if let theirs = holder.fingerprint, let ours = claim.fingerprint, theirs != ours {
                    answers[task.id] = .keyReused(claim.key, by: holder.task)
                } else if answers[task.id] == nil {
                    answers[task.id] = .duplicate(of: holder.task, holder.state ?? .waiting)
                }
            }
            guard answers[task.id] != nil else { continue }
            for claim in task.uniqueClaims where held[claim.key] == nil && wanted[claim.key] == task.id {
                idle.append((claim.key, task.id))
            }
        }
        try await giveBack(idle)
        return answers
    }

    /// Keys of tasks that are not written after all.
    func giveBack(_ claims: [(key: UniqueKey, task: TaskID)]) async throws(PostgresError) {
        guard !claims.isEmpty else { return }
        _ = try await connection.query(
            """
            delete from unique_keys u using unnest($1::text[], $2::uuid[]) as b (key, task) where u.key = b.key and u.task = b.task
            """,
            [.texts(claims.map(\.key.text)), .uuids(claims.map(\.task))]
        )
    }

    private static let insertSQL = """
        insert into unique_keys (key, task, until, fingerprint)
        select b.key, b.task, b.until, b.fingerprint
        from unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::text[]) as b (key, task, until, fingerprint)
        order by b.key
        on conflict (key) do nothing
        returning key
        """

    private static let takeOverSQL = """
        update unique_keys u set task = b.task, until = b.until, fingerprint = b.fingerprint
        from unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::text[]) as b (key, task, until, fingerprint)
        where u.key = b.key and u.task <> b.task
            and (u.until <= $5 or (u.until is null and not exists (select from tasks t where t.id = u.task)))
        returning u.key
        """

    private static let holdersSQL = """
        select u.key, u.task, u.fingerprint,
            coalesce((select t.state from tasks t where t.id = u.task), (select d.state from tasks_done d where d.id = u.task limit 1))
        from unique_keys u
        where u.key = any($1)
        """
}
