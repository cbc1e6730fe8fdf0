import Domain
import Synchronization

/// One delivery in a worker's hands, from arrival to settlement.
///
/// `waiting` → `running` → `finished`; a delivery that is not run goes from `waiting` to `finished`. Its lease, if it has
/// one, outlives the run until the outcome is confirmed.
final class Attempt: Sendable {
    /// Why a run was cut off.
    enum Cut: Hashable, Sendable {
        case timedOut
        case leaseLost
        case drained
        /// An orchestrator does not want it any more, and says why.
        case cancelled(reason: String)
        /// The task's own deadline has come.
        case deadline
    }

    /// What the watchman has to do for an attempt.
    enum Chore: Hashable, Sendable {
        /// Tell that it runs.
        case reportStarted
        /// Ask the lease store for a new end.
        case renew
    }

    let run: RunToken
    let delivery: WorkDelivery
    /// The count of connections when it arrived: under another one it cannot be settled any more.
    let connection: Int
    /// When the task's time is over, by this machine's clock: what was left at dispatch counts from the receipt.
    let taskEnd: Instant?

    var task: DispatchedTask { delivery.task }
    /// This run's own step in the caller's trace; `nil`: the task has none.
    let traceParent: TraceParent?

    private struct State {
        var runner: Task<Void, Never>?
        var startedAt: Timestamp?
        var startedInstant: Instant?
        var deadline: Instant?
        var finishedInstant: Instant?
        var keeper: LeaseKeeper?
        var quietUntil: Instant?
        var cut: Cut?
        var progress = 0
        var isReportedStarted = false
    }

    private let state = Mutex(State())

    init(run: RunToken, delivery: WorkDelivery, connection: Int, receivedAt: Instant) {
        self.run = run
        taskEnd = delivery.task.timeLeft.map { receivedAt + $0 }
        self.delivery = delivery
        self.connection = connection
        var chance = SystemRandomNumberGenerator()
        traceParent = delivery.task.traceParent?.child(using: &chance)
    }

    /// Keeps the task that carries the run, so that it can be cut off.
    func carried(by runner: Task<Void, Never>) {
        let isCut = state.withLock { state in
            state.runner = runner
            return state.cut != nil
        }
        if isCut { runner.cancel() }
    }

    /// The lease is held from now on; the end of an earlier one may have left a request under way until `quietUntil`.
    func holds(_ keeper: LeaseKeeper, quietUntil: Instant) {
        state.withLock { state in
            state.keeper = keeper
            state.quietUntil = quietUntil
        }
    }

    /// The kind's work begins.
    func began(at time: TimeSource, reported: Bool) {
        let now = time.monotonic()
        let wall = time.wall()
        state.withLock { state in
            state.startedAt = wall
            state.startedInstant = now
            state.deadline = taskEnd.map { min($0, now + task.timeout) } ?? now + task.timeout
            state.isReportedStarted = reported
        }
    }

    func finished(at now: Instant) {
        state.withLock { state in
            state.finishedInstant = now
            state.runner = nil
        }
    }

    /// Cuts the run off; the first reason stands.
    func cutOff(_ reason: Cut) {
        let runner = state.withLock { state -> Task<Void, Never>? in
            guard state.finishedInstant == nil, state.cut == nil else { return nil }
            state.cut = reason
            return state.runner
        }
        runner?.cancel()
    }

    var cut: Cut? { state.withLock { $0.cut } }
    var startedAt: Timestamp? { state.withLock { $0.startedAt } }
    var progress: Int { state.withLock { $0.progress } }
    /// Whether it holds, or held, a lease.
    var hasLease: Bool { state.withLock { $0.keeper != nil } }

    /// Whether its lease was lost, or has ended unnoticed.
    func hasLostLease(at now: Instant) -> Bool {
        state.withLock { $0.keeper?.isLost(at: now) ?? false }
    }

    /// Whether no request to the device can be under way: a run that was cut off may have left one, and so may the holder
    /// before, whose quiet gap a short run does not outlast.
    func leavesDeviceQuiet(at now: Instant) -> Bool {
        state.withLock { state in
            if let until = state.quietUntil, now < until { return false }
            return state.cut == nil || state.startedAt == nil || task.device == nil
        }
    }

    /// Whether the task's own time is over.
    func isOver(at now: Instant) -> Bool { taskEnd.map { now >= $0 } ?? false }

    /// How long the kind's work took; zero when it never began.
    var runTime: Duration {
        state.withLock { state in
            guard let start = state.startedInstant, let end = state.finishedInstant else { return .zero }
            return end - start
        }
    }

    var finishedInstant: Instant? { state.withLock { $0.finishedInstant } }

    /// Why nothing may be sent to the device now; `nil`: it may.
    func refusal(at now: Instant) -> String? {
        state.withLock { state in
            if let cut = state.cut { return cut.words }
            guard let keeper = state.keeper, !keeper.maySend(at: now) else { return nil }
            return "the lease of \(task.exclusionKey?.text ?? "the key") ends before another request could come back"
        }
    }

    func moved(by rows: Int) {
        state.withLock { $0.progress += rows }
    }

    /// Looks at the clock: what is due, and whether the run has to be cut off.
    func tick(now: Instant, startedAfter: Duration, hold: Duration) -> [Chore] {
        var chores: [Chore] = []
        var cut: Cut?
        state.withLock { state in
            if state.finishedInstant == nil, let start = state.startedInstant {
                if !state.isReportedStarted, now >= start + startedAfter {
                    state.isReportedStarted = true
                    chores.append(.reportStarted)
                }
                if let deadline = state.deadline, now >= deadline { cut = isOver(at: now) ? .deadline : .timedOut }
            }
            if let finished = state.finishedInstant, now >= finished + hold { state.keeper?.released() }
            switch state.keeper?.tick(now: now) {
            case .renew: chores.append(.renew)
            case .abort: cut = .leaseLost
            case .wait, nil: break
            case .some(.none): break
            }
        }
        if let cut { cutOff(cut) }
        return chores
    }

    /// Takes over what the lease store said; a lost lease cuts the run off.
    func renewed(_ answer: RenewAnswer?, now: Instant) {
        let effect = state.withLock { state in
            if let answer { state.keeper?.answered(answer) } else { state.keeper?.unanswered(now: now) }
        }
        if effect == .abort { cutOff(.leaseLost) }
    }

    /// The lease is no longer kept: it has been given back, or will end by itself.
    func letGo() {
        state.withLock { $0.keeper?.released() }
    }
}

extension Attempt.Cut {
    /// Why, for outcomes and refusals.
    var words: String {
        switch self {
        case .timedOut: "the attempt's time is up"
        case .leaseLost: "the lease was lost"
        case .drained: "the worker drains"
        case .cancelled(let reason): reason
        case .deadline: "deadline"
        }
    }
}
