import Domain

/// A change that was decided for a row, with what is known of the run it ends.
struct RowChange: Sendable {
    /// As it stood when it was judged.
    let row: TaskRow
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

    var isTerminal: Bool {
        switch change {
        case .succeeded, .dead, .ended: true
        case .stale, .started, .watch, .retry, .release: false
        }
    }

    /// Who ran it, for the run's own record.
    var worker: WorkerID { outcome?.worker ?? row.worker ?? WorkerID("unknown") }

    /// The fault that the row shows from now on.
    var fault: TaskFault? {
        switch change {
        case .retry(_, let fault, _), .dead(_, let fault): fault
        case .ended(let ending): ending.fault
        case .stale, .started, .succeeded, .release, .watch: nil
        }
    }

    /// What the attempt reported, for its own record.
    var reportedFault: TaskFault? {
        switch outcome?.verdict {
        case .interrupted(let reason): TaskFault("interrupted", reason, retryable: true)
        case .deferred(let deferral): TaskFault(deferral.reason.rawValue, "not run", retryable: true, retryAfter: deferral.retryAfter)
        case .failed(let reported): reported
        case .started, .succeeded, .seen, .suspect, nil: fault
        }
    }

    /// The run for the task's story; nothing for a number that was never granted.
    ///
    /// `starts` holds starts that were reported in the same batch.
    func run(starts: [TaskID: Timestamp], now: Timestamp) -> RunStory? {
        guard let number, hadRun else { return nil }
        return RunStory(
            attempt: row.attempt,
            number: number,
            worker: worker,
            startedAt: outcome?.startedAt ?? starts[row.id] ?? row.startedAt,
            finishedAt: outcome?.finishedAt ?? now,
            outcome: outcome?.verdict.word ?? "lost",
            fault: reportedFault
        )
    }

    private var hadRun: Bool {
        if outcome != nil { return true }
        switch change {
        case .retry, .dead: return true
        case .stale, .started, .succeeded, .release, .ended, .watch: return false
        }
    }

    /// What is told of it once it is committed.
    func recorded(_ after: TaskRow, now: Timestamp) -> RecordedEnd {
        RecordedEnd(
            task: row.id,
            kind: row.admitted.kind,
            lane: row.lane,
            attempt: row.attempt,
            number: number,
            worker: outcome?.worker ?? row.worker,
            outcome: word,
            state: after.state,
            reason: reason,
            errorClass: fault?.errorClass,
            createdAt: row.admitted.createdAt,
            queuedAt: row.queuedAt,
            startedAt: outcome?.startedAt ?? row.startedAt,
            finishedAt: outcome?.finishedAt ?? now,
            traceParent: outcome?.traceParent ?? row.admitted.traceParent
        )
    }

    private var word: String {
        if let outcome { return outcome.verdict.word }
        if case .ended(let ending) = change { return ending.cause.rawValue }
        return "lost"
    }

    /// The reason on the letter.
    private var reason: LetterReason? {
        guard case .dead(let reason, _) = change else { return nil }
        return unrecordable == nil ? reason : .unrecordable
    }

    /// The row once its number has left it.
    func rowAfter(_ row: TaskRow, now: Timestamp) -> TaskRow {
        var row = row
        row.number = nil
        row.queuedAt = nil
        row.publishedAt = nil
        row.watchFrom = nil
        row.startedAt = outcome?.startedAt ?? row.startedAt
        row.finishedAt = outcome?.finishedAt ?? now
        row.worker = outcome?.worker ?? row.worker
        row.endedAt = isTerminal ? now : nil
        row.result = nil
        row.waitingBecause = nil
        row.fault = fault
        switch change {
        case .stale, .started, .watch: break
        case .succeeded:
            row.state = .succeeded
            row.result = outcome.flatMap { $0.result.isEmpty ? nil : $0.result }
        case .ended(let ending):
            row.state = ending.state
            if outcome == nil, row.key == nil { row.numberStillAbout = number }
        case .dead(let reason, _):
            row.state = .dead
            if reason == .workerLost { row.workersLost += 1 }
        case .retry(let dueAt, _, let workerLost):
            row.attempt += 1
            if workerLost { row.workersLost += 1 }
            row.waitAgain(dueAt)
        case .release(let dueAt, let deferred):
            if deferred { row.deferrals += 1 }
            row.waitAgain(dueAt)
            // From the tenth deferral on the task says so.
            if deferred, row.deferrals >= 10, case .deferred(let deferral) = outcome?.verdict {
                row.waitingBecause = "deferred \(row.deferrals) times, last: \(deferral.reason.rawValue)"
            }
        }
        return row
    }
}

extension TaskRow {
    fileprivate mutating func waitAgain(_ dueAt: Timestamp) {
        state = .waiting
        self.dueAt = dueAt
        startedAt = nil
        finishedAt = nil
        worker = nil
    }
}
