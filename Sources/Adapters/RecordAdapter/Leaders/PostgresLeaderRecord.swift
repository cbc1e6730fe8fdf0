package import Domain
package import Postgres

/// Who leads, in PostgreSQL; over a pool of its own, so that callers that use up another cannot depose a leader.
package struct PostgresLeaderRecord: LeaderRecord {
    private static let channel = "flotilla_leaders"

    private let database: RecordDatabase
    private let pool: PostgresPool

    /// `pool`: the database's own, for hints.
    package init(database: RecordDatabase, pool: PostgresPool) {
        self.database = database
        self.pool = pool
    }

    package func look(_ role: LeaderRole) async throws(RecordError) -> LeaderState? {
        try await database.read("look who leads") { connection throws(PostgresError) in
            let found = try await connection.query(
                "select term, renewals, holder, began_at, renewed_at from leaders where role = $1",
                [.text(role.rawValue)]
            )
            return try found.rows.read { row throws(PostgresError) in
                let mark = LeaderMark(term: Term(try row.int64()), renewals: try row.int64())
                return LeaderState(
                    role: role,
                    mark: mark,
                    holder: try row.textIfAny(),
                    beganAt: try row.timestamp(),
                    renewedAt: try row.timestamp()
                )
            }.first
        }
    }

    /// Locks the row for update, so that it waits for transactions under the old term (see `LeaderGuard`).
    package func claim(
        _ role: LeaderRole,
        for holder: String,
        seen: LeaderMark?,
        now: Timestamp
    ) async throws(RecordError) -> Term? {
        let new: (String, [PostgresValue]) =
            if let seen {
                (
                    """
                    with seen as (
                        select role from leaders where role = $1 and term = $4 and renewals = $5 for update
                    )
                    update leaders l
                    set term = l.term + 1, renewals = 0, holder = $2, began_at = $3, renewed_at = $3
                    from seen
                    where l.role = seen.role
                    returning l.term, pg_notify('\(Self.channel)', l.role)
                    """,
                    [.text(role.rawValue), .text(holder), .time(now), .int64(seen.term.value), .int64(seen.renewals)]
                )
            } else {
                (
                    """
                    insert into leaders (role, term, renewals, holder, began_at, renewed_at) values ($1, 1, 0, $2, $3, $3)
                    on conflict do nothing
                    returning term, pg_notify('\(Self.channel)', role)
                    """,
                    [.text(role.rawValue), .text(holder), .time(now)]
                )
            }
        return try await database.write("take over") { connection throws(PostgresError) in
            let claimed = try await connection.query(new.0, new.1)
            return try claimed.rows.read { row throws(PostgresError) in Term(try row.int64()) }.first
        }
    }

    package func renew(_ role: LeaderRole, by holder: String, term: Term, now: Timestamp) async throws(RecordError) -> Bool {
        let renewed = try await database.write(
            "renew a reign",
            "update leaders set renewals = renewals + 1, renewed_at = $4 where role = $1 and holder = $2 and term = $3 returning term",
            [.text(role.rawValue), .text(holder), .int64(term.value), .time(now)]
        )
        return renewed.rows.count == 1
    }

    package func resign(_ role: LeaderRole, by holder: String, term: Term) async throws(RecordError) {
        _ = try await database.write(
            "resign",
            """
            update leaders set holder = null where role = $1 and holder = $2 and term = $3
            returning pg_notify('\(Self.channel)', role)
            """,
            [.text(role.rawValue), .text(holder), .int64(term.value)]
        )
    }

    package func listen(_ heard: @Sendable () -> Void) async {
        for await _ in pool.notifications(Self.channel) { heard() }
    }
}
