import Domain
import Postgres

/// ONUs by OLT and index, filtered.
struct ONUList: Sendable {
    let connection: PostgresConnection

    func page(_ filter: ONUFilter) async throws(PostgresError) -> Page<KnownONU> {
        let limit = min(max(1, filter.limit), 1000)
        let place = Cursor.numberAndText(filter.cursor)
        let found = try await connection.query(
            """
            \(Self.columns)
            from onus u
            join olts o on o.id = u.olt
            where ($1::int8 is null or u.olt = $1)
                and ($2::int2 is null or u.run_status = $2)
                and ($3::text is null or \(ONUText.expression(of: "u.")) ilike $3)
                and ($4::text is null or u.port = $4)
                and ($5::bool is null or u.is_present = $5)
                and ($6::float8 is null or (u.rx_onu_dbm >= $6 and u.rx_onu_dbm < $7))
                and ($8::int8 is null or (u.olt, u.index) > ($8, $9::text))
            order by u.olt, u.index
            limit $10
            """,
            [
                .int64(filter.olt?.value), .int16(filter.runStatus?.rawValue), .text(filter.text.map(ONUText.pattern)),
                .text(filter.port?.withoutZero), .bool(filter.isPresent), .double(filter.rxOnuDbm?.lowerBound),
                .double(filter.rxOnuDbm?.upperBound), .int64(place?.number), .text(place?.text.withoutZero), .int64(Int64(limit + 1)),
            ]
        )
        let items = try found.rows.read { row throws(PostgresError) in try Self.onu(&row) }
        return Cursor.page(items, limit: limit) { Cursor.text($0.olt.value, $0.observation.index) }
    }

    func onu(_ olt: OLTID, _ index: String) async throws(PostgresError) -> KnownONU? {
        let found = try await connection.query(
            "\(Self.columns) from onus u join olts o on o.id = u.olt where u.olt = $1 and u.index = $2",
            [.int64(olt.value), .text(index.withoutZero)]
        )
        return try found.rows.read { row throws(PostgresError) in try Self.onu(&row) }.first
    }

    /// Identities through their own indexes, texts through the one of trigrams; sorted once, when there are at most `limit` each.
    func find(_ search: ONUSearch, limit: Int) async throws(PostgresError) -> [KnownONU] {
        let found = try await connection.query(
            Self.findSQL,
            [.texts(search.exact.map(\.withoutZero)), .text(ONUText.pattern(search.text)), .int64(Int64(limit))]
        )
        return try found.rows.read { row throws(PostgresError) in try Self.onu(&row) }
    }

    static let findSQL = """
        with exact as materialized (
            (select olt, index, 0 as rank from onus where serial = any($1) limit $3)
            union all
            (select olt, index, 0 as rank from onus where mac = any($1) limit $3)
        ),
        holding as materialized (
            select olt, index, 1 as rank from onus where \(ONUText.expression) ilike $2 limit $3
        ),
        hits as (
            select olt, index, min(rank) as rank from (select * from exact union all select * from holding) as h group by olt, index
        )
        \(columns)
        from hits h
        join onus u on u.olt = h.olt and u.index = h.index
        join olts o on o.id = u.olt
        order by h.rank, u.is_present desc, u.last_seen_at desc, u.olt, u.index
        limit $3
        """

    private static func onu(_ row: inout RowReader) throws(PostgresError) -> KnownONU {
        let olt = OLTID(try row.int64())
        let oltName = try row.text()
        var observation = ONUObservation(index: try row.text())
        observation.port = try row.textIfAny()
        observation.onuID = try row.wholeIfAny()
        observation.serial = try row.textIfAny()
        observation.mac = try row.textIfAny()
        observation.name = try row.textIfAny()
        observation.description = try row.textIfAny()
        observation.adminStatus = try row.codeIfAny()
        observation.runStatus = try row.codeIfAny()
        observation.distanceMetres = try row.doubleIfAny()
        observation.rxOnuDbm = try row.doubleIfAny()
        observation.txOnuDbm = try row.doubleIfAny()
        observation.rxOltDbm = try row.doubleIfAny()
        observation.temperatureCelsius = try row.doubleIfAny()
        observation.voltageVolts = try row.doubleIfAny()
        observation.biasMilliamps = try row.doubleIfAny()
        observation.lastDownCause = try row.textIfAny()
        observation.downClass = try row.codeIfAny()
        observation.model = try row.textIfAny()
        observation.firmware = try row.textIfAny()
        return KnownONU(
            olt: olt,
            oltName: oltName,
            observation: observation,
            isPresent: try row.bool(),
            firstSeenAt: try row.timestamp(),
            lastSeenAt: try row.timestamp(),
            readingsAt: try row.timestampIfAny()
        )
    }

    private static let columns = """
        select u.olt, o.name, u.index, u.port, u.onu_id, u.serial, u.mac, u.name, u.description, u.admin_status, u.run_status,
            u.distance_metres, u.rx_onu_dbm, u.tx_onu_dbm, u.rx_olt_dbm, u.temperature_celsius, u.voltage_volts, u.bias_milliamps,
            u.last_down_cause, u.down_class, u.model, u.firmware, u.is_present, u.first_seen_at, u.last_seen_at, u.readings_at
        """
}
