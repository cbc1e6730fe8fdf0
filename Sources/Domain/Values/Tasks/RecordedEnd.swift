/// One end that has been committed: a number that left its task's row, or a task that ended without one.
///
/// It is what events, metrics and log lines are made of.
package struct RecordedEnd: Hashable, Sendable {
    package let task: TaskID
    package let kind: String
    package let lane: Lane
    /// The attempt that the end belongs to.
    package let attempt: Int
    /// `nil`: the task had none, such as a waiting one that was cancelled.
    package let number: DispatchNumber?
    package let worker: WorkerID?
    /// The verdict's word, or `lost` for a rescue; `nil`: nobody ran it.
    package let outcome: String?
    /// The state the task is in now.
    package let state: TaskState
    /// Why it is dead.
    package let reason: LetterReason?
    package let errorClass: String?
    package let createdAt: Timestamp
    /// When the number was given.
    package let queuedAt: Timestamp?
    package let startedAt: Timestamp?
    package let finishedAt: Timestamp
    package let traceParent: TraceParent?

    package init(
        task: TaskID,
        kind: String,
        lane: Lane,
        attempt: Int,
        number: DispatchNumber?,
        worker: WorkerID?,
        outcome: String?,
        state: TaskState,
        reason: LetterReason?,
        errorClass: String?,
        createdAt: Timestamp,
        queuedAt: Timestamp?,
        startedAt: Timestamp?,
        finishedAt: Timestamp,
        traceParent: TraceParent?
    ) {
        self.task = task
        self.kind = kind
        self.lane = lane
        self.attempt = attempt
        self.number = number
        self.worker = worker
        self.outcome = outcome
        self.state = state
        self.reason = reason
        self.errorClass = errorClass
        self.createdAt = createdAt
        self.queuedAt = queuedAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.traceParent = traceParent
    }
}
