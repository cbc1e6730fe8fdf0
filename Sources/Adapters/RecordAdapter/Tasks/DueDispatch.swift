import Domain
import Postgres

/// Gives numbers to due tasks, within a transaction.
struct DueDispatch: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    /// A due task whose lane has room; somebody else may take it before us.
    struct Candidate: Hashable, Sendable {
        let id: TaskID
        let key: ExclusionKey?
    }

    /// Looks without locking, so that an idle sweep is one cheap statement.
    static func candidates(
        room: [Lane: Int],
        keyed: Bool,
        limit: Int,
        now: Timestamp,
        on connection: PostgresConnection
    ) async throws(PostgresError) -> [Candidate] {
        let lanes = room.filter { $0.value > 0 }
        guard !lanes.isEmpty, limit > 0 else { return [] }
        let found = try await connection.query(
            candidatesSQL,
            [
                .int16s(lanes.map(\.key.taskClass.rawValue)), .int16s(lanes.map(\.key.priority.rawValue)),
                .int64s(lanes.map { Int64(min($0.value, limit)) }), .time(now), .int64(Int64(limit)), .bool(keyed),
            ]
        )
        return try found.rows.read { row throws(PostgresError) in Candidate(id: try row.taskID(), key: try row.keyIfAny()) }
    }

    /// Due row, key, number and `queued`; tasks whose key is held turn blocked.
    func run(_ candidates: [Candidate]) async throws(PostgresError) -> [DispatchedTask] {
        let keys = Set(candidates.compactMap(\.key))
        let locks = KeyLocks(connection: connection)
        try await locks.lock(keys)
        try await locks.settle(keys, now: now)
        let locked = try await connection.query(Self.lockSQL, [.uuids(candidates.map(\.id)), .time(now)])
        let rows = try locked.rows.read { row throws(PostgresError) in Candidate(id: try row.taskID(), key: try row.keyIfAny()) }
        let numbers = try await takeKeys(rows)
        let going = rows.filter { $0.key == nil || numbers[$0.id] != nil }
        guard !going.isEmpty else { return [] }
        let queued = try await connection.query(
            Self.queueSQL,
            [.uuids(going.map(\.id)), .int64s(going.map { numbers[$0.id]?.value }), .time(now)]
        )
        let places = Dictionary(candidates.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        return try DispatchRows.read(queued.rows).sorted { places[$0.id, default: 0] < places[$1.id, default: 0] }
    }

    /// The arbiter: of several numbers for a key one gets the row, and only that one is dispatched.
    private func takeKeys(_ rows: [Candidate]) async throws(PostgresError) -> [TaskID: DispatchNumber] {
        let keyed = rows.compactMap { row in row.key.map { (id: row.id, key: $0) } }
        guard !keyed.isEmpty else { return [:] }
        let taken = try await connection.query(Self.takeSQL, [.keys(keyed.map(\.key)), .uuids(keyed.map(\.id))])
        let pairs = try taken.rows.read { row throws(PostgresError) in (try row.taskID(), try row.number()) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    private static let candidatesSQL = """
        select t.id, t.exclusion_key
        from unnest($1::int2[], $2::int2[], $3::int8[]) as lane (class, priority, room)
        cross join lateral (
            select id, exclusion_key, due_at
            from tasks
            where state = 0 and class = lane.class and priority = lane.priority and due_at <= $4
                and ($6 or exclusion_key is null)
            order by due_at
            limit lane.room
        ) as t
        order by lane.priority, t.due_at
        limit $5
        """

    private static let lockSQL = """
        select id, exclusion_key
        from tasks
        where id = any($1) and state + 0 = 0 and due_at <= $2 and (deadline is null or deadline > $2)
        order by id
        for update skip locked
        """

    private static let takeSQL = """
        insert into exclusions (key, task, number)
        select b.key, b.task, nextval('dispatch_numbers')
        from unnest($1::text[], $2::uuid[]) as b (key, task)
        order by b.key
        on conflict (key) do nothing
        returning task, number
        """

    private static let queueSQL = """
        with queued as (
            update tasks t set
                state = 1, number = coalesce(b.number, nextval('dispatch_numbers')), queued_at = $3, published_at = null,
                started_at = null, worker = null, watch_from = null, waiting_because = null
            from unnest($1::uuid[], $2::int8[]) as b (id, number)
            where t.id = b.id and t.state + 0 = 0
            returning t.*
        )
        select \(DispatchRows.columns) from queued t left join olts o on o.id = t.olt
        """
}
