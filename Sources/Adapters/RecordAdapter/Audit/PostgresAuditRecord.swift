package import Domain
import Postgres
import Wire

/// The audit in PostgreSQL.
package struct PostgresAuditRecord: AuditRecord {
    private let database: RecordDatabase

    package init(database: RecordDatabase) {
        self.database = database
    }

    @discardableResult
    package func write(_ draft: AuditDraft, now: Timestamp) async throws(RecordError) -> Int64 {
        try await database.write("write the audit") { connection throws(PostgresError) in
            let written = try await connection.query(
                "insert into audit (at, actor, verb, subject, detail) values ($1, $2, $3, $4, $5::jsonb) returning id",
                [
                    .time(now), .text(draft.actor.text.withoutZero), .text(draft.verb.withoutZero), .text(draft.subject.withoutZero),
                    .text(PayloadJSON.encode(draft.detail.mapValues(\.withoutZero))),
                ]
            )
            return try written.rows[0].int64(0)
        }
    }

    package func entries(_ filter: AuditFilter) async throws(RecordError) -> Page<AuditEntry> {
        let limit = min(max(1, filter.limit), 1000)
        return try await database.read("list the audit") { connection throws(PostgresError) in
            let found = try await connection.query(
                """
                select id, at, actor, verb, subject, detail::text from audit
                where ($1::text is null or actor = $1)
                    and ($2::text is null or verb = $2 or (right($2, 1) = '.' and starts_with(verb, $2)))
                    and ($3::text is null or subject = $3)
                    and ($4::timestamptz is null or at >= $4)
                    and ($5::int8 is null or id < $5)
                order by id desc
                limit $6
                """,
                [
                    .text(filter.actor?.withoutZero), .text(filter.verb?.withoutZero), .text(filter.subject?.withoutZero),
                    .time(filter.since), .int64(filter.cursor.flatMap { Int64($0) }), .int64(Int64(limit + 1)),
                ]
            )
            let entries = try found.rows.read { row throws(PostgresError) in
                AuditEntry(
                    id: try row.int64(),
                    at: try row.timestamp(),
                    actor: try row.text(),
                    verb: try row.text(),
                    subject: try row.text(),
                    detail: try row.payload()
                )
            }
            return Cursor.page(entries, limit: limit) { "\($0.id)" }
        }
    }
}

extension JSONValue {
    /// The same without U+0000, which the database cannot keep.
    fileprivate var withoutZero: JSONValue {
        switch self {
        case .null, .bool, .number: self
        case .text(let text): .text(text.withoutZero)
        case .list(let list): .list(list.map(\.withoutZero))
        case .object(let members):
            .object(Dictionary(members.map { ($0.withoutZero, $1.withoutZero) }) { first, _ in first })
        }
    }
}
