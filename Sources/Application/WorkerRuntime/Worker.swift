package import Domain
package import Logging
import ServiceLifecycle
import Synchronization

/// A worker: takes deliveries, runs them under their leases, reports, settles, and stops without losing an attempt.
///
/// It reaches the world through its ports only. Graceful shutdown drains; `abort()` cuts the drain short.
package final class Worker: Service {
    private let profile: WorkerProfile
    private let broker: any WorkerBroker
    private let time: TimeSource
    private let settings: WorkerSettings
    private let log: Logger
    private let floor: WorkFloor
    private let returns: LeaseReturns
    private let reporter: Reporter
    private let handBack: HandBack
    private let intake: Intake
    private let watchman: Watchman
    private let heart: Heart
    private let tally: Tally
    private let isAborting = Mutex(false)
    private let wasToldToDrain = Atomic(false)
    private let stopOrders: AsyncStream<Void>
    private let stopLine: AsyncStream<Void>.Continuation
    /// Whether deliveries are wanted has changed.
    private let turns: AsyncStream<Void>
    private let turn: AsyncStream<Void>.Continuation
    private let setLogLevel: @Sendable (Logger.Level) -> Void

    /// `setLogLevel` follows an order of the fleet's operators.
    ///
    /// - Throws: `.badSetting`.
    package init(
        profile: WorkerProfile,
        broker: any WorkerBroker,
        leases: any LeaseStore,
        operations: [any Operation],
        time: TimeSource,
        settings: WorkerSettings,
        log: Logger,
        setLogLevel: @escaping @Sendable (Logger.Level) -> Void = { _ in }
    ) throws(WorkerError) {
        self.setLogLevel = setLogLevel
        self.profile = profile
        self.broker = broker
        self.time = time
        self.settings = try settings.validated()
        self.log = log
        let table = Dictionary(operations.map { ($0.kind, $0) }, uniquingKeysWith: { first, _ in first })
        let floor = WorkFloor(settings: settings, kinds: Set(table.keys))
        let desk = LeaseDesk(leases: leases, holder: profile.id, time: time, settings: settings)
        let returns = LeaseReturns(desk: desk, floor: floor, time: time, log: log)
        let reporter = Reporter(broker: broker, floor: floor, returns: returns, time: time, settings: settings.report, log: log)
        let tally = Tally()
        let report: @Sendable (Attempt, Verdict) -> Void = { attempt, verdict in
            tally.reported(verdict)
            let outcome = Outcome(of: attempt, verdict, worker: profile.id, at: time.wall())
            reporter.add([Report(outcome: outcome, attempt: verdict == .started ? nil : attempt)])
        }
        let reportStarted: @Sendable (Attempt) -> Void = { report($0, .started) }
        let handBack = HandBack(desk: desk, report: report)
        self.floor = floor
        self.returns = returns
        self.reporter = reporter
        self.handBack = handBack
        self.tally = tally
        intake = Intake(
            floor: floor,
            execution: Execution(operations: table, desk: desk, time: time, reportStarted: reportStarted),
            reporter: reporter,
            handBack: handBack,
            tally: tally,
            worker: profile.id,
            time: time,
            settings: settings.report,
            log: log
        )
        watchman = Watchman(
            floor: floor,
            desk: desk,
            handBack: handBack,
            broker: broker,
            tally: tally,
            time: time,
            settings: settings,
            log: log,
            reportStarted: reportStarted
        )
        heart = Heart(
            profile: profile,
            floor: floor,
            broker: broker,
            time: time,
            settings: settings,
            kinds: table.keys.sorted(),
            log: log
        )
        (stopOrders, stopLine) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (turns, turn) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Runs until graceful shutdown, `stop()` or cancellation, then drains.
    ///
    /// - Throws: `WorkerError.leftBehind` when something in hand could not be confirmed in time.
    package func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.reporter.run() }
            group.addTask { await self.returns.run() }
            group.addTask { await self.handBack.run() }
            group.addTask { await self.watchman.run() }
            group.addTask { await self.heart.run() }
            group.addTask { await self.follow() }
            group.addTask { await self.keepTurn() }
            turn.yield()
            await stopOrdered()
            await drain()
            group.cancelAll()
        }
        let left = floor.inHand
        guard left == 0 else { throw WorkerError.leftBehind(deliveries: left) }
    }

    /// Begins to drain, like graceful shutdown.
    package func stop() {
        stopLine.yield()
    }

    /// A second signal: begins to drain, and cuts running attempts off at once.
    package func abort() {
        isAborting.withLock { $0 = true }
        stopLine.yield()
    }

    /// The heartbeat as it would be sent now, for health pages.
    package var heartbeat: Heartbeat { floor.heartbeat(of: profile.id, at: time.wall(), status: nil) }

    /// What it has counted and has in hand, for metrics.
    package var figures: WorkerFigures { floor.figures(tally.now) }

    private func stopOrdered() async {
        await withGracefulShutdownHandler {
            for await _ in stopOrders { return }
        } onGracefulShutdown: {
            self.stopLine.yield()
        }
    }

    private func follow() async {
        await withDiscardingTaskGroup { group in
            for await event in broker.events {
                switch event {
                case .connected(let connection):
                    floor.connected()
                    tally.connected()
                    group.addTask { await self.heart.register(connection: connection) }
                case .disconnected(let reason):
                    log.warning("the broker is gone; running attempts go on", metadata: [LogKey.reason: "\(reason)"])
                    floor.disconnected()
                case .deliveries(let deliveries):
                    intake.take(deliveries)
                    watchman.rouse()
                case .order(let order): take(order, in: &group)
                case .laneLost(let lane, let connection, let channel):
                    log.warning("a lane's channel is gone", metadata: [LogKey.lane: "\(lane)"])
                    floor.lost(connection: connection, channel: channel)
                }
            }
        }
    }

    // MARK: Orders

    private func take(_ order: ControlOrder, in group: inout DiscardingTaskGroup) {
        switch order {
        case .cancel(let runs): cancel(runs)
        case .drain:
            // As with signals, the second one cuts the drain short.
            let isSecond = wasToldToDrain.exchange(true, ordering: .acquiringAndReleasing)
            log.notice("ordered to drain", metadata: [LogKey.effect: isSecond ? "abort" : "drain"])
            if isSecond { abort() } else { stop() }
        case .quiet:
            log.notice("ordered to be quiet: nothing new is taken")
            for attempt in floor.beQuiet() { handBack.give(attempt, .handedBack) }
            turn.yield()
            group.addTask { await self.heart.beat() }
        case .resume:
            log.notice("ordered to take work again")
            floor.beLoud()
            turn.yield()
            group.addTask { await self.heart.beat() }
        case .setLogLevel(let word):
            guard let level = Logger.Level(rawValue: word) else {
                return log.warning("ordered to log at an unknown level", metadata: [LogKey.level: "\(word)"])
            }
            setLogLevel(level)
            log.notice("ordered to log at another level", metadata: [LogKey.level: "\(level)"])
        case .ping: break
        }
    }

    /// What runs is stopped; what has not started is handed back: a plain one's number is gone from its row, so this changes nothing.
    private func cancel(_ runs: [CancelledRun]) {
        let orders = floor.cancel(runs, now: time.monotonic())
        for attempt in orders.unstarted { handBack.give(attempt, .handedBack) }
        for (attempt, reason) in orders.running {
            log.info("a run is cancelled", metadata: [LogKey.task: "\(attempt.task.id)", LogKey.reason: "\(reason)"])
            attempt.cutOff(.cancelled(reason: reason))
        }
    }

    /// Consumes, or stops, as the last order has it; one after the other, for stopping waits for the broker.
    private func keepTurn() async {
        for await _ in turns {
            if floor.isTaking { await broker.consume(floor.lanes) }
            // A drain may have begun meanwhile.
            if !floor.isTaking { await broker.stopConsuming() }
        }
    }

    // MARK: Stopping

    /// Stop taking, finish, abort, give back: each phase has its bound.
    private func drain() async {
        log.info("draining", metadata: [LogKey.inHand: "\(floor.inHand)"])
        let softEnd = time.monotonic() + settings.drain.soft
        let unstarted = floor.close()
        // Told while the rest goes on: without a broker it takes its time.
        async let farewell: Void = heart.beat()
        await broker.stopConsuming()
        for attempt in unstarted { handBack.give(attempt, .handedBack) }
        await until(softEnd) { !floor.isRunning || isAborting.withLock { $0 } }
        if floor.isRunning {
            log.warning("attempts are cut off", metadata: [LogKey.inHand: "\(floor.inHand)"])
            for attempt in floor.running { attempt.cutOff(.drained) }
            await until(time.monotonic() + settings.drain.hard) { !floor.isRunning }
        }
        await until(time.monotonic() + settings.drain.giveBack) { floor.isEmpty }
        await farewell
        await heart.stop()
        reporter.close()
        await broker.close()
        log.info("stopped", metadata: [LogKey.inHand: "\(floor.inHand)"])
    }

    /// Waits for a condition while draining, which is rare and short.
    private func until(_ deadline: Instant, _ condition: () -> Bool) async {
        while !condition(), time.monotonic() < deadline {
            do {
                try await Task.sleep(for: .milliseconds(10))
            } catch {
                return
            }
        }
    }
}
