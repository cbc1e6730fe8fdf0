package import Domain
import Logging
import ServiceLifecycle
import Synchronization

/// Keeps the record small, and notices tasks that no worker can run.
package final class Housekeeper: Service {
    package struct Settings: Hashable, Sendable {
        /// For how many days ended tasks, by state, audit entries and readings are kept, 1…3650 each.
        package var retention = Retention()
        /// Pause between sweeps, 1 s…24 h.
        package var sweepEvery: Duration = .seconds(600)
        /// Rows in one deleting statement, 1…100,000.
        package var batch = 5_000
        /// Pause between looks at what is asked of workers, 100 ms…10 min.
        package var demandEvery: Duration = .seconds(10)

        package init() {}

        package func validated() throws(SettingFault) -> Settings {
            for (state, days) in retention.days { try SettingFault.check("retention.\(state.word)", days, in: 1...3650) }
            try SettingFault.check("retention.audit", retention.auditDays, in: 1...3650)
            try SettingFault.check("retention.readings", retention.readingDays, in: 1...3650)
            try SettingFault.check("retention.sweepEvery", sweepEvery, in: .seconds(1) ... .seconds(86_400))
            try SettingFault.check("retention.batch", batch, in: 1...100_000)
            try SettingFault.check("retention.demandEvery", demandEvery, in: .milliseconds(100) ... .seconds(600))
            return self
        }
    }

    /// Days that are made ahead: an orchestrator may be away that long.
    private static let daysAhead = 7
    /// Tasks looked at when demand is counted.
    private static let demandMax = 100_000

    private let record: any Housekeeping
    private let fleet: any FleetRecord
    private let counters: CounterBook
    private let settings: Settings
    private let time: TimeSource
    private let log: Logger
    /// What was told last, so that the same is not told every ten seconds.
    private let told = Mutex<[String]>([])

    init(
        record: any Housekeeping,
        fleet: any FleetRecord,
        counters: CounterBook,
        settings: Settings,
        time: TimeSource,
        log: Logger
    ) {
        self.record = record
        self.fleet = fleet
        self.counters = counters
        self.settings = settings
        self.time = time
        self.log = log
    }

    /// Runs until a graceful shutdown.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var nextSweep = self.time.monotonic()
            while !Task.isCancelled {
                if self.time.monotonic() >= nextSweep {
                    await self.sweep()
                    nextSweep = self.time.monotonic() + self.settings.sweepEvery
                }
                await self.lookAtDemand()
                try? await Task.sleep(for: self.settings.demandEvery)
            }
        }
    }

    private func sweep() async {
        do throws(RecordError) {
            try await record.prepareDays(ahead: Self.daysAhead, now: time.wall())
            while !Task.isCancelled {
                let swept = try await record.sweep(settings.retention, batch: settings.batch, now: time.wall())
                if !swept.days.isEmpty { log.notice("days that are over were dropped", metadata: [LogKey.tables: "\(swept.days)"]) }
                if swept.tasks > 0 { log.notice("ended tasks were deleted", metadata: [LogKey.count: "\(swept.tasks)"]) }
                if swept.auditEntries > 0 { log.notice("audit entries were deleted", metadata: [LogKey.count: "\(swept.auditEntries)"]) }
                guard swept.isFull else { return }
            }
        } catch {
            log.warning("the record could not be swept", metadata: [LogKey.error: "\(error)"])
        }
    }

    private func lookAtDemand() async {
        do throws(RecordError) {
            let demand = try await record.demand(limit: Self.demandMax)
            let capability = Capability(of: demand.isEmpty ? [] : try await fleet.workers(now: time.wall()))
            let unmet = demand.filter { capability.obstacle(to: $0.kind, in: $0.taskClass) != nil }
            counters.count { $0.unroutable = unmet.reduce(0) { $0 + $1.count } }
            let words = unmet.map { "\($0.kind) in class \($0.taskClass.word)" }
            let isNews = told.withLock { told in
                defer { told = words }
                return told != words
            }
            guard isNews else { return }
            if words.isEmpty {
                log.notice("every task that waits can be run again")
            } else {
                log.warning("tasks wait that no worker can run", metadata: [LogKey.kinds: "\(words)"])
            }
        } catch {
            log.debug("demand could not be counted", metadata: [LogKey.error: "\(error)"])
        }
    }
}
