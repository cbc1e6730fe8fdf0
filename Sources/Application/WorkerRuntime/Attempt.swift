import Domain
import Synchronization

/// One delivery in a worker's hands, from arrival to settlement.
///
/// `waiting` → `running` → `finished`; a delivery that is not run goes from `waiting` to `finished`. What its time and its lease allow
/// is the keeper's word.
final class Attempt: Sendable {
    let run: RunToken
    let delivery: WorkDelivery
    /// The count of connections when it arrived: under another one it cannot be settled any more.
    let connection: Int

    var task: DispatchedTask { delivery.task }
    /// This run's own step in the caller's trace; `nil`: the task has none.
    let traceParent: TraceParent?

    private struct State {
        var keeper: RunKeeper
        var runner: Task<Void, Never>?
        var startedAt: Timestamp?
        var progress = RunProgress()
    }

    private let state: Mutex<State>

    init(run: RunToken, delivery: WorkDelivery, connection: Int, receivedAt: Instant) {
        self.run = run
        self.delivery = delivery
        self.connection = connection
        state = Mutex(State(keeper: RunKeeper(delivery.task, receivedAt: receivedAt)))
        var chance = SystemRandomNumberGenerator()
        traceParent = delivery.task.traceParent?.child(using: &chance)
    }

    /// What is known of its time and its lease at this moment.
    var keeper: RunKeeper { state.withLock { $0.keeper } }

    var startedAt: Timestamp? { state.withLock { $0.startedAt } }
    var progress: RunProgress { state.withLock { $0.progress } }

    /// Keeps the task that carries the run, so that it can be cut off.
    func carried(by runner: Task<Void, Never>) {
        let isCut = state.withLock { state in
            state.runner = runner
            return state.keeper.cut != nil
        }
        if isCut { runner.cancel() }
    }

    /// The lease is held from now on; the end of an earlier one may have left a request under way until `quietUntil`.
    func holds(_ lease: LeaseKeeper, quietUntil: Instant) {
        state.withLock { $0.keeper.holds(lease, quietUntil: quietUntil) }
    }

    /// The kind's work begins.
    func began(at time: TimeSource) {
        let now = time.monotonic()
        let wall = time.wall()
        state.withLock { state in
            state.startedAt = wall
            state.keeper.began(at: now)
        }
    }

    func finished(at now: Instant) {
        state.withLock { state in
            state.keeper.finished(at: now)
            state.runner = nil
        }
    }

    /// Cuts the run off; the first reason stands.
    func cutOff(_ reason: RunKeeper.Cut) {
        stop { $0.cutOff(reason) }
    }

    func moved(by step: RunStep) {
        state.withLock { $0.progress.move(by: step) }
    }

    /// Looks at the clock: what is due; a run that has to be cut off is.
    func tick(now: Instant, startedAfter: Duration, hold: Duration) -> [RunKeeper.Chore] {
        var chores: [RunKeeper.Chore] = []
        stop { keeper in
            chores = keeper.tick(now: now, startedAfter: startedAfter, hold: hold)
            return chores.contains(.stop)
        }
        return chores
    }

    /// Takes over what the lease store said; a lost lease cuts the run off.
    func renewed(_ answer: RenewAnswer?, now: Instant) {
        stop { $0.renewed(answer, now: now) }
    }

    /// The lease is no longer kept: it has been given back, or will end by itself.
    func letGo() {
        state.withLock { $0.keeper.letGo() }
    }

    /// Asks the keeper, and stops the work when it says so.
    private func stop(if mustStop: (inout RunKeeper) -> Bool) {
        let runner = state.withLock { state in mustStop(&state.keeper) ? state.runner : nil }
        runner?.cancel()
    }
}
