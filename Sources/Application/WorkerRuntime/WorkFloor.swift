import Domain
import Synchronization

/// Everything a worker has in hand: what waits, what runs, what waits for its confirm.
///
/// Order of locks: the floor's, then an attempt's.
final class WorkFloor: Sendable {
    /// What to do with deliveries that have just arrived, or with a slot that has become free.
    struct Orders: Sendable {
        var start: [Attempt] = []
        var handBack: [(Attempt, Deferral.Reason)] = []
        var suspect: [Attempt] = []
    }

    private struct State {
        var ready: ReadyList
        var waiting: [RunToken: Attempt] = [:]
        var running: [RunToken: Attempt] = [:]
        /// Ended or not run; the outcome is not yet confirmed, or the lease not yet released.
        var finishing: [RunToken: Attempt] = [:]
        /// Counts connections; deliveries of an older one cannot be settled any more.
        var connection = 0
        var isConnected = false
        var lostChannels: Set<LostChannel> = []
        var isDraining = false
        /// Takes nothing until it is told to.
        var isQuiet = false
        var cancelled = CancelledBook()
        var pulse = Pulse()
        var prefetch: [Lane: PrefetchPolicy]
    }

    private struct LostChannel: Hashable {
        let connection: UInt64
        let channel: UInt32
    }

    private let state: Mutex<State>
    private let kinds: Set<String>
    private let settings: WorkerSettings

    init(settings: WorkerSettings, kinds: Set<String>) {
        self.settings = settings
        self.kinds = kinds
        let lanes = Lane.all.filter { settings.slots[$0.taskClass, default: 0] > 0 }
        let policies = lanes.map { ($0, PrefetchPolicy(slots: settings.slots[$0.taskClass, default: 0])) }
        state = Mutex(
            State(
                ready: ReadyList(slots: settings.slots, handBackAfter: settings.handBackAfter),
                prefetch: Dictionary(uniqueKeysWithValues: policies)
            )
        )
    }

    /// The lanes of the classes that have slots, each with its prefetch.
    var lanes: [Lane: Int] { state.withLock { $0.prefetch.mapValues(\.current) } }

    // MARK: Deliveries

    func arrived(_ deliveries: [WorkDelivery], now: Instant) -> Orders {
        var chance = SystemRandomNumberGenerator()
        return state.withLock { state in
            var orders = Orders()
            for delivery in deliveries {
                let attempt = Attempt(run: RunToken(using: &chance), delivery: delivery, connection: state.connection, receivedAt: now)
                let task = delivery.task
                if state.isDraining || state.isQuiet || state.cancelled.reason(for: task.id, task.number, at: now) != nil {
                    state.finishing[attempt.run] = attempt
                    orders.handBack.append((attempt, .handedBack))
                } else if !kinds.contains(task.kind) {
                    state.finishing[attempt.run] = attempt
                    orders.handBack.append((attempt, .notCapable))
                } else if task.exclusionKey == nil, delivery.redeliveries >= settings.suspectAfter {
                    state.finishing[attempt.run] = attempt
                    orders.suspect.append(attempt)
                } else {
                    state.waiting[attempt.run] = attempt
                    state.ready.arrived(attempt.run, on: delivery.lane, at: now)
                }
            }
            orders.start = Self.startable(&state)
            return orders
        }
    }

    /// The run is over and its slot free; its outcome still has to be confirmed.
    func ended(_ attempt: Attempt, _ verdict: Verdict) -> [Attempt] {
        let run = attempt.keeper.runTime
        return state.withLock { state in
            guard state.running.removeValue(forKey: attempt.run) != nil else { return [] }
            state.finishing[attempt.run] = attempt
            state.ready.ended(in: attempt.delivery.lane.taskClass)
            state.pulse.ended(verdict, run: run)
            return Self.startable(&state)
        }
    }

    /// What has waited too long leaves the list.
    func overdue(at now: Instant) -> [Attempt] {
        state.withLock { state in
            guard let due = state.ready.nextHandBack, due <= now else { return [] }
            return Self.leave(state.ready.overdue(at: now), &state)
        }
    }

    /// Stops starting; everything that has not started leaves the list.
    func close() -> [Attempt] {
        state.withLock { state in
            state.isDraining = true
            return Self.leave(state.ready.handAllBack(), &state)
        }
    }

    // MARK: Orders

    /// What is cancelled leaves the list, and is known when it arrives later.
    ///
    /// - Returns: what had not started, and what runs, with the reason.
    func cancel(_ runs: [CancelledRun], now: Instant) -> (unstarted: [Attempt], running: [(Attempt, reason: String)]) {
        state.withLock { state in
            state.cancelled.add(runs, at: now)
            let book = state.cancelled
            let reason = { (attempt: Attempt) in book.reason(for: attempt.task.id, attempt.task.number, at: now) }
            let gone = Set(state.waiting.filter { reason($0.value) != nil }.keys)
            let running = state.running.values.compactMap { attempt in reason(attempt).map { (attempt, reason: $0) } }
            return (Self.leave(state.ready.remove(gone), &state), running)
        }
    }

    /// Takes nothing new; everything that has not started leaves the list.
    func beQuiet() -> [Attempt] {
        state.withLock { state in
            state.isQuiet = true
            return Self.leave(state.ready.handAllBack(), &state)
        }
    }

    func beLoud() {
        state.withLock { $0.isQuiet = false }
    }

    /// Whether deliveries are wanted.
    var isTaking: Bool { state.withLock { !$0.isQuiet && !$0.isDraining } }

    private static func startable(_ state: inout State) -> [Attempt] {
        var attempts: [Attempt] = []
        while !state.isDraining, let next = state.ready.startNext() {
            guard let attempt = state.waiting.removeValue(forKey: next.run) else {
                preconditionFailure("the ready list and the deliveries in hand differ")
            }
            state.running[next.run] = attempt
            attempts.append(attempt)
        }
        return attempts
    }

