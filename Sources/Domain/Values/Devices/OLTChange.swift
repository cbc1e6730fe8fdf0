/// What is to be changed of an OLT; what is `nil` stays.
package struct OLTChange: Hashable, Sendable {
    package var name: String?
    package var host: String?
    package var port: UInt16?
    package var profile: String?
    package var isEnabled: Bool?
    /// Labels to set; those with `nil` are taken away, the others stay.
    package var labels: [String: String?] = [:]
    package var pdusPerSecond: Int?
    package var repetitionsMax: Int?
    package var attempts: Int?
    /// `.some(nil)`: as long as the lease store waits.
    package var quietGap: Duration??

    package init() {}

    package var isEmpty: Bool { self == OLTChange() }
}

extension OLT {
    package func changed(_ change: OLTChange) -> OLT {
        OLT(
            id: id,
            name: change.name ?? name,
            address: DeviceAddress(host: change.host ?? address.host, port: change.port ?? address.port),
            version: version,
            profile: change.profile ?? profile,
            enabled: change.isEnabled ?? enabled,
            limits: DeviceLimits(
                pdusPerSecond: change.pdusPerSecond ?? limits.pdusPerSecond,
                repetitionsMax: change.repetitionsMax ?? limits.repetitionsMax,
                attempts: change.attempts ?? limits.attempts,
                quietGap: change.quietGap ?? limits.quietGap
            ),
            credentials: credentials,
            labels: change.labels.reduce(into: labels) { $0[$1.key] = $1.value }
        )
    }
}

/// What became of the wish to forget an OLT.
package enum OLTRemoval: Hashable, Sendable {
    /// It is gone, with its ONUs and its plan; what happened stays in logs, quotas, violations and readings.
    case removed(OLT)
    /// So many tasks of it have not ended; some of them.
    case busy(OLT, count: Int, tasks: [TaskID])
    case unknown

    /// How many tasks are named at most.
    package static let tasksNamedMax = 20
}
