/// One decision of the coordinator, as its log keeps it.
package struct CoordinatorEvent: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        case taskAdded = "TASK_ADDED"
        case taskRemoved = "TASK_REMOVED"
        case taskIntervalChanged = "TASK_INTERVAL_CHANGED"
        case oltEnabled = "OLT_ENABLED"
        case oltDisabled = "OLT_DISABLED"
        case planCreated = "PLAN_CREATED"
        case planAdjusted = "PLAN_ADJUSTED"
        case emergencyReplan = "EMERGENCY_REPLAN"
        case executionAborted = "EXECUTION_ABORTED"
        case leaseCleared = "LEASE_CLEARED"
        case quotaViolation = "QUOTA_VIOLATION"
        case leaderChanged = "LEADER_CHANGED"
    }

    package enum Level: Int16, CaseIterable, Comparable, Hashable, Sendable {
        case debug, info, warning, error, critical

        package var word: String { "\(self)".uppercased() }

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    package let kind: Kind
    package let level: Level
    /// `nil`: it concerns all (GLOBAL).
    package let olt: OLTID?
    package let message: String
    package let details: Payload
    package let at: Timestamp

    package init(_ kind: Kind, _ level: Level, olt: OLTID?, _ message: String, details: Payload = [:], at: Timestamp) {
        self.kind = kind
        self.level = level
        self.olt = olt
        self.message = message
        self.details = details
        self.at = at
    }
}
