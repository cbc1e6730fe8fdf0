import Domain

/// A change that was decided for a locked row, with what is known of the run it ends.
struct JudgedChange: Sendable {
    let row: StandingRow
    /// The number that the change is about; `nil` for a task that has none.
    let number: DispatchNumber?
    let change: TaskChange
    /// `nil` for a rescue: nobody reported.
    let outcome: Outcome?
    /// The outcome as it came, when it could not be recorded as it was.
    let unrecordable: [UInt8]?

    /// Whether the number leaves the row.
    var isEnd: Bool {
        switch change {
        case .stale, .started, .watch: false
        case .succeeded, .retry, .release, .dead, .ended: true
        }
    }

    /// Whether the task has reached a terminal state.
    var isTerminal: Bool { stateAfter.isTerminal }

    /// The word of the attempt's record.
    var word: String {
        if let outcome { return outcome.verdict.word }
        if case .ended(let ending) = change { return ending.cause.rawValue }
        return "lost"
    }

    var worker: WorkerID { outcome?.worker ?? row.worker ?? WorkerID("unknown") }

    /// The fault that the row shows from now on.
    var fault: TaskFault? {
        switch change {
        case .retry(_, let fault, _), .dead(_, let fault): fault
        case .ended(let ending): ending.fault
        case .stale, .started, .succeeded, .release, .watch: nil
        }
    }

    var stateAfter: TaskState {
        switch change {
        case .succeeded: .succeeded
        case .dead: .dead
        case .ended(let ending): ending.state
        case .retry, .release: .waiting
        case .stale, .started, .watch: row.standing.state
        }
    }

    var attemptAfter: Int {
        if case .retry = change { row.standing.attempt + 1 } else { row.standing.attempt }
    }

    var workersLostAfter: Int {
        switch change {
        case .retry(_, _, workerLost: true), .dead(.workerLost, _): row.standing.workersLost + 1
        case .retry, .dead, .stale, .started, .succeeded, .release, .ended, .watch: row.standing.workersLost
        }
    }

    var deferralsAfter: Int {
        if case .release(_, deferred: true) = change { row.standing.deferrals + 1 } else { row.standing.deferrals }
    }

    /// When the task is due again; `nil` when it has ended.
    var dueAfter: Timestamp? {
        switch change {
        case .retry(let dueAt, _, _), .release(let dueAt, _): dueAt
        case .stale, .started, .succeeded, .dead, .ended, .watch: nil
        }
    }

    /// From the tenth deferral on the task says so.
    var waitingBecause: String? {
        guard deferralsAfter >= 10, case .release(_, deferred: true) = change, case .deferred(let deferral) = outcome?.verdict else {
            return nil
        }
        return "deferred \(deferralsAfter) times, last: \(deferral.reason.rawValue)"
    }

    /// What is told of it once it is committed.
    func recorded(now: Timestamp) -> RecordedEnd {
        RecordedEnd(
            task: row.standing.id,
            kind: row.kind,
            lane: row.lane,
            attempt: row.standing.attempt,
            number: number,
            worker: outcome?.worker ?? row.worker,
            outcome: word,
            state: stateAfter,
            reason: letterReason,
            errorClass: fault?.errorClass,
            createdAt: row.createdAt,
            queuedAt: row.queuedAt,
            startedAt: outcome?.startedAt ?? row.startedAt,
            finishedAt: outcome?.finishedAt ?? now,
            traceParent: outcome?.traceParent ?? row.traceParent
        )
    }

    /// The reason on the letter.
    var letterReason: LetterReason? {
        guard case .dead(let reason, _) = change else { return nil }
        return unrecordable == nil ? reason : .unrecordable
    }
}
