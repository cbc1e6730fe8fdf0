/// Decides what an outcome changes: once per number, and only while the number is the row's current one.
package struct OutcomeJudge: Sendable {
    package struct Settings: Hashable, Sendable {
        /// Lost workers after which a task is dead, or its attempt budget if that is smaller.
        package var workersLostMax = 3
        /// Pauses of a deferral that names no time: 1 s … 30 s.
        package var deferral = Backoff(base: .seconds(1), factor: 2, ceiling: .seconds(30))
        /// The longest that a worker's word may put a task off: a longer pause would be a task that hangs.
        package var pauseMax: Duration = .seconds(86_400)

        package init() {}
    }

    private let settings: Settings

    package init(settings: Settings = Settings()) {
        self.settings = settings
    }

    /// Decides on one outcome; `standing` is the task's row, `nil` when there is none.
    package func judge(
        _ outcome: Outcome,
        on standing: TaskStanding?,
        now: Timestamp,
        using chance: inout some RandomNumberGenerator
    ) -> TaskChange {
        guard let standing, standing.state == .queued, standing.number == outcome.number else { return .stale }
        return ended(verdict(of: outcome, on: standing, now: now, using: &chance), standing, now: now)
    }

    private func verdict(
        of outcome: Outcome,
        on standing: TaskStanding,
        now: Timestamp,
        using chance: inout some RandomNumberGenerator
    ) -> TaskChange {
        switch outcome.verdict {
        case .started:
            return .started(at: outcome.startedAt ?? now)
        case .succeeded:
            return .succeeded
        case .failed(let fault):
            return failed(fault, standing, now: now, using: &chance)
        case .deferred(let deferral):
            let pause =
                switch deferral.reason {
                case .handedBack: bounded(deferral.retryAfter)
                case .busy, .leaseStoreSilent, .notCapable:
                    deferral.retryAfter.map(bounded) ?? settings.deferral.bound(after: standing.deferrals + 1)
                }
            return .release(dueAt: now + pause, deferred: deferral.reason != .handedBack)
        case .interrupted:
            return .release(dueAt: now, deferred: false)
        case .seen(let seen):
            return .watch(from: now + bounded(seen.leaseLeft), sequenceAbove: seen.highest > outcome.number ? seen.highest : nil)
        case .suspect:
            return lostWorker(standing, now: now)
        }
    }

    /// What becomes of a number whose run is known to be over without an outcome.
    package func rescue(_ standing: TaskStanding, number: DispatchNumber, answer: VoidAnswer, now: Timestamp) -> TaskChange {
        guard standing.state == .queued, standing.number == number else { return .stale }
        switch answer {
        case .held(let left): return .watch(from: now + left, sequenceAbove: nil)
        case .void(wasGranted: false): return ended(.release(dueAt: now, deferred: false), standing, now: now)
        case .void(wasGranted: true): return ended(lostWorker(standing, now: now), standing, now: now)
        }
    }

    /// A task that is to end does so instead of going round again; what succeeded has succeeded.
    private func ended(_ change: TaskChange, _ standing: TaskStanding, now: Timestamp) -> TaskChange {
        switch change {
        case .retry, .release:
            if let ending = standing.ending { return .ended(ending) }
            if let deadline = standing.deadline, deadline <= now { return .ended(.expired(at: deadline)) }
            return change
        case .dead: return standing.ending.map { .ended($0) } ?? change
        case .stale, .started, .succeeded, .ended, .watch: return change
        }
    }

    private func failed(
        _ fault: TaskFault,
        _ standing: TaskStanding,
        now: Timestamp,
        using chance: inout some RandomNumberGenerator
    ) -> TaskChange {
        guard fault.retryable else { return .dead(.final, fault) }
        guard standing.attempt < standing.maxAttempts else {
            return .dead(fault.errorClass == LetterReason.timedOut.rawValue ? .timedOut : .exhausted, fault)
        }
        let pause = max(bounded(fault.retryAfter), standing.backoff.pause(after: standing.attempt, using: &chance))
        return .retry(dueAt: now + pause, fault, workerLost: false)
    }

    /// A pause that a worker told, as far as it is believed.
    private func bounded(_ pause: Duration?) -> Duration {
        min(max(.zero, pause ?? .zero), settings.pauseMax)
    }

    private func lostWorker(_ standing: TaskStanding, now: Timestamp) -> TaskChange {
        let lost = standing.workersLost + 1
        guard lost < min(settings.workersLostMax, standing.maxAttempts), standing.attempt < standing.maxAttempts else {
            return .dead(.workerLost, .workerLost)
        }
        return .retry(dueAt: now, .workerLost, workerLost: true)
    }
}

/// The part of a task's row that outcomes are judged by.
package struct TaskStanding: Hashable, Sendable {
    package let id: TaskID
    package let state: TaskState
    /// The current number; `nil` unless queued.
    package let number: DispatchNumber?
    /// The attempt that runs, or would run next, from 1.
    package let attempt: Int
    package let maxAttempts: Int
    package let backoff: Backoff
    package let workersLost: Int
    package let deferrals: Int
    /// A task that has not ended by then is expired; `nil`: it has time.
    package let deadline: Timestamp?
    /// How it is to end once its number is void; `nil`: by itself.
    package let ending: Ending?

    package init(
        id: TaskID,
        state: TaskState,
        number: DispatchNumber?,
        attempt: Int,
        maxAttempts: Int,
        backoff: Backoff,
        workersLost: Int,
        deferrals: Int,
        deadline: Timestamp? = nil,
        ending: Ending? = nil
    ) {
        self.id = id
        self.state = state
        self.number = number
        self.attempt = attempt
        self.maxAttempts = maxAttempts
        self.backoff = backoff
        self.workersLost = workersLost
        self.deferrals = deferrals
        self.deadline = deadline
        self.ending = ending
    }
}

/// What happens to a task's row.
///
/// Every change but `stale`, `started` and `watch` takes the number off the row.
package enum TaskChange: Hashable, Sendable {
    /// Not the current number, or the task has ended: kept as evidence, changes nothing.
    case stale
    case started(at: Timestamp)
    case succeeded
    /// The next attempt, later; the budget is charged.
    case retry(dueAt: Timestamp, TaskFault, workerLost: Bool)
    /// The same attempt again; nothing is charged. `deferred`: counts towards the deferral's backoff.
    case release(dueAt: Timestamp, deferred: Bool)
    case dead(LetterReason, TaskFault)
    /// Cancelled or expired: nobody runs it any more, and nobody will.
    case ended(Ending)
    /// Look again when the lease of this number has ended. `sequenceAbove`: the key knows a higher number than the record.
    case watch(from: Timestamp, sequenceAbove: DispatchNumber?)
}
