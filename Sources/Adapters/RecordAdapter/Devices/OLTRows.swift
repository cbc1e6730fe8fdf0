import Domain
import Postgres
import Wire

/// OLTs as rows.
enum OLTRows {
    /// Of `olts o`.
    static let accessColumns = """
        o.id, o.name, o.host, o.port, o.version, o.profile, o.pdus_per_second, o.repetitions_max, o.attempts, o.quiet_gap, o.sealed, o.revision
        """
    static let summaryColumns = """
        \(accessColumns), o.enabled, o.labels, o.sys_object_id, o.sys_description, o.sys_name, o.up_time_ticks, o.found_profile, o.vendor, o.reachable, o.last_seen_at, \
        o.onus_total, o.onus_online
        """

    /// Labels as a parameter for jsonb.
    static func text(_ labels: [String: String]) -> String { PayloadJSON.encode(labels.mapValues(JSONValue.text)) }

    /// What a worker needs; `nil` when the row of an outer join has no OLT.
    static func accessIfAny(_ row: inout RowReader) throws(PostgresError) -> DeviceAccess? {
        guard let id = try row.oltIfAny() else { return nil }
        return DeviceAccess(
            olt: id,
            name: try row.text(),
            address: DeviceAddress(host: try row.text(), port: UInt16(truncatingIfNeeded: try row.whole())),
            version: try row.word(),
            profile: try row.text(),
            limits: DeviceLimits(
                pdusPerSecond: try row.whole(),
                repetitionsMax: try row.whole(),
                attempts: try row.whole(),
                quietGap: try row.durationIfAny()
            ),
            credentials: SealedCredentials(bytes: try row.bytes(), revision: try row.whole())
        )
    }

    static func summary(_ row: inout RowReader) throws(PostgresError) -> OLTSummary {
        guard let access = try accessIfAny(&row) else { throw .decoding(column: "id", reason: "it is NULL") }
        let olt = OLT(
            id: access.olt,
            name: access.name,
            address: access.address,
            version: access.version,
            profile: access.profile,
            enabled: try row.bool(),
            limits: access.limits,
            credentials: access.credentials,
            labels: try row.labels()
        )
        let facts = DeviceFacts(
            sysObjectID: try row.textIfAny(),
            sysDescription: try row.textIfAny(),
            sysName: try row.textIfAny(),
            upTimeTicks: try row.int64IfAny().map(UInt32.init(truncatingIfNeeded:)),
            profile: try row.textIfAny(),
            vendor: try row.textIfAny()
        )
        return OLTSummary(
            olt: olt,
            facts: facts == DeviceFacts() ? nil : facts,
            reachable: try row.boolIfAny(),
            lastSeenAt: try row.timestampIfAny(),
            onusTotal: try row.whole(),
            onusOnline: try row.whole()
        )
    }
}
