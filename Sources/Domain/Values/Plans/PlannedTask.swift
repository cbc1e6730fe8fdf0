/// What a task is to the coordinator.
package struct PlanReference: Hashable, Sendable {
    package enum Purpose: Hashable, Sendable {
        case slot(OperationType, period: Timestamp, id: Int)
        /// Asks an OLT that has failed whether it answers again.
        case probe
    }

    package let olt: OLTID
    package let purpose: Purpose

    package init(olt: OLTID, purpose: Purpose) {
        self.olt = olt
        self.purpose = purpose
    }
}

/// A task that the coordinator makes.
package struct PlannedTask: Hashable, Sendable {
    package let task: FleetTask
    package let reference: PlanReference

    package init(task: FleetTask, reference: PlanReference) {
        self.task = task
        self.reference = reference
    }
}

/// One end of a planned task's number, or of the task without one.
package struct PlannedEnd: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        case succeeded
        /// The number failed; `isFinal`: the task will not be tried again.
        case failed(error: String, isFinal: Bool)
        /// The task was cancelled or has expired; `number` says whether anything ran.
        case ended(Ending.Cause)
    }

    package let reference: PlanReference
    package let task: TaskID
    package let number: DispatchNumber?
    package let verdict: Verdict
    package let startedAt: Timestamp?
    package let finishedAt: Timestamp

    package init(
        reference: PlanReference,
        task: TaskID,
        number: DispatchNumber?,
        verdict: Verdict,
        startedAt: Timestamp?,
        finishedAt: Timestamp
    ) {
        self.reference = reference
        self.task = task
        self.number = number
        self.verdict = verdict
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}

extension PlannedEnd.Verdict {
    /// What counts of a task's change; `nil`: it goes on, and nothing was tried that failed.
    ///
    /// A run that was handed back, interrupted or lost is nobody's failure while the task goes on.
    package init?(_ change: TaskChange, reportedBy outcome: Outcome?) {
        switch change {
        case .stale, .started, .watch, .release: return nil
        case .succeeded: self = .succeeded
        case .retry(_, let fault, _):
            guard case .failed = outcome?.verdict else { return nil }
            self = .failed(error: fault.errorClass, isFinal: false)
        case .dead(_, let fault): self = .failed(error: fault.errorClass, isFinal: true)
        case .ended(let ending): self = .ended(ending.cause)
        }
    }
}
