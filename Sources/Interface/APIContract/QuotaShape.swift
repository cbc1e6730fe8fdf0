package import Domain

/// How often an operation had to succeed on an OLT in a period, and how often it did.
package struct QuotaShape: Codable, Hashable, Sendable {
    package let olt: String
    package let oltId: Int64
    package let operation: String
    package let periodStart: String
    package let periodEnd: String
    package let required: Int
    package let completed: Int
    package let failed: Int
    /// Required ones for which there is no time left.
    package let skipped: Int
    /// `IN_PROGRESS`, `COMPLETED`, `QUOTA_NOT_MET`, `INTERRUPTED`.
    package let status: String
    /// Completed by required; above 1 when more was done.
    package let completion: Double
    /// Why it will not be met, as far as is known.
    @OrNull package var risk: String?

    package init(_ row: QuotaRow) {
        olt = row.oltName
        oltId = row.olt.value
        operation = row.tracker.operation.word
        periodStart = row.period.start.description
        periodEnd = row.period.end.description
        required = row.tracker.required
        completed = row.tracker.completed
        failed = row.tracker.failed
        skipped = row.tracker.skipped
        status = row.tracker.status.rawValue
        completion = (row.tracker.completion * 10_000).rounded() / 10_000
        risk = row.tracker.risk
    }
}

/// A period in which an OLT was asked less often than was declared.
package struct ViolationShape: Codable, Hashable, Sendable {
    package let id: Int64
    package let olt: String
    package let oltId: Int64
    package let periodStart: String
    package let periodEnd: String
    /// `LOW`, `MEDIUM`, `HIGH`, `CRITICAL`.
    package let severity: String
    /// Of the operation that was done the least, 0 to 1.
    package let completion: Double
    /// What is proven to have stood in the way.
    package let causes: [String]
    /// Every operation with its numbers.
    package let report: [String: JSONValue]
    package let createdAt: String
    @OrNull package var notifiedAt: String?

    package init(_ row: ViolationRow) {
        let violation = row.violation
        id = row.id
        olt = row.oltName
        oltId = violation.olt.value
        periodStart = violation.period.start.description
        periodEnd = violation.period.end.description
        severity = violation.severity.rawValue
        completion = (violation.completion * 10_000).rounded() / 10_000
        causes = violation.causes.map(\.rawValue)
        report = violation.report
        createdAt = violation.createdAt.description
        notifiedAt = row.notifiedAt?.description
    }
}
