package import Domain
import Logging
import ServiceLifecycle

/// Rescues numbers whose run ended without an outcome: once the lease has ended, the number is void and the task gets a new one.
package final class WatchKeeper: Service {
    package struct Settings: Hashable, Sendable {
        /// Pause between looks while numbers are watched, 10 ms…60 s.
        package var every: Duration = .milliseconds(500)
        /// Pause between looks while none is known, 100 ms…10 min.
        package var idleEvery: Duration = .seconds(5)
        /// Numbers in one look, 1…4096.
        package var limit = 256
        /// How long the outcomes before a rescue may take to be recorded, 100 ms…60 s; then it is tried again.
        package var markerWithin: Duration = .seconds(5)

        package init() {}

        package func validated() throws(SettingFault) -> Settings {
            try SettingFault.check("watches.markerWithin", markerWithin, in: .milliseconds(100) ... .seconds(60))
            try SettingFault.check("watches.every", every, in: .milliseconds(10) ... .seconds(60))
            try SettingFault.check("watches.idleEvery", idleEvery, in: .milliseconds(100) ... .seconds(600))
            try SettingFault.check("watches.limit", limit, in: 1...4096)
            return self
        }
    }

    /// Questions to the lease store at the same time.
    private static let asksAtOnce = 16

    private let tasks: any TaskRecord
    private let leases: any LeaseStore
    private let markers: MarkerDesk
    private let judge: OutcomeJudge
    private let effects: RecordEffects
    private let bell: Bell
    private let settings: Settings
    private let time: TimeSource
    private let log: Logger

    init(
        tasks: any TaskRecord,
        leases: any LeaseStore,
        markers: MarkerDesk,
        judge: OutcomeJudge,
        effects: RecordEffects,
        bell: Bell,
        settings: Settings,
        time: TimeSource,
        log: Logger
    ) {
        self.tasks = tasks
        self.leases = leases
        self.markers = markers
        self.judge = judge
        self.effects = effects
        self.bell = bell
        self.settings = settings
        self.time = time
        self.log = log
    }

    /// Runs until a graceful shutdown.
    ///
    /// The bell tells of new watches.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let found = await self.look()
                if found {
                    try? await Task.sleep(for: self.settings.every)
                } else {
                    await self.bell.sleep(atMost: self.settings.idleEvery)
                }
            }
        }
    }

    /// - Returns: whether numbers are watched, now or a little later.
    private func look() async -> Bool {
        do throws(RecordError) {
            // A watch that ends within the idle pause keeps us looking often.
            let soon = try await tasks.dueWatches(limit: settings.limit, now: time.wall() + settings.idleEvery)
            guard !soon.isEmpty else { return false }
            let due = try await tasks.dueWatches(limit: settings.limit, now: time.wall())
            let answers = await settled(await ask(about: due))
            guard !answers.isEmpty else { return true }
            effects.follow(try await tasks.rescue(answers, judge: judge, now: time.wall()))
            return true
        } catch {
            log.warning("watched numbers could not be looked after", metadata: [LogKey.error: "\(error)"])
            return true
        }
    }

    /// A run that was granted may have reported by now: it counts as lost only once all that was confirmed before is recorded.
    private func settled(_ answers: [(watch: WatchedNumber, answer: VoidAnswer)]) async -> [(watch: WatchedNumber, answer: VoidAnswer)] {
        guard answers.contains(where: { $0.answer == .void(wasGranted: true) }), await !markers.pass(within: settings.markerWithin) else {
            return answers
        }
        return answers.filter { $0.answer != .void(wasGranted: true) }
    }

    /// What the lease store says; numbers it does not answer for are asked about again.
    private func ask(about watches: [WatchedNumber]) async -> [(watch: WatchedNumber, answer: VoidAnswer)] {
        await withTaskGroup(of: (watch: WatchedNumber, answer: VoidAnswer)?.self) { group in
            var answers: [(watch: WatchedNumber, answer: VoidAnswer)] = []
            for (place, watch) in watches.enumerated() {
                if place >= Self.asksAtOnce, let answer = await group.next() ?? nil { answers.append(answer) }
                group.addTask { await self.ask(about: watch) }
            }
            for await answer in group {
                if let answer { answers.append(answer) }
            }
            return answers
        }
    }

    private func ask(about watch: WatchedNumber) async -> (watch: WatchedNumber, answer: VoidAnswer)? {
        do throws(LeaseStoreError) {
            return (watch, try await leases.void(watch.key, watch.number))
        } catch {
            log.warning(
                "the lease store does not answer, the number waits",
                metadata: [LogKey.error: "\(error)", LogKey.number: "\(watch.number)"]
            )
            return nil
        }
    }
}
