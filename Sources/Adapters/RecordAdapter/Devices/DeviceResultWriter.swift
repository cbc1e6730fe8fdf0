import Domain
import Postgres

/// Brings what succeeded attempts read from devices into the record: the ONUs in one statement per device, then what happened to them.
struct DeviceResultWriter: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    /// - Returns: what happened to ONUs, in order of OLT.
    func write(_ ends: [JudgedChange]) async throws(PostgresError) -> [ONUEvent] {
        try await markSilent(ends)
        let reads = ends.compactMap { judged -> DeviceRead? in
            guard case .succeeded = judged.change, let olt = judged.row.olt, let outcome = judged.outcome, let result = outcome.device
            else { return nil }
            return DeviceRead(olt: olt, number: outcome.number, result: result)
        }
        var events: [ONUEvent] = []
        // In order of OLT, as every writer of their rows.
        for read in reads.sorted(by: { $0.olt < $1.olt }) {
            guard try await noteAnswer(read) else { continue }
            guard read.result.operation != .probe else { continue }
            let happened = try await ONUWriter(connection: connection, now: now).write(read)
            try await ONUEventRows(connection: connection).add(happened)
            try await count(read)
            events += happened
        }
        return events
    }

    /// The device answered: its facts.
    /// - Returns: whether the OLT is still there.
    private func noteAnswer(_ read: DeviceRead) async throws(PostgresError) -> Bool {
        let facts = read.result.facts
        let updated = try await connection.query(
            """
            update olts set
                reachable = true, last_seen_at = $2, sys_object_id = coalesce($3, sys_object_id),
                sys_description = coalesce($4, sys_description), sys_name = coalesce($5, sys_name),
                up_time_ticks = coalesce($6, up_time_ticks), found_profile = coalesce($7, found_profile), vendor = coalesce($8, vendor)
            where id = $1
            returning id
            """,
            [
                .int64(read.olt.value), .time(now), .text(facts?.sysObjectID?.withoutZero), .text(facts?.sysDescription?.withoutZero),
                .text(facts?.sysName?.withoutZero), .int64(facts?.upTimeTicks.map(Int64.init)), .text(facts?.profile?.withoutZero),
                .text(facts?.vendor?.withoutZero),
            ]
        )
        return !updated.rows.isEmpty
    }

    /// How many ONUs the OLT has, and what it counts itself.
    private func count(_ read: DeviceRead) async throws(PostgresError) {
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
        let ports = Dictionary(read.result.ports.map { ($0.port.withoutZero, $0) }, uniquingKeysWith: { _, last in last })
            .sorted { $0.key < $1.key }
        guard !ports.isEmpty else { return }
        _ = try await connection.query(
            """
            insert into ports (olt, port, counted, counted_at)
            select $1, b.port, b.counted, $2 from unnest($3::text[], $4::int4[]) as b (port, counted)
            on conflict (olt, port) do update set counted = excluded.counted, counted_at = excluded.counted_at
            """,
            [
                .int64(read.olt.value), .time(now), .texts(ports.map(\.key)),
                .int32s(ports.map { $0.value.counted.map(Int32.init(clamping:)) }),
            ]
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
}

/// What one run read from one device.
struct DeviceRead: Sendable {
    let olt: OLTID
    let number: DispatchNumber
    let result: DeviceResult

    /// Columns that were asked for and read completely: what is missing in them is known to be missing.
    var known: Int32 {
        guard result.coverage == .complete else { return 0 }
        return result.columns.reduce(0) { $0 | $1.bit }
    }

    var isDiscovery: Bool { result.operation == .discovery }

    /// Only a complete discovery says anything about ONUs that are not in it.
    var tellsWhoIsGone: Bool { isDiscovery && result.coverage == .complete }
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
