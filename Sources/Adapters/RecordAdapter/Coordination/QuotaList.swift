import Domain
import Postgres

/// Quotas by period, newest first, within it by OLT and operation.
struct QuotaList: Sendable {
    let connection: PostgresConnection

    func page(_ filter: QuotaFilter) async throws(PostgresError) -> Page<QuotaRow> {
        let limit = min(max(1, filter.limit), 1000)
        let place = Self.place(filter.cursor)
        let found = try await connection.query(
            """
            select q.olt, coalesce(o.name, q.olt::text), q.period_start, q.period_end, q.operation, q.required, q.completed, q.failed,
                q.skipped, q.status, q.risk, q.last_error
            from quota_trackers q
            left join olts o on o.id = q.olt
            where ($1::int8 is null or q.olt = $1)
                and ($2::timestamptz is null or q.period_start = $2)
                and (not $3 or q.period_end > now())
                and (not $4 or q.risk is not null)
                and ($5::timestamptz is null or q.period_start < $5 or (q.period_start = $5 and (q.olt, q.operation) > ($6, $7::text)))
                and q.operation = any($9)
            order by q.period_start desc, q.olt, q.operation
            limit $8
            """,
            [
                .int64(filter.olt?.value), .time(filter.period), .bool(filter.period == nil && filter.isRunning), .bool(filter.isAtRisk),
                .time(place?.period), .int64(place?.olt), .text(place?.operation), .int64(Int64(limit + 1)),
                .texts(OperationType.all.map(\.word)),
            ]
        )
        let items = try found.rows.read { row throws(PostgresError) in try Self.row(&row) }
        return Cursor.page(items, limit: limit) {
            "\($0.period.start.microseconds)_\($0.olt.value)_\($0.tracker.operation.word)"
        }
    }

    private static func place(_ cursor: String?) -> (period: Timestamp, olt: Int64, operation: String)? {
        guard let parts = cursor?.split(separator: "_", maxSplits: 2), parts.count == 3, let period = Int64(parts[0]),
            let olt = Int64(parts[1])
        else { return nil }
        return (Timestamp(microseconds: period), olt, String(parts[2]).withoutZero)
    }

    private static func row(_ row: inout RowReader) throws(PostgresError) -> QuotaRow {
        let olt = OLTID(try row.int64())
        let name = try row.text()
        let period = Period(start: try row.timestamp(), end: try row.timestamp())
        var tracker = QuotaTracker(try row.operation(), required: try row.whole(), since: period.start)
        tracker.completed = try row.whole()
        tracker.failed = try row.whole()
        tracker.skipped = try row.whole()
        tracker.status = try row.word()
        tracker.risk = try row.textIfAny()
        tracker.lastError = try row.textIfAny()
        return QuotaRow(olt: olt, oltName: name, period: period, tracker: tracker)
    }
}
