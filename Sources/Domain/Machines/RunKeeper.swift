/// One run's time and lease: says what is due, whether one more request may leave, and how the run counts when it ends.
///
/// A delivery begins without either. `holds` gives it a lease, `began` starts its time, `finished` ends it; the lease, if it has one,
/// outlives the run until the outcome is confirmed. The first reason to cut a run off stands.
package struct RunKeeper: Sendable {
    /// Why a run was cut off.
    package enum Cut: Hashable, Sendable {
        case timedOut
        case leaseLost
        case drained
        /// An orchestrator does not want it any more, and says why.
        case cancelled(reason: String)
        /// The task's own deadline has come.
        case deadline

        /// Why, for outcomes and refusals.
        package var words: String {
            switch self {
            case .timedOut: "the attempt's time is up"
            case .leaseLost: "the lease was lost"
            case .drained: "the worker drains"
            case .cancelled(let reason): reason
            case .deadline: "deadline"
            }
        }
    }

    /// What a look at the clock asks for.
    package enum Chore: Hashable, Sendable {
        /// Tell that it runs.
        case reportStarted
        /// Ask the lease store for a new end.
        case renew
        /// Stop the work: it was cut off just now.
        case stop
    }

    /// When the task's time is over, by this machine's clock; `nil`: it has time.
    package let taskEnd: Instant?
    package private(set) var cut: Cut?
    package private(set) var startedInstant: Instant?
    package private(set) var finishedInstant: Instant?
    private let timeout: Duration
    private let touchesDevice: Bool
    private let key: ExclusionKey?
    private var deadline: Instant?
    private var lease: LeaseKeeper?
    private var quietUntil: Instant?
    private var isReportedStarted = false

    /// A delivery that has just been received: what was left of the task's time at dispatch counts from now on.
    package init(_ task: DispatchedTask, receivedAt: Instant) {
        taskEnd = task.timeLeft.map { receivedAt + $0 }
        timeout = task.timeout
        touchesDevice = task.device != nil
        key = task.exclusionKey
    }

    /// The lease is held from now on; the end of an earlier one may have left a request under way until `quietUntil`.
    package mutating func holds(_ lease: LeaseKeeper, quietUntil: Instant) {
        self.lease = lease
        self.quietUntil = quietUntil
    }

    /// Why it must not begin; `nil`: it may.
    package func obstacle(at now: Instant) -> Cut? { cut ?? (isOver(at: now) ? .deadline : nil) }

    /// The kind's work begins.
    package mutating func began(at now: Instant) {
        startedInstant = now
        deadline = taskEnd.map { min($0, now + timeout) } ?? now + timeout
        // A run with a lease is reported at once by whoever begins it.
        isReportedStarted = lease != nil
    }

    package mutating func finished(at now: Instant) { finishedInstant = now }

    /// Cuts the run off.
    ///
    /// - Returns: whether its work has to be stopped.
    package mutating func cutOff(_ reason: Cut) -> Bool {
        guard finishedInstant == nil, cut == nil else { return false }
        cut = reason
        return true
    }

    /// Whether it holds, or held, a lease.
    package var hasLease: Bool { lease != nil }

    /// Whether its lease was lost, or has ended unnoticed.
    package func hasLostLease(at now: Instant) -> Bool { lease?.isLost(at: now) ?? false }

    /// Whether no request to the device can be under way: a run that was cut off may have left one, and so may the holder
    /// before, whose quiet gap a short run does not outlast.
    package func leavesDeviceQuiet(at now: Instant) -> Bool {
        if let quietUntil, now < quietUntil { return false }
        return cut == nil || startedInstant == nil || !touchesDevice
    }

    /// Whether the task's own time is over.
    package func isOver(at now: Instant) -> Bool { taskEnd.map { now >= $0 } ?? false }

    /// Why nothing may be sent to the device now; `nil`: it may.
    package func refusal(at now: Instant) -> String? {
        if let cut { return cut.words }
        guard let lease, !lease.maySend(at: now) else { return nil }
        return "the lease of \(key?.text ?? "the key") ends before another request could come back"
    }

    /// Looks at the clock: what is due, and whether the run has to be cut off.
    ///
    /// `hold`: how long the lease of a finished run is kept while its outcome waits for the confirm.
    package mutating func tick(now: Instant, startedAfter: Duration, hold: Duration) -> [Chore] {
        var chores: [Chore] = []
        var reason: Cut?
        if finishedInstant == nil, let startedInstant {
            if !isReportedStarted, now >= startedInstant + startedAfter {
                isReportedStarted = true
                chores.append(.reportStarted)
            }
            if let deadline, now >= deadline { reason = isOver(at: now) ? .deadline : .timedOut }
        }
        if let finishedInstant, now >= finishedInstant + hold { lease?.released() }
        switch lease?.tick(now: now) {
        case .renew: chores.append(.renew)
        case .abort: reason = .leaseLost
        case .wait, nil: break
        case .some(.none): break
        }
        if let reason, cutOff(reason) { chores.append(.stop) }
        return chores
    }

    /// Takes over what the lease store said; `nil`: it did not answer.
    ///
    /// - Returns: whether the work has to be stopped, for the lease is lost.
    package mutating func renewed(_ answer: RenewAnswer?, now: Instant) -> Bool {
        let effect = if let answer { lease?.answered(answer) } else { lease?.unanswered(now: now) }
        return effect == .abort && cutOff(.leaseLost)
    }

    /// The lease is no longer kept: it has been given back, or will end by itself.
    package mutating func letGo() { lease?.released() }

    /// How long the kind's work took; zero when it never began.
    package var runTime: Duration {
        guard let startedInstant, let finishedInstant else { return .zero }
        return finishedInstant - startedInstant
    }

    // MARK: Verdicts

    /// Why a success does not count: the lease was lost before its end.
    package func forfeit(at now: Instant) -> Verdict? {
        hasLostLease(at: now) ? .interrupted(reason: Cut.leaseLost.words) : nil
    }

    /// How work counts that ended with a fault.
    package func verdict(of fault: TaskFault) -> Verdict {
        switch cut {
        case .timedOut: .failed(.timedOut(after: timeout))
        case .leaseLost, .drained, .cancelled, .deadline: .interrupted(reason: cut?.words ?? "")
        case nil: fault.errorClass == Self.stopped ? .interrupted(reason: fault.message) : .failed(fault)
        }
    }

    /// The class of a fault that only says that the lease did not cover another request.
    private static let stopped = DeviceError.stopped(reason: "").fault.errorClass
}
