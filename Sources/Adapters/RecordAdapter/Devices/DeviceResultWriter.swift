import Domain
import Postgres

/// Brings what succeeded attempts read from devices into the record, one statement per device for its ONUs.
struct DeviceResultWriter: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    func write(_ ends: [JudgedChange]) async throws(PostgresError) {
        try await markSilent(ends)
        let results = ends.compactMap { judged -> Read? in
            guard case .succeeded = judged.change, let olt = judged.row.olt, let outcome = judged.outcome, let result = outcome.device
            else { return nil }
            return Read(olt: olt, number: outcome.number, result: result)
        }
        // In order of OLT, as every writer of their rows.
        for read in results.sorted(by: { $0.olt < $1.olt }) {
            if read.result.operation != .probe { try await upsert(read) }
            try await noteAnswer(read)
        }
    }

    private struct Read: Sendable {
        let olt: OLTID
        let number: DispatchNumber
        let result: DeviceResult

        /// Columns that were asked for and read completely: what is missing in them is known to be missing.
        var known: Int32 {
            guard result.coverage == .complete else { return 0 }
            return result.columns.reduce(0) { $0 | $1.bit }
        }

        var isDiscovery: Bool { result.operation == .discovery }
    }

    private func upsert(_ read: Read) async throws(PostgresError) {
        let columns = ONUColumns(read.result.observations)
        if !columns.isEmpty {
            _ = try await connection.query(
                Self.upsertSQL,
                [.int64(read.olt.value), .time(now), .int64(read.number.value), .int32(read.known), .bool(read.isDiscovery)]
                    + columns.values
            )
        }
        guard read.isDiscovery, read.result.coverage == .complete else { return }
        _ = try await connection.query(
            "update onus set is_present = false where olt = $1 and is_present and seen_by <> $2",
            [.int64(read.olt.value), .int64(read.number.value)]
        )
    }

    /// The device answered: its facts, and how many ONUs it has.
    private func noteAnswer(_ read: Read) async throws(PostgresError) {
        let facts = read.result.facts
        _ = try await connection.query(
            """
            update olts set
                reachable = true, last_seen_at = $2, sys_object_id = coalesce($3, sys_object_id),
                sys_description = coalesce($4, sys_description), sys_name = coalesce($5, sys_name), up_time_ticks = coalesce($6, up_time_ticks)
            where id = $1
            """,
            [
                .int64(read.olt.value), .time(now), .text(facts?.sysObjectID?.withoutZero), .text(facts?.sysDescription?.withoutZero),
                .text(facts?.sysName?.withoutZero), .int64(facts?.upTimeTicks.map(Int64.init)),
            ]
        )
        guard read.result.operation != .probe else { return }
        _ = try await connection.query(
            """
            update olts set onus_total = c.total, onus_online = c.online
            from (
                select count(*)::int as total, (count(*) filter (where run_status = 0))::int as online
                from onus where olt = $1 and is_present
            ) as c
            where id = $1
            """,
            [.int64(read.olt.value)]
        )
    }

    private func markSilent(_ ends: [JudgedChange]) async throws(PostgresError) {
        let silent = ends.compactMap { judged -> Int64? in
            guard let olt = judged.row.olt, case .failed(let fault) = judged.outcome?.verdict else { return nil }
            return ["device_silent", "device_unreachable"].contains(fault.errorClass) ? olt.value : nil
        }
        guard !silent.isEmpty else { return }
        _ = try await connection.query(
            """
            update olts o set reachable = false
            from (select id from olts where id = any($1) order by id for update) as s
            where o.id = s.id
            """,
            [.int64s(silent)]
        )
    }

    /// `$4` holds the known columns: 1 description, 2 status, 4 distance, 8 optics, 16 serial.
    private static let upsertSQL = """
        insert into onus (
            olt, index, port, onu_id, serial, mac, name, description, admin_status, run_status, distance_metres, rx_onu_dbm, tx_onu_dbm,
            rx_olt_dbm, temperature_celsius, voltage_volts, bias_milliamps, last_down_cause,
            is_present, first_seen_at, last_seen_at, readings_at, seen_by
        )
        select $1, b.*, true, $2, $2,
            case when $4 & 12 <> 0 or coalesce(b.distance_metres, b.rx_onu_dbm, b.rx_olt_dbm) is not null then $2::timestamptz end, $3
        from unnest(
            $6::text[], $7::text[], $8::int4[], $9::text[], $10::text[], $11::text[], $12::text[], $13::int2[], $14::int2[], $15::float8[],
            $16::float8[], $17::float8[], $18::float8[], $19::float8[], $20::float8[], $21::float8[], $22::text[]
        ) as b (
            index, port, onu_id, serial, mac, name, description, admin_status, run_status, distance_metres, rx_onu_dbm, tx_onu_dbm,
            rx_olt_dbm, temperature_celsius, voltage_volts, bias_milliamps, last_down_cause
        )
        where exists (select from olts where id = $1)
        on conflict (olt, index) do update set
            port = coalesce(excluded.port, onus.port),
            onu_id = coalesce(excluded.onu_id, onus.onu_id),
            name = coalesce(excluded.name, onus.name),
            serial = case when $4 & 16 <> 0 then excluded.serial else coalesce(excluded.serial, onus.serial) end,
            mac = coalesce(excluded.mac, onus.mac),
            description = case when $4 & 1 <> 0 then excluded.description else coalesce(excluded.description, onus.description) end,
            admin_status = case when $4 & 2 <> 0 then excluded.admin_status else coalesce(excluded.admin_status, onus.admin_status) end,
            run_status = case when $4 & 2 <> 0 then excluded.run_status else coalesce(excluded.run_status, onus.run_status) end,
            last_down_cause = coalesce(excluded.last_down_cause, onus.last_down_cause),
            distance_metres = case when $4 & 4 <> 0 then excluded.distance_metres
                else coalesce(excluded.distance_metres, onus.distance_metres) end,
            rx_onu_dbm = case when $4 & 8 <> 0 then excluded.rx_onu_dbm else coalesce(excluded.rx_onu_dbm, onus.rx_onu_dbm) end,
            tx_onu_dbm = case when $4 & 8 <> 0 then excluded.tx_onu_dbm else coalesce(excluded.tx_onu_dbm, onus.tx_onu_dbm) end,
            rx_olt_dbm = case when $4 & 8 <> 0 then excluded.rx_olt_dbm else coalesce(excluded.rx_olt_dbm, onus.rx_olt_dbm) end,
            temperature_celsius = case when $4 & 8 <> 0 then excluded.temperature_celsius
                else coalesce(excluded.temperature_celsius, onus.temperature_celsius) end,
            voltage_volts = case when $4 & 8 <> 0 then excluded.voltage_volts else coalesce(excluded.voltage_volts, onus.voltage_volts) end,
            bias_milliamps = case when $4 & 8 <> 0 then excluded.bias_milliamps
                else coalesce(excluded.bias_milliamps, onus.bias_milliamps) end,
            readings_at = coalesce(excluded.readings_at, onus.readings_at),
            is_present = onus.is_present or $5,
            last_seen_at = excluded.last_seen_at,
            seen_by = excluded.seen_by
        """
}

extension ONUColumn {
    /// The column's place in the set of known columns.
    fileprivate var bit: Int32 {
        switch self {
        case .description: 1
        case .status: 2
        case .distance: 4
        case .optics: 8
        case .serial: 16
        case .inventory: 32
        }
    }
}
