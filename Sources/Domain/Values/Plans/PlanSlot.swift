/// One place of a plan: an operation and when it is to begin.
package struct PlanSlot: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        /// Its time has not come.
        case pending
        /// A task was made of it, which has not ended.
        case emitted(TaskID)
        case completed
        /// Its task ended without success; the operation may be packed in again.
        case failed
        /// Its time passed before a task could be made of it.
        case missed
        /// Somebody cancelled it.
        case cancelled
    }

    /// Counts from 1 within its period; never used twice.
    package let id: Int
    package let operation: OperationType
    package let at: Timestamp
    /// How long it was expected to take when it was laid out.
    package let predicted: Duration
    package var state: State

    package init(id: Int, operation: OperationType, at: Timestamp, predicted: Duration, state: State = .pending) {
        self.id = id
        self.operation = operation
        self.at = at
        self.predicted = predicted
        self.state = state
    }

    package var task: TaskID? {
        if case .emitted(let task) = state { return task }
        return nil
    }
}
