import Domain
import Postgres

/// Violations, newest first.
struct ViolationRows: Sendable {
    let connection: PostgresConnection

    /// What `row` reads.
    static let fields = """
        id, olt, olt_name, period_start, period_end, severity, completion, array_to_string(causes, ','), report, created_at, notified_at
        """
    private static let columns = "select \(fields) from quota_violations"

    func page(_ filter: ViolationFilter) async throws(PostgresError) -> Page<ViolationRow> {
        let limit = min(max(1, filter.limit), 1000)
        let found = try await connection.query(
            """
            \(Self.columns)
            where ($1::int8 is null or olt = $1)
                and (cardinality($2::text[]) = 0 or severity = any($2))
                and ($3::timestamptz is null or created_at >= $3)
                and ($4::int8 is null or id < $4)
            order by id desc
            limit $5
            """,
            [
                .int64(filter.olt?.value), .texts(filter.severities.map(\.rawValue)), .time(filter.since),
                .int64(filter.cursor.flatMap { Int64($0) }), .int64(Int64(limit + 1)),
            ]
        )
        let items = try found.rows.read { row throws(PostgresError) in try Self.row(&row) }
        return Cursor.page(items, limit: limit) { "\($0.id)" }
    }

    func one(_ id: Int64) async throws(PostgresError) -> ViolationRow? {
        let found = try await connection.query("\(Self.columns) where id = $1", [.int64(id)])
        return try found.rows.read { row throws(PostgresError) in try Self.row(&row) }.first
    }

    static func row(_ row: inout RowReader) throws(PostgresError) -> ViolationRow {
        let id = try row.int64()
        let olt = OLTID(try row.int64())
        let name = try row.text()
        let violation = QuotaViolation(
            olt: olt,
            period: Period(start: try row.timestamp(), end: try row.timestamp()),
            severity: try row.word(),
            completion: try row.double(),
            // A cause of a later version is not told.
            causes: try row.text().split(separator: ",").compactMap { QuotaViolation.Cause(rawValue: String($0)) },
            report: try row.payload(),
            createdAt: try row.timestamp()
        )
        return ViolationRow(id: id, oltName: name, violation: violation, notifiedAt: try row.timestampIfAny())
    }
}
