import Domain
import Postgres

/// Exclusion keys within one transaction.
///
/// Whoever makes, ends or moves a task of a key first locks the key, else a task may turn blocked in the moment its holder ends and be
/// forgotten. Keys come first, sorted, rows after them.
struct KeyLocks: Sendable {
    let connection: PostgresConnection

    func lock(_ keys: some Collection<ExclusionKey>) async throws(PostgresError) {
        guard !keys.isEmpty else { return }
        _ = try await connection.query(Self.lockKeys, [.keys(keys)])
    }

    /// Locks the keys of these tasks; a task's key never changes.
    func lock(keysOf tasks: some Collection<TaskID>) async throws(PostgresError) {
        _ = try await connection.query(Self.lockKeysOfTasks, [.uuids(tasks)])
    }

    /// Brings locked keys in order: behind a number everything due is blocked; else the most urgent, oldest task waits and the others are blocked.
    ///
    /// A task that waits already keeps its place against an equally urgent one.
    /// - Returns: tasks that were promoted.
    @discardableResult
    func settle(_ keys: some Collection<ExclusionKey>, now: Timestamp) async throws(PostgresError) -> Int {
        guard !keys.isEmpty else { return 0 }
        let result = try await connection.query(Self.settleKeys, [.keys(keys), .time(now)])
        return Int(try result.rows[0].int64(0))
    }

    private static let lockKeys = """
        select pg_advisory_xact_lock(k.hash)
        from (select distinct hashtextextended(key, 0) as hash from unnest($1::text[]) as key order by 1) as k
        """

    private static let lockKeysOfTasks = """
        select pg_advisory_xact_lock(k.hash)
        from (
            select distinct hashtextextended(exclusion_key, 0) as hash
            from tasks
            where id = any($1) and exclusion_key is not null
            order by 1
        ) as k
        """

    private static let settleKeys = """
        with keys as (
            select k.key, exists (select from exclusions e where e.key = k.key) as is_held
            from (select distinct key collate "C" as key from unnest($1::text[]) as key) as k
        ),
        due as (
            select t.id, k.key, k.is_held, t.priority, t.due_at
            from keys k
            cross join lateral (
                select id, priority, due_at from tasks where state = 0 and exclusion_key = k.key and due_at <= $2
            ) as t
        ),
        first_blocked as (
            select t.id, k.key, t.priority, t.due_at
            from keys k
            cross join lateral (
                select id, priority, due_at
                from tasks
                where state = 2 and exclusion_key = k.key
                order by priority, due_at
                limit 1
            ) as t
            where not k.is_held
        ),
        best as (
            select distinct on (key) key, id
            from (
                select key, id, priority, 0 as seat, due_at from due where not is_held
                union all
                select key, id, priority, 1 as seat, due_at from first_blocked
            ) as candidate
            order by key, priority, seat, due_at, id
        ),
        promoted as (
            update tasks t set state = 0, waiting_because = null
            from best b
            where t.id = b.id and t.state + 0 = 2
            returning t.id
        ),
        blocked as (
            update tasks t set state = 2, waiting_because = null
            from due d
            where t.id = d.id and t.state + 0 = 0 and not exists (select from best b where b.id = d.id)
            returning t.id
        )
        select (select count(*) from promoted), (select count(*) from blocked)
        """
}
