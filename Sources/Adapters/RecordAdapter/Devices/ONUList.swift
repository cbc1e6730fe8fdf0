import Domain
import Postgres

/// ONUs by OLT and index, filtered.
struct ONUList: Sendable {
    let connection: PostgresConnection

    func page(_ filter: ONUFilter) async throws(PostgresError) -> Page<KnownONU> {
        let limit = min(max(1, filter.limit), 1000)
        let place = Cursor.numberAndText(filter.cursor)
        let found = try await connection.query(
            Self.sql,
            [
                .int64(filter.olt?.value), .int16(filter.runStatus?.rawValue), .text(filter.text.map(Self.pattern)), .int64(place?.number),
                .text(place?.text), .int64(Int64(limit + 1)),
            ]
        )
        let items = try found.rows.read { row throws(PostgresError) in try Self.onu(&row) }
        return Cursor.page(items, limit: limit) { Cursor.text($0.olt.value, $0.observation.index) }
    }

    /// Any text that holds the part; what LIKE reads as a sign is taken literally.
    private static func pattern(_ part: String) -> String {
        var pattern = "%"
        for character in part.withoutZero {
            if ["%", "_", "\\"].contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
        return pattern + "%"
    }

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

    private static let sql = """
        select u.olt, o.name, u.index, u.port, u.onu_id, u.serial, u.mac, u.name, u.description, u.admin_status, u.run_status,
            u.distance_metres, u.rx_onu_dbm, u.tx_onu_dbm, u.rx_olt_dbm, u.temperature_celsius, u.voltage_volts, u.bias_milliamps,
            u.last_down_cause, u.is_present, u.first_seen_at, u.last_seen_at, u.readings_at
        from onus u
        join olts o on o.id = u.olt
        where ($1::int8 is null or u.olt = $1)
            and ($2::int2 is null or u.run_status = $2)
            and (
                $3::text is null or u.serial ilike $3 or u.mac ilike $3 or u.name ilike $3 or u.description ilike $3 or u.index ilike $3
            )
            and ($4::int8 is null or (u.olt, u.index) > ($4, $5::text))
        order by u.olt, u.index
        limit $6
        """
}
