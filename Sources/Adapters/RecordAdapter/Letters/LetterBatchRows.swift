import Domain
import Postgres
import Wire

/// Batches from and to rows.
struct LetterBatchRows: Sendable {
    let connection: PostgresConnection

    /// Where a batch goes on: not for callers.
    struct Place: Sendable {
        let batch: LetterBatch
        let bound: Int64
        let after: LetterPlace?
    }

    private static let columns = """
        id, verb, selection, ids, priority, payload, per_second, state, total, done, left_open, created_at, updated_at, finished_at
        """

    func insert(_ order: LetterOrder, now: Timestamp) async throws(PostgresError) -> LetterBatch {
        let ids: [Int64]?
        let selection: String
        let total: Int64
        switch order.selection {
        case .ids(let asked):
            let sorted = Set(asked).sorted()
            (ids, selection, total) = (sorted, "{}", Int64(sorted.count))
        case .filter(let filter):
            ids = nil
            selection = LetterSelectionText.write(filter.forVerbs)
            total = try await count(filter.forVerbs)
        }
        let found = try await connection.query(
            """
            insert into letter_batches (
                verb, selection, ids, priority, payload, per_second, state, total, bound, due_at, created_at, updated_at
            )
            values (
                $1, $2, case when $9 then $3::int8[] end, $4, $5, $6, 'running', $7, (select coalesce(max(id), 0) from letters), $8, $8, $8
            )
            returning \(Self.columns)
            """,
            [
                .text(order.verb.rawValue), .text(selection), .int64s(ids ?? []),
                .int16(order.priority?.rawValue), .text(order.payload.map { PayloadJSON.encode($0) }), .double(order.perSecond),
                .int64(total), .time(now), .bool(ids != nil),
            ]
        )
        return try Self.batches(found)[0]
    }

    private func count(_ filter: LetterFilter) async throws(PostgresError) -> Int64 {
        var query = LetterQuery(filter)
        if let tallied = query.tallied() {
            let found = try await connection.query("select coalesce(sum(b.sum), 0)::int8 from (\(tallied)) as b", query.parameters)
            return try found.rows[0].int64(0)
        }
        query = LetterQuery(filter)
        let matches = query.matches(LetterQuery.Span())
        return try await connection.query("select count(*) from (\(matches)) as m", query.parameters).rows[0].int64(0)
    }

    func batch(_ id: Int64) async throws(PostgresError) -> LetterBatch? {
        try Self.batches(try await connection.query("select \(Self.columns) from letter_batches where id = $1", [.int64(id)])).first
    }

    func page(limit: Int, before: Int64?) async throws(PostgresError) -> Page<LetterBatch> {
        let limit = min(max(1, limit), 1000)
        let found = try await connection.query(
            "select \(Self.columns) from letter_batches where $1::int8 is null or id < $1 order by id desc limit $2",
            [.int64(before), .int64(Int64(limit + 1))]
        )
        return Cursor.page(try Self.batches(found), limit: limit) { "\($0.id)" }
    }

    func stop(_ id: Int64, now: Timestamp) async throws(PostgresError) -> LetterBatch? {
        _ = try await connection.query(
            "update letter_batches set state = 'stopped', finished_at = $2, updated_at = $2 where id = $1 and state = 'running'",
            [.int64(id), .time(now)]
        )
        return try await batch(id)
    }

    /// Takes one batch that may go on, for this transaction; whoever works on another one is not waited for.
    func claim(now: Timestamp) async throws(PostgresError) -> Place? {
        let found = try await connection.query(
            """
            select \(Self.columns), bound, cursor_at, cursor_id
            from letter_batches
            where state = 'running' and due_at <= $1
            order by due_at, id
            limit 1
            for update skip locked
            """,
            [.time(now)]
        )
        return try found.rows.read { row throws(PostgresError) in
            let batch = try Self.read(&row)
            let bound = try row.int64()
            let diedAt = try row.timestampIfAny()
            let id = try row.int64IfAny()
            return Place(batch: batch, bound: bound, after: diedAt.flatMap { at in id.map { LetterPlace(diedAt: at, id: $0) } })
        }.first
    }

    /// When the next batch may go on.
    func nextDue(after now: Timestamp) async throws(PostgresError) -> Timestamp? {
        let found = try await connection.query(
            "select min(due_at) from letter_batches where state = 'running' and due_at > $1",
            [.time(now)]
        )
        return try found.rows.read { row throws(PostgresError) in try row.timestampIfAny() }.first ?? nil
    }

    func advance(
        _ place: Place,
        to after: LetterPlace?,
        done: Int,
        leftOpen: Int,
        isOver: Bool,
        dueAt: Timestamp,
        now: Timestamp
    ) async throws(PostgresError) {
        _ = try await connection.query(
            """
            update letter_batches set
                cursor_at = coalesce($2, cursor_at), cursor_id = coalesce($3, cursor_id), done = done + $4, left_open = left_open + $5,
                due_at = $6, updated_at = $7, state = case when $8 then 'done' else state end,
                finished_at = case when $8 then $7 end
            where id = $1
            """,
            [
                .int64(place.batch.id), .time(after?.diedAt), .int64(after?.id), .int64(Int64(done)), .int64(Int64(leftOpen)), .time(dueAt),
                .time(now), .bool(isOver),
            ]
        )
    }

    private static func batches(_ found: PostgresResult) throws(PostgresError) -> [LetterBatch] {
        try found.rows.read { row throws(PostgresError) in try read(&row) }
    }

    private static func read(_ row: inout RowReader) throws(PostgresError) -> LetterBatch {
        let id = try row.int64()
        let verb: LetterOrder.Verb = try row.word()
        let filter = LetterSelectionText.read(try row.payload())
        let ids = try row.int64sIfAny()
        let order = LetterOrder(
            verb,
            ids.map { .ids($0) } ?? .filter(filter),
            priority: try row.codeIfAny(),
            payload: try row.payloadIfAny(),
            perSecond: try row.doubleIfAny()
        )
        return LetterBatch(
            id: id,
            order: order,
            state: try row.word(),
            total: try row.whole(),
            done: try row.whole(),
            leftOpen: try row.whole(),
            createdAt: try row.timestamp(),
            updatedAt: try row.timestamp(),
            finishedAt: try row.timestampIfAny()
        )
    }
}
