package import Domain
package import Logging
import ServiceLifecycle

/// Keeps every OLT asked as often as was declared, in the orchestrator that leads.
///
/// It knows nothing of its own: declarations and books are in the record, hashes of what was acted on in the lease store. Whoever leads
/// next goes on where this one stopped.
package final class Coordinator: Service {
    package struct Settings: Hashable, Sendable {
        package var rules = CoordinationRules()
        /// Pause between two turns when nobody brings news, 100 ms…60 s.
        package var every: Duration = .seconds(5)
        /// Pause between comparisons of everything, 1 s…1 h.
        package var compareEvery: Duration = .seconds(60)
        /// OLTs in one transaction, 1…1,000.
        package var batch = 200
        /// Changed OLTs that one turn acts on, 1…100,000.
        package var changesMax = 1_000
        /// Transactions of due books in one turn, 1…1,000.
        package var batchesMax = 100
        package var retention = CoordinationRetention()
        /// Pause between clean-ups, 1 s…7 days.
        package var sweepEvery: Duration = .seconds(86_400)
        /// Rows of a table in one deleting transaction, 1…100,000.
        package var sweepBatch = 5_000

        package init() {}

        package func validated() throws(SettingFault) -> Settings {
            try SettingFault.check("coordinator.period", rules.period, in: Period.lengthAllowed)
            try SettingFault.check("coordinator.grace", rules.grace, in: .zero ... .seconds(3600))
            try SettingFault.check("coordinator.horizon", rules.horizon, in: .seconds(1) ... .seconds(600))
            try SettingFault.check("coordinator.lateAfter", rules.lateAfter, in: .seconds(1) ... .seconds(3600))
            try SettingFault.check("coordinator.soon", rules.soon, in: .zero ... .seconds(3600))
            try SettingFault.check("coordinator.gap", rules.gap, in: .zero ... .seconds(600))
            try SettingFault.check("coordinator.failuresMax", rules.failuresMax, in: 1...100)
            try SettingFault.check("coordinator.probeAfter", rules.probeAfter, in: .milliseconds(100) ... .seconds(3600))
            try SettingFault.check("coordinator.probeCeiling", rules.probeCeiling, in: .seconds(1) ... .seconds(86_400))
            try SettingFault.check("coordinator.attempts", rules.attempts, in: 1...20)
            try SettingFault.check("coordinator.attemptPause", rules.attemptPause, in: .milliseconds(10) ... .seconds(600))
            try SettingFault.check("coordinator.every", every, in: .milliseconds(100) ... .seconds(60))
            try SettingFault.check("coordinator.compareEvery", compareEvery, in: .seconds(1) ... .seconds(3600))
            try SettingFault.check("coordinator.batch", batch, in: 1...1_000)
            try SettingFault.check("coordinator.changesMax", changesMax, in: 1...100_000)
            try SettingFault.check("coordinator.batchesMax", batchesMax, in: 1...1_000)
            for (name, days) in [("log", retention.logDays), ("quotas", retention.quotaDays), ("violations", retention.violationDays)] {
                try SettingFault.check("retention.\(name)", days, in: 1...3650)
            }
            try SettingFault.check("coordinator.sweepEvery", sweepEvery, in: .seconds(1) ... .seconds(604_800))
            try SettingFault.check("coordinator.sweepBatch", sweepBatch, in: 1...100_000)
            return self
        }
    }

    private let parts: CoordinatorParts
    private let settings: Settings
    private let log: Logger
    private let inbox = Inbox()

    package init(parts: CoordinatorParts, settings: Settings, log: Logger) throws(SettingFault) {
        self.parts = parts
        self.settings = try settings.validated()
        self.log = log
    }

    /// Turns each time the clock or news say so, until a graceful shutdown.
    package func run() async throws {
        let (turns, next) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    await self.parts.news.listen { olt in
                        self.inbox.put(olt)
                        next.yield()
                    }
                }
                group.addTask {
                    for await _ in self.parts.leadership.changes() { next.yield() }
                }
                group.addTask {
                    while !Task.isCancelled {
                        next.yield()
                        // A cancelled pause ends the loop by its condition.
                        try? await Task.sleep(for: self.settings.every)
                    }
                    next.finish()
                }
                group.addTask {
                    var reign: CoordinatorReign?
                    for await _ in turns where !Task.isCancelled { await self.turn(&reign) }
                }
            }
        }
    }

    /// One turn: what is new, what has changed, what is due.
    private func turn(_ reign: inout CoordinatorReign?) async {
        guard let current = parts.leadership.reign else {
            reign = nil
            inbox.empty()
            return
        }
        do throws(RecordError) {
            if reign?.term != current.term { reign = try await begin(current.term) }
            guard reign != nil else { return }
            try await reign?.turn(news: inbox.take())
        } catch {
            switch error {
            case .deposed:
                log.notice("another coordinator leads", metadata: [LogKey.term: "\(current.term)"])
                reign = nil
            default: log.warning("a turn of the coordinator failed", metadata: [LogKey.error: "\(error)"])
            }
        }
    }

    private func begin(_ term: Term) async throws(RecordError) -> CoordinatorReign {
        let reign = CoordinatorReign(term: term, parts: parts, settings: settings, log: log)
        try await reign.begin()
        log.notice("this orchestrator coordinates", metadata: [LogKey.term: "\(term)"])
        return reign
    }
}

/// The metadata keys of this target's log lines.
enum LogKey {
    static let term = "leader.term"
    static let error = "error"
    static let count = "count"
    static let olt = "olt.id"
    static let took = "took.ms"
    static let violation = "violation.id"
    static let pause = "pause"
}
