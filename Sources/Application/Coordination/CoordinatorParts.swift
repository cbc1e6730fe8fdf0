package import Domain

/// What the coordinator is made of: its ports, and what the orchestrator around it does for it.
package struct CoordinatorParts: Sendable {
    package let record: any CoordinationRecord
    package let devices: any DeviceRecord
    package let fleet: any FleetRecord
    package let hashes: any StateHashes
    package let digest: any StateDigest
    package let leases: any LeaseBoard
    package let news: any CoordinationNews
    package let journal: any CoordinatorJournal
    /// Who this orchestrator is, for people.
    package let holder: String
    package let leadership: any Leadership
    /// Tells workers and counters of tasks that were ended.
    package let follow: @Sendable (EndingReport) async -> Void
    /// Tasks were written that are due.
    package let somethingIsDue: @Sendable () -> Void
    package let makeID: @Sendable () -> TaskID
    package let time: TimeSource

    package init(
        record: any CoordinationRecord,
        devices: any DeviceRecord,
        fleet: any FleetRecord,
        hashes: any StateHashes,
        digest: any StateDigest,
        leases: any LeaseBoard,
        news: any CoordinationNews,
        journal: any CoordinatorJournal,
        holder: String,
        leadership: any Leadership,
        follow: @escaping @Sendable (EndingReport) async -> Void,
        somethingIsDue: @escaping @Sendable () -> Void,
        makeID: @escaping @Sendable () -> TaskID,
        time: TimeSource
    ) {
        self.record = record
        self.devices = devices
        self.fleet = fleet
        self.hashes = hashes
        self.digest = digest
        self.leases = leases
        self.news = news
        self.journal = journal
        self.holder = holder
        self.leadership = leadership
        self.follow = follow
        self.somethingIsDue = somethingIsDue
        self.makeID = makeID
        self.time = time
    }
}
