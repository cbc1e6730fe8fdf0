import Domain
import Postgres

/// Writes the ONUs of one reading, and finds out what happened to them.
struct ONUWriter: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    func write(_ read: DeviceRead) async throws(PostgresError) -> [ONUEvent] {
        let before = try await portsBefore(read.olt)
        var pairs = try await upsert(read)
        if read.tellsWhoIsGone { pairs += try await markGone(read) }
        guard !pairs.isEmpty else { return [] }
        let judge = SurveyJudge(
            olt: read.olt,
            now: now,
            isFirst: before.isEmpty,
            onlineBefore: before.mapValues(\.online),
            offlineBefore: before.mapValues(\.offline),
            elsewhere: try await elsewhere(pairs, not: read.olt)
        )
        return judge.judge(pairs)
    }

    /// ONUs by port before the reading; empty: the OLT had none.
    private func portsBefore(_ olt: OLTID) async throws(PostgresError) -> [String: (online: Int, offline: Int)] {
        let found = try await connection.query(
            """
            select coalesce(port, ''), count(*) filter (where run_status = 0), count(*) filter (where run_status = 1)
            from onus where olt = $1 and is_present
            group by 1
            """,
            [.int64(olt.value)]
        )
        var ports: [String: (online: Int, offline: Int)] = [:]
        for (port, online, offline) in try found.rows.read({ row throws(PostgresError) in
            (try row.text(), try row.whole(), try row.whole())
        }) {
            ports[port] = (online, offline)
        }
        return ports
    }

    /// - Returns: the ONUs that are not as they were.
    private func upsert(_ read: DeviceRead) async throws(PostgresError) -> [SurveyJudge.Pair] {
        let columns = ONUColumns(read.result.observations)
        guard !columns.isEmpty else { return [] }
        let changed = try await connection.query(
            Self.upsertSQL,
            [.int64(read.olt.value), .time(now), .int64(read.number.value), .int32(read.known), .bool(read.isDiscovery)]
                + columns.values
        )
        return try changed.rows.read { row throws(PostgresError) in
            let index = try row.text()
            let wasKnown = try row.bool()
            var before = ONUMark(index: index, isPresent: try row.boolIfAny() ?? false)
            try before.read(&row)
            var after = ONUMark(index: index, isPresent: before.isPresent || read.isDiscovery)
            try after.read(&row)
            return SurveyJudge.Pair(before: wasKnown ? before : nil, after: after)
        }
    }

    private func markGone(_ read: DeviceRead) async throws(PostgresError) -> [SurveyJudge.Pair] {
        let gone = try await connection.query(
            """
            update onus set is_present = false where olt = $1 and is_present and seen_by <> $2
            returning index, port, serial, mac, name, description, model, admin_status, run_status, down_class
            """,
            [.int64(read.olt.value), .int64(read.number.value)]
        )
        return try gone.rows.read { row throws(PostgresError) in
            var before = ONUMark(index: try row.text(), isPresent: true)
            try before.read(&row)
            return SurveyJudge.Pair(before: before, after: nil)
        }
    }

    /// Where else the identities of those stand that are new, exchanged or gone, by their index here.
    private func elsewhere(_ pairs: [SurveyJudge.Pair], not olt: OLTID) async throws(PostgresError) -> [String: SurveyJudge.Place] {
        let asked = pairs.filter { $0.before?.identity != $0.after?.identity }.compactMap { $0.after ?? $0.before }
            .filter { $0.identity != nil }
        guard !asked.isEmpty else { return [:] }
        let found = try await connection.query(
            Self.elsewhereSQL,
            [
                .int64(olt.value), .texts(asked.map(\.index.withoutZero)), .texts(asked.map { $0.serial?.withoutZero }),
                .texts(asked.map { $0.mac?.withoutZero }),
            ]
        )
        let places = try found.rows.read { row throws(PostgresError) in
            (
                index: try row.text(),
                place: SurveyJudge.Place(
                    olt: OLTID(try row.int64()),
                    oltName: try row.text(),
                    index: try row.text(),
                    port: try row.textIfAny(),
                    isPresent: try row.bool()
                )
            )
        }
        return Dictionary(places.map { ($0.index, $0.place) }, uniquingKeysWith: { first, _ in first })
    }

    /// The place where it was seen last; a MAC decides only for an ONU without a serial.
    private static let elsewhereSQL = """
        select a.index, p.olt, o.name, p.index, p.port, p.is_present
        from unnest($2::text[], $3::text[], $4::text[]) as a (index, serial, mac)
        cross join lateral (
            select * from (
                select u.olt, u.index, u.port, u.is_present, u.last_seen_at from onus u where u.serial = a.serial
                union all
                select u.olt, u.index, u.port, u.is_present, u.last_seen_at from onus u where a.serial is null and u.mac = a.mac
            ) as u
            where (u.olt, u.index) <> ($1, a.index)
            order by u.is_present desc, u.last_seen_at desc
            limit 1
        ) as p
        join olts o on o.id = p.olt
        """

    /// `$4` holds the known columns: 1 description, 2 status, 4 distance, 8 optics, 16 serial, 32 inventory.
    ///
    /// The last part looks at the rows as they were before the statement.
    private static let upsertSQL = """
        with b as materialized (
            select * from unnest(
                $6::text[], $7::text[], $8::int4[], $9::text[], $10::text[], $11::text[], $12::text[], $13::int2[], $14::int2[],
                $15::float8[], $16::float8[], $17::float8[], $18::float8[], $19::float8[], $20::float8[], $21::float8[], $22::text[],
                $23::int2[], $24::text[], $25::text[]
            ) as b (
                index, port, onu_id, serial, mac, name, description, admin_status, run_status, distance_metres, rx_onu_dbm, tx_onu_dbm,
                rx_olt_dbm, temperature_celsius, voltage_volts, bias_milliamps, last_down_cause, down_class, model, firmware
            )
        ),
        measured as (
            insert into readings (
                olt, index, at, run_status, distance_metres, rx_onu_dbm, tx_onu_dbm, rx_olt_dbm, temperature_celsius, voltage_volts,
                bias_milliamps
            )
            select $1, b.index, $2, b.run_status, b.distance_metres, b.rx_onu_dbm, b.tx_onu_dbm, b.rx_olt_dbm, b.temperature_celsius,
                b.voltage_volts, b.bias_milliamps
            from b
            where coalesce(
                b.distance_metres, b.rx_onu_dbm, b.tx_onu_dbm, b.rx_olt_dbm, b.temperature_celsius, b.voltage_volts, b.bias_milliamps
            ) is not null
        ),
        written as (
            insert into onus (
                olt, index, port, onu_id, serial, mac, name, description, admin_status, run_status, distance_metres, rx_onu_dbm,
                tx_onu_dbm, rx_olt_dbm, temperature_celsius, voltage_volts, bias_milliamps, last_down_cause, down_class, model, firmware,
                is_present, first_seen_at, last_seen_at, readings_at, seen_by
            )
            select $1, b.*, true, $2, $2,
                case when $4 & 12 <> 0 or coalesce(b.distance_metres, b.rx_onu_dbm, b.rx_olt_dbm) is not null then $2::timestamptz end, $3
            from b
            on conflict (olt, index) do update set
                port = coalesce(excluded.port, onus.port),
                onu_id = coalesce(excluded.onu_id, onus.onu_id),
                name = coalesce(excluded.name, onus.name),
                serial = \(kept("serial", 16)),
                mac = coalesce(excluded.mac, onus.mac),
                description = \(kept("description", 1)),
                admin_status = \(kept("admin_status", 2)),
                run_status = \(kept("run_status", 2)),
                last_down_cause = coalesce(excluded.last_down_cause, onus.last_down_cause),
                down_class = case when excluded.last_down_cause is null then onus.down_class else excluded.down_class end,
                distance_metres = \(kept("distance_metres", 4)),
                rx_onu_dbm = \(kept("rx_onu_dbm", 8)),
                tx_onu_dbm = \(kept("tx_onu_dbm", 8)),
                rx_olt_dbm = \(kept("rx_olt_dbm", 8)),
                temperature_celsius = \(kept("temperature_celsius", 8)),
                voltage_volts = \(kept("voltage_volts", 8)),
                bias_milliamps = \(kept("bias_milliamps", 8)),
                model = \(kept("model", 32)),
                firmware = \(kept("firmware", 32)),
                readings_at = coalesce(excluded.readings_at, onus.readings_at),
                is_present = onus.is_present or $5,
                last_seen_at = excluded.last_seen_at,
                seen_by = excluded.seen_by
        )
        select b.index, u.olt is not null, u.is_present,
            u.port, u.serial, u.mac, u.name, u.description, u.model, u.admin_status, u.run_status, u.down_class,
            coalesce(b.port, u.port), coalesce(b.serial, u.serial), coalesce(b.mac, u.mac), coalesce(b.name, u.name),
            coalesce(b.description, u.description), coalesce(b.model, u.model), coalesce(b.admin_status, u.admin_status),
            coalesce(b.run_status, u.run_status), case when b.last_down_cause is null then u.down_class else b.down_class end
        from b
        left join onus u on u.olt = $1 and u.index = b.index
        where u.olt is null or not u.is_present or u.serial <> b.serial or u.mac <> b.mac or u.name <> b.name
            or u.description <> b.description or u.model <> b.model or u.admin_status <> b.admin_status or u.run_status <> b.run_status
        """

    /// What was read; what was asked for and is missing is known to be missing, the rest stays.
    private static func kept(_ column: String, _ bit: Int) -> String {
        "case when $4 & \(bit) <> 0 then excluded.\(column) else coalesce(excluded.\(column), onus.\(column)) end"
    }
}

extension ONUMark {
    /// Nine columns of `onus`: port to down class.
    fileprivate mutating func read(_ row: inout RowReader) throws(PostgresError) {
        port = try row.textIfAny()
        serial = try row.textIfAny()
        mac = try row.textIfAny()
        name = try row.textIfAny()
        description = try row.textIfAny()
        model = try row.textIfAny()
        adminStatus = try row.codeIfAny()
        runStatus = try row.codeIfAny()
        downClass = try row.codeIfAny()
    }
}
