package import Domain
import Postgres

/// ONUs in PostgreSQL.
package struct PostgresONURecord: ONURecord {
    /// The statement of a search, for `explain analyze`: spellings, a pattern, a limit.
    package static let findStatement = ONUList.findSQL

    private let database: RecordDatabase

    package init(database: RecordDatabase) {
        self.database = database
    }

    package func onus(_ filter: ONUFilter) async throws(RecordError) -> Page<KnownONU> {
        try await database.read("list ONUs") { connection throws(PostgresError) in
            try await ONUList(connection: connection).page(filter)
        }
    }

    package func onu(_ olt: OLTID, _ index: String) async throws(RecordError) -> KnownONU? {
        try await database.read("look up an ONU") { connection throws(PostgresError) in
            try await ONUList(connection: connection).onu(olt, index)
        }
    }

    package func find(_ search: ONUSearch, limit: Int) async throws(RecordError) -> [KnownONU] {
        try await database.read("find ONUs") { connection throws(PostgresError) in
            try await ONUList(connection: connection).find(search, limit: limit)
        }
    }

    package func events(_ filter: ONUEventFilter) async throws(RecordError) -> Page<KnownONUEvent> {
        try await database.read("list what happened to ONUs") { connection throws(PostgresError) in
            try await ONUEventRows(connection: connection).page(filter)
        }
    }

    package func readings(of olt: OLTID, _ index: String, since: Timestamp, limit: Int) async throws(RecordError) -> [Reading] {
        try await database.read("list readings") { connection throws(PostgresError) in
            let found = try await connection.query(
                """
                select at, run_status, distance_metres, rx_onu_dbm, tx_onu_dbm, rx_olt_dbm, temperature_celsius, voltage_volts,
                    bias_milliamps
                from readings
                where olt = $1 and index = $2 and at >= $3
                order by at desc
                limit $4
                """,
                [.int64(olt.value), .text(index.withoutZero), .time(since), .int64(Int64(limit))]
            )
            return try found.rows.read { row throws(PostgresError) in
                var reading = Reading(at: try row.timestamp())
                reading.runStatus = try row.codeIfAny()
                reading.distanceMetres = try row.measuredIfAny()
                reading.rxOnuDbm = try row.measuredIfAny()
                reading.txOnuDbm = try row.measuredIfAny()
                reading.rxOltDbm = try row.measuredIfAny()
                reading.temperatureCelsius = try row.measuredIfAny()
                reading.voltageVolts = try row.measuredIfAny()
                reading.biasMilliamps = try row.measuredIfAny()
                return reading
            }
        }
    }

    package func ports(of olt: OLTID) async throws(RecordError) -> [PortState] {
        try await database.read("list ports") { connection throws(PostgresError) in
            let found = try await connection.query(
                """
                select coalesce(u.port, p.port), coalesce(u.total, 0), coalesce(u.online, 0), coalesce(u.offline, 0), p.counted, p.counted_at
                from (
                    select port, count(*) as total, count(*) filter (where run_status = 0) as online,
                        count(*) filter (where run_status = 1) as offline
                    from onus where olt = $1 and is_present and port is not null
                    group by port
                ) as u
                full join (select port, counted, counted_at from ports where olt = $1) as p on p.port = u.port
                """,
                [.int64(olt.value)]
            )
            let ports = try found.rows.read { row throws(PostgresError) in
                PortState(
                    port: try row.text(),
                    total: try row.whole(),
                    online: try row.whole(),
                    offline: try row.whole(),
                    counted: try row.wholeIfAny(),
                    countedAt: try row.timestampIfAny()
                )
            }
            return ports.sorted { PortState.isBefore($0.port, $1.port) }
        }
    }
}

extension RowReader {
    /// A measured value, kept in four bytes: six digits are true.
    fileprivate mutating func measuredIfAny() throws(PostgresError) -> Double? {
        try doubleIfAny().map { ($0 * 10_000).rounded() / 10_000 }
    }
}
