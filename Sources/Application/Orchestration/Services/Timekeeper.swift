package import Domain
import Logging
import ServiceLifecycle

/// What time does to tasks: deadlines pass, those that wait long rise, and urgent ones get their key back.
package final class Timekeeper: Service {
    package struct Settings: Hashable, Sendable {
        /// Pause between looks at deadlines and at urgent tasks behind a queued one, 50 ms…60 s.
        package var every: Duration = .seconds(1)
        /// A task that waits rises by one level each time this has passed, 1 s…30 days.
        package var agingInterval: Duration = .seconds(600)
        /// Pause between looks at tasks that wait long, 100 ms…10 min.
        package var ageEvery: Duration = .seconds(10)
        /// Tasks in one transaction, 1…4096.
        package var limit = 512

        package init() {}

        package func validated() throws(SettingFault) -> Settings {
            try SettingFault.check("time.every", every, in: .milliseconds(50) ... .seconds(60))
            try SettingFault.check("time.agingInterval", agingInterval, in: .seconds(1) ... .seconds(30 * 86_400))
            try SettingFault.check("time.ageEvery", ageEvery, in: .milliseconds(100) ... .seconds(600))
            try SettingFault.check("time.limit", limit, in: 1...4096)
            return self
        }
    }

    private let steering: any TaskSteering
    private let broker: any OrchestratorBroker
    private let effects: RecordEffects
    private let counters: CounterBook
    private let settings: Settings
    private let time: TimeSource
    private let log: Logger

    init(
        steering: any TaskSteering,
        broker: any OrchestratorBroker,
        effects: RecordEffects,
        counters: CounterBook,
        settings: Settings,
        time: TimeSource,
        log: Logger
    ) {
        self.steering = steering
        self.broker = broker
        self.effects = effects
        self.counters = counters
        self.settings = settings
        self.time = time
        self.log = log
    }

    /// Runs until a graceful shutdown.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var nextAgeing = self.time.monotonic()
            while !Task.isCancelled {
                await self.expire()
                await self.recall()
                if self.time.monotonic() >= nextAgeing {
                    await self.age()
                    nextAgeing = self.time.monotonic() + self.settings.ageEvery
                }
                try? await Task.sleep(for: self.settings.every)
            }
        }
    }

    private func expire() async {
        do throws(RecordError) {
            while !Task.isCancelled {
                let report = try await steering.endOverdue(limit: settings.limit, now: time.wall())
                guard !report.answers.isEmpty else { return }
                effects.follow(report.summary)
                if !report.orders.isEmpty { _ = await broker.order(.cancel(report.orders), to: .all) }
                log.info("deadlines have passed", metadata: [LogKey.count: "\(report.answers.count)"])
                guard report.answers.count == settings.limit else { return }
            }
        } catch {
            log.warning("deadlines could not be looked at", metadata: [LogKey.error: "\(error)"])
        }
    }

    private func recall() async {
        do throws(RecordError) {
            let recalled = try await steering.recall(limit: settings.limit, now: time.wall())
            guard recalled > 0 else { return }
            counters.count { $0.recalled += recalled }
            var summary = RecordSummary()
            summary.watched = recalled
            effects.follow(summary)
        } catch {
            log.warning("urgent tasks could not be looked for", metadata: [LogKey.error: "\(error)"])
        }
    }

    private func age() async {
        do throws(RecordError) {
            let raised = try await steering.age(every: settings.agingInterval, limit: settings.limit, now: time.wall())
            guard raised > 0 else { return }
            counters.count { $0.aged += raised }
            var summary = RecordSummary()
            summary.due = raised
            effects.follow(summary)
        } catch {
            log.warning("waiting tasks could not be raised", metadata: [LogKey.error: "\(error)"])
        }
    }
}
