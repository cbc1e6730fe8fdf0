import Domain
import Logging
import MemoryAdapters
import SealAdapter
import Synchronization

@testable import Coordination

/// A coordinator over memory adapters under a clock of the test's.
final class CoordinatorStage: Sendable {
    let record = MemoryRecord()
    let hashes = ForgetfulHashes()
    let journal = KeptJournal()
    let clock = MovedClock(wall: Timestamp(microseconds: 1_800_000_600_000_000), monotonic: ContinuousClock.now)
    private let dueTold = Mutex(0)
    private let ids = Mutex<UInt64>(0)

    var parts: CoordinatorParts {
        CoordinatorParts(
            record: record,
            devices: record,
            fleet: record,
            hashes: hashes,
            digest: SHA256Digest(),
            leases: FreeLeases(),
            news: NoNews(),
            journal: journal,
            holder: "test",
            leadership: NoLeadership(),
            follow: { _ in },
            somethingIsDue: { self.dueTold.withLock { $0 += 1 } },
            makeID: {
                self.ids.withLock { ids in
                    ids += 1
                    return TaskID(high: 7, low: ids)
                }
            },
            time: clock.source
        )
    }

    /// Enters OLTs that are asked as often.
    @discardableResult
    func enter(_ count: Int, _ operations: [DeclaredOperation]) async throws -> [OLTID] {
        var entered: [OLTID] = []
        for place in 1...count {
            let entry = OLTEntry(
                name: "olt-\(place)",
                address: DeviceAddress(host: "10.0.\(place / 250).\(place % 250)"),
                version: .v2c,
                profile: "huawei",
                limits: DeviceLimits()
            )
            let olt = try await record.addOLT(entry) { _ in SealedCredentials(bytes: [], revision: 1) }
            try await record.declare(operations, of: olt.id, now: clock.source.wall())
            entered.append(olt.id)
        }
        return entered
    }

    func lead() async throws -> Term {
        let seen = try await record.look(.coordinator)?.mark
        guard let term = try await record.claim(.coordinator, for: "test", seen: seen, now: clock.source.wall()) else {
            throw RecordError.conflict(what: "somebody else leads")
        }
        return term
    }

    func reign(_ term: Term, _ change: (inout Coordinator.Settings) -> Void = { _ in }) -> CoordinatorReign {
        var settings = Coordinator.Settings()
        change(&settings)
        return CoordinatorReign(term: term, parts: parts, settings: settings, log: Logger(label: "test"))
    }

    func decisions() async throws -> [CoordinatorEvent.Kind] {
        var filter = CoordinatorEventFilter()
        filter.limit = 1000
        return try await record.events(filter).items.map(\.event.kind)
    }
}

/// Hashes that can be lost, or out of reach.
final class ForgetfulHashes: StateHashes {
    private let kept = MemoryStateHashes()
    private let isAway = Mutex(false)

    func setAway(_ away: Bool) { isAway.withLock { $0 = away } }

    private func ask() throws(LeaseStoreError) {
        if isAway.withLock({ $0 }) { throw .silent(operation: "HMGET", reason: "away") }
    }

    func hashes(of olts: [OLTID]) async throws(LeaseStoreError) -> [OLTID: StateHash] {
        try ask()
        return try await kept.hashes(of: olts)
    }

    func all() async throws(LeaseStoreError) -> [OLTID: StateHash] {
        try ask()
        return try await kept.all()
    }

    func keep(_ hashes: [OLTID: StateHash]) async throws(LeaseStoreError) {
        try ask()
        try await kept.keep(hashes)
    }

    func forget(_ olts: [OLTID]) async throws(LeaseStoreError) {
        try ask()
        try await kept.forget(olts)
    }
}

/// The lines that were written.
final class KeptJournal: CoordinatorJournal {
    private let kept = Mutex<[String]>([])

    var lines: [String] { kept.withLock { $0 } }

    func write(_ level: CoordinatorEvent.Level, _ source: String, _ message: String, at time: Timestamp) {
        kept.withLock { $0.append("[\(level.word)] \(source): \(message)") }
    }
}

private struct NoNews: CoordinationNews {
    func listen(_ heard: @Sendable (OLTID?) -> Void) async {}
}

private struct FreeLeases: LeaseBoard {
    func leases(containing text: String?, limit: Int, cursor: String?) async throws(LeaseStoreError) -> Page<StandingLease> {
        Page(items: [], next: nil, total: 0)
    }

    func lease(_ key: ExclusionKey) async throws(LeaseStoreError) -> StandingLease? { nil }

    func bar(_ key: ExclusionKey) async throws(LeaseStoreError) -> BarAnswer { .free }
}
