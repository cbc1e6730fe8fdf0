import Domain
import Postgres

/// Raises tasks that have waited long, level by level, so that a steady stream of urgent ones starves nobody.
struct Ageing: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    /// Those that may rise: below `high`, and not of `maintenance`.
    private static let rising = Priority.allCases.filter { $0 > .high && $0 < .maintenance }

    struct Candidate: Hashable, Sendable {
        let id: TaskID
        let key: ExclusionKey?
    }

    func candidates(every interval: Duration, limit: Int) async throws(PostgresError) -> [Candidate] {
        let lanes = TaskClass.allCases.flatMap { taskClass in Self.rising.map { Lane(taskClass, $0) } }
        let found = try await connection.query(
            Self.candidatesSQL,
            [
                .int16s(lanes.map(\.taskClass.rawValue)), .int16s(lanes.map(\.priority.rawValue)),
                .time(Timestamp(microseconds: now.microseconds - interval.microseconds)), .int64(Int64(limit)),
            ]
        )
        return try found.rows.read { row throws(PostgresError) in Candidate(id: try row.taskID(), key: try row.keyIfAny()) }
    }

    func raise(_ candidates: [Candidate], every interval: Duration) async throws(PostgresError) -> Int {
        let keys = Set(candidates.compactMap(\.key))
        let locks = KeyLocks(connection: connection)
        try await locks.lock(keys)
        let raised = try await connection.query(
            Self.raiseSQL,
            [
                .uuids(candidates.map(\.id)), .time(now), .time(Timestamp(microseconds: now.microseconds - interval.microseconds)),
                .int16s(Self.rising.map(\.rawValue)),
            ]
        )
        try await locks.settle(keys, now: now)
        return raised.rows.count
    }

    private static let candidatesSQL = """
        select t.id, t.exclusion_key
        from unnest($1::int2[], $2::int2[]) as lane (class, priority)
        cross join lateral (
            select id, exclusion_key
            from tasks
            where state = 0 and class = lane.class and priority = lane.priority and due_at <= $3 and (aged_at is null or aged_at <= $3)
            order by due_at
            limit $4
        ) as t
        union all
        (
            select id, exclusion_key
            from tasks
            where state = 2 and priority = any($2) and due_at <= $3 and (aged_at is null or aged_at <= $3)
            limit $4
        )
        """

    private static let raiseSQL = """
        with old as (
            select id
            from tasks
            where id = any($1) and state + 0 in (0, 2) and priority = any($4) and due_at <= $3 and (aged_at is null or aged_at <= $3)
            order by id
            for update skip locked
        )
        update tasks t set priority = t.priority - 1, aged_at = $2 from old where t.id = old.id returning t.id
        """
}