    private static func leave(_ gone: [ReadyList.Waiting], _ state: inout State) -> [Attempt] {
        gone.compactMap { item in
            guard let attempt = state.waiting.removeValue(forKey: item.run) else { return nil }
            state.finishing[item.run] = attempt
            return attempt
        }
    }

    // MARK: Connections

    /// A new connection stands; the one before it has ended even if nobody said so.
    func connected() {
        state.withLock { state in
            if state.isConnected { Self.forgetConnection(&state) }
            state.isConnected = true
        }
    }

    /// Unstarted deliveries of the lost connection are forgotten: the broker gives them to somebody else.
    func disconnected() {
        state.withLock { state in
            state.isConnected = false
            Self.forgetConnection(&state)
        }
    }

    private static func forgetConnection(_ state: inout State) {
        state.connection += 1
        state.lostChannels = []
        _ = state.ready.handAllBack()
        state.waiting = [:]
    }

    func lost(connection: UInt64, channel: UInt32) {
        state.withLock { state in
            state.lostChannels.insert(LostChannel(connection: connection, channel: channel))
            let gone = state.waiting.filter {
                $0.value.delivery.handle.connection == connection && $0.value.delivery.handle.channel == channel
            }
            state.ready.forget(Set(gone.keys))
            for run in gone.keys { state.waiting[run] = nil }
        }
    }

    /// Whether the delivery can still be settled: its connection and its channel are the ones it came through.
    func canSettle(_ attempts: [Attempt]) -> [Bool] {
        state.withLock { state in
            attempts.map { attempt in
                let handle = attempt.delivery.handle
                return attempt.connection == state.connection
                    && (state.lostChannels.isEmpty
                        || !state.lostChannels.contains(LostChannel(connection: handle.connection, channel: handle.channel)))
            }
        }
    }

    // MARK: Settlement

    /// Nothing is left to do for these.
    func done(_ attempts: [Attempt], now: Instant) {
        state.withLock { state in
            for attempt in attempts {
                state.finishing[attempt.run] = nil
                guard attempt.startedAt != nil, let finished = attempt.keeper.finishedInstant else { continue }
                state.prefetch[attempt.delivery.lane]?.learn(run: attempt.keeper.runTime, settle: now - finished)
            }
        }
    }

    /// The lanes whose prefetch shall change.
    func prefetchChanges() -> [Lane: Int] {
        state.withLock { state in
            guard !state.isDraining, !state.isQuiet else { return [:] }
            var changes: [Lane: Int] = [:]
            for lane in state.prefetch.keys {
                if let prefetch = state.prefetch[lane]?.adjustment() { changes[lane] = prefetch }
            }
            return changes
        }
    }

    // MARK: What is in hand

    var isEmpty: Bool { state.withLock { $0.waiting.isEmpty && $0.running.isEmpty && $0.finishing.isEmpty } }
    var isRunning: Bool { state.withLock { !$0.running.isEmpty } }
    var inHand: Int { state.withLock { $0.waiting.count + $0.running.count + $0.finishing.count } }

    /// What the watchman looks at: everything that runs, and what holds a lease until its confirm.
    var watched: [Attempt] {
        state.withLock { state in Array(state.running.values) + state.finishing.values.filter { $0.task.exclusionKey != nil } }
    }

    var running: [Attempt] { state.withLock { Array($0.running.values) } }

    /// What is in hand, beside what was counted.
    func figures(_ counts: WorkerFigures.Counts) -> WorkerFigures {
        state.withLock { state in
            var figures = WorkerFigures()
            figures.slots = settings.slots
            figures.slotsUsed = state.ready.usedSlots
            figures.waiting = state.waiting.count
            figures.inHand = state.waiting.count + state.running.count + state.finishing.count
            figures.prefetch = state.prefetch.mapValues(\.current)
            figures.counts = counts
            figures.isConnected = state.isConnected
            figures.isStopping = state.isDraining
            return figures
        }
    }

    var numbers: [DispatchNumber] {
        state.withLock { Self.numbers($0) }
    }

    private static func numbers(_ state: State) -> [DispatchNumber] {
        [state.waiting, state.running, state.finishing].flatMap { $0.values.map(\.task.number) }.sorted()
    }

    /// How far the running attempts are that tell.
    var progress: [DispatchNumber: RunProgress] {
        state.withLock { state in
            Dictionary(
                state.running.values.map { ($0.task.number, $0.progress) }.filter { $0.1 != RunProgress() },
                uniquingKeysWith: { first, _ in first }
            )
        }
    }

    /// The heartbeat as of now.
    func heartbeat(of worker: WorkerID, at time: Timestamp, status: WorkerStatus?) -> Heartbeat {
        state.withLock { state in
            let used = state.ready.usedSlots
            let slots = settings.slots.values.reduce(0, +)
            let own: WorkerStatus =
                state.isDraining ? .draining : state.isQuiet ? .quiet : state.pulse.status(used: used.values.reduce(0, +), slots: slots)
            return Heartbeat(
                worker: worker,
                sentAt: time,
                status: status ?? own,
                running: state.running.values.map { attempt in
                    RunningAttempt(
                        task: attempt.task.id,
                        number: attempt.task.number,
                        kind: attempt.task.kind,
                        since: attempt.startedAt ?? time,
                        progress: attempt.progress
                    )
                },
                slotsUsed: used,
                queuedTasks: state.waiting.count,
                tasksCompleted: state.pulse.completed,
                tasksFailed: state.pulse.failed,
                averageRunMs: state.pulse.averageRunMs,
                numbersInHand: Self.numbers(state)
            )
        }
    }
}
