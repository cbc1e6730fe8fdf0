/// How a task ends without having been done: because somebody said so, or because its time is over.
package struct Ending: Hashable, Sendable {
    package enum Cause: String, CaseIterable, Hashable, Sendable {
        case cancelled, expired
    }

    package let cause: Cause
    /// For people: who asked, or which deadline passed.
    package let reason: String

    package init(_ cause: Cause, reason: String) {
        self.cause = cause
        self.reason = reason
    }

    package init?(state: TaskState, reason: String) {
        switch state {
        case .cancelled: self.init(.cancelled, reason: reason)
        case .expired: self.init(.expired, reason: reason)
        case .waiting, .queued, .blocked, .succeeded, .dead: return nil
        }
    }

    package static func expired(at deadline: Timestamp) -> Ending {
        Ending(.expired, reason: "its deadline \(deadline) has passed")
    }

    package var state: TaskState {
        switch cause {
        case .cancelled: .cancelled
        case .expired: .expired
        }
    }

    /// What the row and the attempt show.
    package var fault: TaskFault { TaskFault(cause.rawValue, reason, retryable: false) }
}
