package import Domain
package import Logging
import ServiceLifecycle

/// Brings due tasks to their lanes: those of admission at once, the others by a sweep.
///
/// The number is on the row before the message leaves; whatever the broker does not confirm is published again with the same number.
package final class Dispatcher: Service {
    private let desk: PublishingDesk
    private let sweeper: DueSweeper
    private let bookkeeper: DispatchBookkeeper
    private let settings: Settings

    package init(
        tasks: any TaskRecord,
        broker: any OrchestratorBroker,
        ledger: LaneLedger,
        gate: LeaseGate,
        counters: CounterBook,
        observer: any FleetObserver,
        settings: Settings,
        time: TimeSource,
        log: Logger
    ) {
        let desk = PublishingDesk(
            tasks: tasks,
            broker: broker,
            ledger: ledger,
            counters: counters,
            observer: observer,
            settings: settings,
            time: time,
            log: log
        )
        self.desk = desk
        self.settings = settings
        sweeper = DueSweeper(tasks: tasks, broker: broker, ledger: ledger, gate: gate, desk: desk, settings: settings, time: time, log: log)
        bookkeeper = DispatchBookkeeper(
            tasks: tasks,
            broker: broker,
            ledger: ledger,
            desk: desk,
            counters: counters,
            settings: settings,
            time: time,
            log: log
        )
    }

    /// Takes tasks that are queued already, to be published now; the ledger has counted them.
    package func publish(_ tasks: [DispatchedTask]) {
        desk.take(tasks)
    }

    /// Something may be due: sweep now.
    package func notify() {
        sweeper.notify()
    }

    /// Runs until a graceful shutdown; what is queued by then is still published and noted.
    package func run() async throws {
        await withTaskGroup(of: Void.self) { publishers in
            for _ in 0..<settings.publishesAtOnce {
                publishers.addTask { await self.desk.publishUntilClosed() }
            }
            await cancelWhenGracefulShutdown { [sweeper, bookkeeper] in
                async let sweeping: Void = sweeper.run()
                await bookkeeper.run()
                await sweeping
            }
            desk.close()
            await publishers.waitForAll()
        }
        await desk.notePublished()
    }
}

extension Dispatcher {
    package struct Settings: Hashable, Sendable {
        /// Tasks on a lane at most, 1…100,000.
        package var highWatermark = LaneRoom.highWatermarkDefault
        /// A full lane is refilled when so many are left on it, 0…100,000; at most the high mark minus one counts.
        package var lowWatermark = LaneRoom.lowWatermarkDefault
        /// Tasks in one transaction or one publish, 1…1000.
        package var batchMax = 256
        /// Batches that wait for their confirms at the same time, 1…32.
        package var publishesAtOnce = 4
        /// Pause between sweeps while there is work, 5 ms…10 s.
        package var sweepEvery: Duration = .milliseconds(50)
        /// Pause between sweeps that found nothing, 10 ms…60 s.
        package var idleEvery: Duration = .milliseconds(250)
        /// Confirms are written down this often, 10 ms…2 s.
        package var noteEvery: Duration = .milliseconds(500)
        /// A queued task whose publish was not confirmed for so long is published again, 1 s…10 min.
        package var republishAfter: Duration = .seconds(5)
        /// When a task is due again that the broker did not take, 10 ms…1 h.
        package var notTakenPause: Duration = .seconds(1)
        /// The lanes are counted anew this often, 100 ms…60 s.
        package var recountEvery: Duration = .seconds(1)

        package init() {}

        package func validated() throws(SettingFault) -> Settings {
            try SettingFault.check("dispatch.highWatermark", highWatermark, in: 1...100_000)
            try SettingFault.check("dispatch.lowWatermark", lowWatermark, in: 0...100_000)
            try SettingFault.check("dispatch.batchMax", batchMax, in: 1...1000)
            try SettingFault.check("dispatch.publishesAtOnce", publishesAtOnce, in: 1...32)
            try SettingFault.check("dispatch.sweepEvery", sweepEvery, in: .milliseconds(5) ... .seconds(10))
            try SettingFault.check("dispatch.idleEvery", idleEvery, in: .milliseconds(10) ... .seconds(60))
            try SettingFault.check("dispatch.noteEvery", noteEvery, in: .milliseconds(10) ... .seconds(2))
            try SettingFault.check("dispatch.republishAfter", republishAfter, in: .seconds(1) ... .seconds(600))
            try SettingFault.check("dispatch.notTakenPause", notTakenPause, in: .milliseconds(10) ... .seconds(3600))
            try SettingFault.check("dispatch.recountEvery", recountEvery, in: .milliseconds(100) ... .seconds(60))
            return self
        }
    }
}
