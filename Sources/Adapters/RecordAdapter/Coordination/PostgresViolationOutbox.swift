package import Domain
import Postgres

/// Violations that nobody has been told of, in PostgreSQL; marks carry the leader's term.
package struct PostgresViolationOutbox: ViolationOutbox {
    private let database: RecordDatabase

    package init(database: RecordDatabase) {
        self.database = database
    }

    package func open(limit: Int, now: Timestamp) async throws(RecordError) -> [OpenViolation] {
        try await database.read("list open violations") { connection throws(PostgresError) in
            let found = try await connection.query(
                """
                select \(ViolationRows.fields), notify_tries
                from quota_violations
                where notified_at is null and (notify_after is null or notify_after <= $1)
                order by notify_after nulls first, id
                limit $2
                """,
                [.time(now), .int64(Int64(limit))]
            )
            return try found.rows.read { row throws(PostgresError) in
                OpenViolation(row: try ViolationRows.row(&row), tries: try row.whole())
            }
        }
    }

    package func notified(_ id: Int64, term: Term, now: Timestamp) async throws(RecordError) {
        try await database.write("note that people know of a violation", under: LeaderGuard(.coordinator, term: term)) {
            connection throws(PostgresError) in
            _ = try await connection.query(
                "update quota_violations set notified_at = $2, notify_error = null where id = $1 and notified_at is null",
                [.int64(id), .time(now)]
            )
        }
    }

    package func failed(_ id: Int64, error: String, again: Timestamp, term: Term) async throws(RecordError) {
        try await database.write("note that nobody took a violation", under: LeaderGuard(.coordinator, term: term)) {
            connection throws(PostgresError) in
            _ = try await connection.query(
                """
                update quota_violations set notify_after = $2, notify_error = $3, notify_tries = notify_tries + 1
                where id = $1 and notified_at is null
                """,
                [.int64(id), .time(again), .text(error.withoutZero)]
            )
        }
    }
}
