import Domain
import Postgres
import Wire

/// What happened to ONUs, as rows.
struct ONUEventRows: Sendable {
    let connection: PostgresConnection

    func add(_ events: [ONUEvent]) async throws(PostgresError) {
        guard !events.isEmpty else { return }
        _ = try await connection.query(
            """
            insert into onu_events (at, olt, kind, port, index, serial, cause, count, differences)
            select b.at, b.olt, b.kind, b.port, b.index, b.serial, b.cause, b.count, b.differences::jsonb
            from unnest(
                $1::timestamptz[], $2::int8[], $3::int2[], $4::text[], $5::text[], $6::text[], $7::int2[], $8::int4[], $9::text[]
            ) as b (at, olt, kind, port, index, serial, cause, count, differences)
            """,
            [
                .times(events.map(\.at)), .int64s(events.map(\.olt.value)), .int16s(events.map(\.kind.rawValue)),
                .texts(events.map { $0.port?.withoutZero }),
                .texts(events.map { $0.index?.withoutZero }), .texts(events.map { $0.serial?.withoutZero }),
                .int16s(events.map { $0.cause?.rawValue }), .int32s(events.map { Int32(clamping: $0.count) }),
                .texts(events.map { Self.text($0.differences) }),
            ]
        )
    }

    /// Newest first.
    func page(_ filter: ONUEventFilter) async throws(PostgresError) -> Page<KnownONUEvent> {
        let limit = min(max(1, filter.limit), 1000)
        let found = try await connection.query(
            """
            select e.id, e.at, o.name, e.olt, e.kind, e.port, e.index, e.serial, e.cause, e.count, e.differences::text
            from onu_events e
            join olts o on o.id = e.olt
            where ($1::int8 is null or e.olt = $1) and (cardinality($2::int2[]) = 0 or e.kind = any($2)) and ($3::text is null or e.index = $3)
                and ($4::int8 is null or e.id < $4)
            order by e.id desc
            limit $5
            """,
            [
                .int64(filter.olt?.value), .int16s(filter.kinds.map(\.rawValue)),
                .text(filter.index?.withoutZero), .int64(filter.cursor.flatMap { Int64($0) }), .int64(Int64(limit + 1)),
            ]
        )
        let items = try found.rows.read { row throws(PostgresError) in try Self.known(&row) }
        return Cursor.page(items, limit: limit) { "\($0.id)" }
    }

    private static func known(_ row: inout RowReader) throws(PostgresError) -> KnownONUEvent {
        let id = try row.int64()
        let at = try row.timestamp()
        let oltName = try row.text()
        let olt = OLTID(try row.int64())
        var event = ONUEvent(
            try row.code(),
            at: at,
            olt: olt,
            port: try row.textIfAny(),
            index: try row.textIfAny(),
            serial: try row.textIfAny()
        )
        event.cause = try row.codeIfAny()
        event.count = try row.whole()
        event.differences = Self.differences(try row.payloadIfAny() ?? [:])
        return KnownONUEvent(id: id, oltName: oltName, event: event)
    }

    private static func text(_ differences: [ONUEvent.Difference]) -> String? {
        guard !differences.isEmpty else { return nil }
        var payload: Payload = [:]
        for difference in differences {
            payload[difference.field] = .list([.text(difference.before.withoutZero), .text(difference.after.withoutZero)])
        }
        return PayloadJSON.encode(payload)
    }

    private static func differences(_ payload: Payload) -> [ONUEvent.Difference] {
        payload.sorted { $0.key < $1.key }.compactMap { field, value in
            guard let texts = value.list?.compactMap(\.text), texts.count == 2 else { return nil }
            return ONUEvent.Difference(field: field, before: texts[0], after: texts[1])
        }
    }
}
