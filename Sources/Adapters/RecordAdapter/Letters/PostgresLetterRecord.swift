package import Domain
import Postgres

/// Dead letters in PostgreSQL.
package struct PostgresLetterRecord: LetterRecord {
    private let database: RecordDatabase

    package init(database: RecordDatabase) {
        self.database = database
    }

    package func archive(_ messages: [UnreadableMessage], now: Timestamp) async throws(RecordError) -> [Int64] {
        guard !messages.isEmpty else { return [] }
        return try await database.write("archive messages") { connection throws(PostgresError) in
            try await Archive(connection: connection, now: now).write(messages)
        }
    }

    package func attachEvidence(_ messages: [DeadMessage], now: Timestamp) async throws(RecordError) {
        guard !messages.isEmpty else { return }
        try await database.write("attach evidence") { connection throws(PostgresError) in
            try await Archive(connection: connection, now: now).attach(messages)
        }
    }

    package func letters(_ filter: LetterFilter) async throws(RecordError) -> Page<Letter> {
        let limit = min(max(1, filter.limit), 1000)
        return try await database.read("list letters") { connection throws(PostgresError) in
            let found = try await connection.query(
                """
                \(LetterRows.select)
                where ($1::text is null or l.state = $1) and ($2::text is null or l.reason = $2) and ($3::text is null or l.kind = $3)
                    and ($4::int8 is null or l.id < $4)
                order by l.id desc
                limit $5
                """,
                [
                    .text(filter.state?.rawValue), .text(filter.reason?.rawValue), .text(filter.kind?.withoutZero),
                    .int64(filter.cursor.flatMap { Int64($0) }), .int64(Int64(limit + 1)),
                ]
            )
            let letters = try found.rows.read { row throws(PostgresError) in try LetterRows.read(&row) }
            return Cursor.page(letters, limit: limit) { "\($0.id)" }
        }
    }

    package func letter(_ id: Int64) async throws(RecordError) -> Letter? {
        try await database.read("look up a letter") { connection throws(PostgresError) in
            let found = try await connection.query("\(LetterRows.select) where l.id = $1", [.int64(id)])
            return try found.rows.read { row throws(PostgresError) in try LetterRows.read(&row) }.first
        }
    }

    package func retry(
        _ ids: [Int64],
        dryRun: Bool,
        makeID: @Sendable () -> TaskID,
        now: Timestamp
    ) async throws(RecordError) -> [LetterRetry] {
        guard !ids.isEmpty else { return [] }
        return try await database.write("retry letters") { connection throws(PostgresError) in
            try await LetterRetrial(connection: connection, now: now).run(ids, dryRun: dryRun, makeID: makeID)
        }
    }

    package func openLetters() async throws(RecordError) -> Int {
        try await database.read("count open letters") { connection throws(PostgresError) in
            let found = try await connection.query("select count(*) from letters where state = 'dead'")
            return Int(try found.rows[0].int64(0))
        }
    }
}
