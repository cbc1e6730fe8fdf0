import Domain
import Postgres

/// Looks among the letters.
struct LetterSearch: Sendable {
    /// Letters that are counted one by one at most; what the tallies know is exact whatever its number.
    private static let countMax = 1000

    let connection: PostgresConnection

    func page(_ filter: LetterFilter) async throws(PostgresError) -> Page<Letter> {
        let limit = min(max(1, filter.limit), 1000)
        var query = LetterQuery(filter)
        let matches = query.matches(LetterQuery.Span(after: filter.cursor.flatMap(LetterPlace.init), limit: limit + 1))
        let found = try await connection.query(
            """
            select \(LetterRows.columns)
            from (\(matches)) as m
            join letters l on l.id = m.id
            order by l.last_died_at desc, l.id desc
            """,
            query.parameters
        )
        let letters = try found.rows.read { row throws(PostgresError) in try LetterRows.read(&row) }
        return Cursor.page(letters, limit: limit) { LetterPlace(diedAt: $0.lastDiedAt, id: $0.id).description }
    }

    func letter(_ id: Int64) async throws(PostgresError) -> Letter? {
        let found = try await connection.query(LetterRows.whole, [.int64(id)])
        return try found.rows.read { row throws(PostgresError) in try LetterRows.read(&row) }.first
    }

    func tally(_ filter: LetterFilter) async throws(PostgresError) -> LetterTally {
        var query = LetterQuery(filter)
        if let tallied = query.tallied() { return try Self.read(try await connection.query(tallied, query.parameters)) }
        query = LetterQuery(filter)
        let matches = query.matches(LetterQuery.Span(limit: Self.countMax + 1))
        var tally = try Self.read(
            try await connection.query("select m.reason, m.kind, count(*) from (\(matches)) as m group by 1, 2", query.parameters)
        )
        tally.isExact = tally.total <= Self.countMax
        return tally
    }

    private static func read(_ found: PostgresResult) throws(PostgresError) -> LetterTally {
        var tally = LetterTally()
        let rows = try found.rows.read { row throws(PostgresError) in
            let reason: LetterReason = try row.word()
            return (reason, try row.text(), try row.whole())
        }
        for (reason, kind, count) in rows { tally.add(count, reason, kind: kind) }
        return tally
    }
}
