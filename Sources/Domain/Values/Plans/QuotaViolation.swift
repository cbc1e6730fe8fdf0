/// A period in which an OLT was asked less often than was declared: at most one per OLT and period.
package struct QuotaViolation: Hashable, Sendable {
    /// By the operation that was done the least.
    package enum Severity: String, CaseIterable, Comparable, Hashable, Sendable {
        case low = "LOW"
        case medium = "MEDIUM"
        case high = "HIGH"
        case critical = "CRITICAL"

        /// The severity of completed by required; `nil` from 0.8 on: no violation.
        package init?(completion: Double) {
            switch completion {
            case ..<0.25: self = .critical
            case ...0.5: self = .high
            case ...0.65: self = .medium
            case ..<0.8: self = .low
            default: return nil
            }
        }

        package static func < (left: Severity, right: Severity) -> Bool {
            (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
        }
    }

    /// What is proven to have stood in the way.
    package enum Cause: String, CaseIterable, Hashable, Sendable {
        /// The OLT did not answer.
        case unreachable
        /// What was required takes longer than the period.
        case tooLittleTime = "too_little_time"
        /// No worker lived that could have done it.
        case noWorkers = "no_workers"
        /// No orchestrator led.
        case noLeader = "no_leader"
        /// OLT or operation were disabled, or changed, during a part of the period.
        case disabledInPart = "disabled_in_part"
        /// The OLT answered, and the operation failed all the same.
        case failing
    }

    package let olt: OLTID
    package let period: Period
    package let severity: Severity
    /// Of the operation that was done the least, 0 to 1.
    package let completion: Double
    package let causes: [Cause]
    /// Every operation with its numbers.
    package let report: Payload
    package let createdAt: Timestamp

    package init(
        olt: OLTID,
        period: Period,
        severity: Severity,
        completion: Double,
        causes: [Cause],
        report: Payload,
        createdAt: Timestamp
    ) {
        self.olt = olt
        self.period = period
        self.severity = severity
        self.completion = completion
        self.causes = causes
        self.report = report
        self.createdAt = createdAt
    }
}
