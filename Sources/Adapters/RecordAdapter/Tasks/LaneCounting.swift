import Domain
import Postgres

/// Counts tasks by lane and by state.
struct LaneCounting: Sendable {
    let connection: PostgresConnection

    /// Due tasks that wait are counted up to this many a lane.
    private static let waitingMax = 100_000

    func counts(now: Timestamp) async throws(PostgresError) -> LaneCounts {
        let queued = try await connection.query("select class, priority, count(*) from tasks where state = 1 group by class, priority")
        let waiting = try await connection.query(
            Self.waitingSQL,
            [
                .int16s(Lane.all.map(\.taskClass.rawValue)), .int16s(Lane.all.map(\.priority.rawValue)), .time(now),
                .int64(Int64(Self.waitingMax)),
            ]
        )
        var queuedByLane: [Lane: Int] = [:]
        for (lane, count) in try queued.rows.read({ row throws(PostgresError) in (try Self.lane(&row), try row.whole()) }) {
            queuedByLane[lane] = count
        }
        var waitingByLane: [Lane: Int] = [:]
        var oldest: [Lane: Timestamp] = [:]
        for row in waiting.rows {
            var reader = RowReader(row)
            let lane = try Self.lane(&reader)
            waitingByLane[lane] = try reader.whole()
            oldest[lane] = try reader.timestampIfAny()
        }
        return LaneCounts(queued: queuedByLane, waiting: waitingByLane, oldestWaiting: oldest)
    }

    /// Tasks that have not ended are counted, the others were counted when they ended.
    func states() async throws(PostgresError) -> [TaskState: Int] {
        let found = try await connection.query(
            """
            select 0::int2, count(*) from tasks where state = 0
            union all select 1::int2, count(*) from tasks where state = 1
            union all select 2::int2, count(*) from tasks where state = 2
            union all select state, sum(count)::int8 from endings group by state
            """
        )
        let pairs = try found.rows.read { row throws(PostgresError) in
            let state: TaskState = try row.code()
            return (state, try row.whole())
        }
        return Dictionary(pairs, uniquingKeysWith: +)
    }

    private static func lane(_ row: inout RowReader) throws(PostgresError) -> Lane {
        Lane(try row.code(), try row.code())
    }

    /// Lanes in which nothing waits are left out before anything is counted: else the planner reads the whole table for each.
    private static let waitingSQL = """
        with busy as materialized (
            select lane.class, lane.priority, first.due_at as oldest
            from unnest($1::int2[], $2::int2[]) as lane (class, priority)
            cross join lateral (
                select due_at
                from tasks
                where state = 0 and class = lane.class and priority = lane.priority and due_at <= $3
                order by due_at
                limit 1
            ) as first
        )
        select busy.class, busy.priority, w.count, busy.oldest
        from busy
        cross join lateral (
            select count(*) as count
            from (
                select from tasks where state = 0 and class = busy.class and priority = busy.priority and due_at <= $3 limit $4
            ) as due
        ) as w
        """
}
