import Domain
import Postgres

/// The coordinator's decisions, newest first; to follow them, oldest first.
struct CoordinatorLog: Sendable {
    let connection: PostgresConnection

    func page(_ filter: CoordinatorEventFilter) async throws(PostgresError) -> Page<CoordinatorLogRow> {
        let limit = min(max(1, filter.limit), 1000)
        let follows = filter.after != nil
        let place = filter.cursor.flatMap { Int64($0) }
        let found = try await connection.query(
            """
            select id, at, olt, olt_name, type, level, message, details
            from coordinator_log
            where ($1::int8 is null or olt = $1)
                and (not $2 or olt is null)
                and level >= $3
                and type = any($4)
                and ($5::text is null or message ilike $5)
                and ($6::int8 is null or id < $6)
                and ($7::int8 is null or id > $7)
            order by id \(follows ? "" : "desc")
            limit $8
            """,
            [
                .int64(filter.olt?.value), .bool(filter.isGlobal), .int16(filter.level.rawValue),
                .texts((filter.kinds.isEmpty ? CoordinatorEvent.Kind.allCases : filter.kinds).map(\.rawValue)),
                .text(filter.text.map(ONUText.pattern)), .int64(follows ? nil : place),
                .int64(follows ? [filter.after, place].compactMap(\.self).max() : nil), .int64(Int64(limit + 1)),
            ]
        )
        let items = try found.rows.read { row throws(PostgresError) in try Self.row(&row) }
        return Cursor.page(items, limit: limit) { "\($0.id)" }
    }

    private static func row(_ row: inout RowReader) throws(PostgresError) -> CoordinatorLogRow {
        let id = try row.int64()
        let at = try row.timestamp()
        let olt = try row.oltIfAny()
        let name = try row.textIfAny()
        let event = CoordinatorEvent(
            try row.word(),
            try row.code(),
            olt: olt,
            try row.text(),
            details: try row.payload(),
            at: at
        )
        return CoordinatorLogRow(id: id, oltName: name, event: event)
    }
}
