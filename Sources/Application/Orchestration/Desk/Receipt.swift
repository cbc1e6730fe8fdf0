package import Domain

/// What a caller holds once a draft is written down.
package struct Receipt: Hashable, Sendable {
    package let id: TaskID
    package let state: TaskState
    /// The task was there before; nothing was written.
    package let duplicate: Bool

    package init(id: TaskID, state: TaskState, duplicate: Bool) {
        self.id = id
        self.state = state
        self.duplicate = duplicate
    }
}

/// Why no draft of a submission was taken.
package enum SubmitError: Error, Hashable, Sendable {
    /// Too many tasks wait already: come back later.
    case full(retryAfter: Duration)
    case record(RecordError)
    /// The orchestrator is shutting down.
    case stopping
}
