/// How often an operation had to succeed on an OLT in a period, and how often it did.
package struct QuotaTracker: Hashable, Sendable {
    package enum Status: String, CaseIterable, Hashable, Sendable {
        case inProgress = "IN_PROGRESS"
        case completed = "COMPLETED"
        case notMet = "QUOTA_NOT_MET"
        /// The OLT was disabled; nobody is blamed.
        case interrupted = "INTERRUPTED"
    }

    package let operation: OperationType
    package var required: Int
    package var completed = 0
    /// Failed numbers; one that is tried again counts each time.
    package var failed = 0
    /// Required ones for which there is no time left.
    package var skipped = 0
    package var status: Status = .inProgress
    /// Why the requirement will not be met, as far as is known; `nil`: nothing speaks against it.
    package var risk: String?
    /// What was required before `since`, when the declaration last changed.
    package var requiredBefore = 0
    package var since: Timestamp
    /// It was not asked for during all of the period.
    package var wasChanged = false
    package var lastError: String?

    package init(_ operation: OperationType, required: Int, since: Timestamp) {
        self.operation = operation
        self.required = required
        self.since = since
    }

    /// Something is still to be done.
    package var isOwed: Bool { status == .inProgress && completed < required }

    /// 0 to 1 and above.
    package var completion: Double { required == 0 ? 1 : Double(completed) / Double(required) }
}
