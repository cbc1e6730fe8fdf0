/// What attending to a book asks of the record, to be done in the same transaction.
package struct BookChange: Hashable, Sendable {
    /// Tasks to be written.
    package var emitted: [PlannedTask] = []
    /// Tasks to be ended.
    package var cancelled: [TaskID] = []
    /// Every task of the OLT is to be ended, whoever made it.
    package var cancelsAll = false
    /// What those who look at a cancelled task are told.
    package var cancelReason = ""
    package var events: [CoordinatorEvent] = []
    package var violations: [QuotaViolation] = []
    /// Revisions that were superseded.
    package var superseded: [PlanHead] = []
    /// Periods that left the book.
    package var closed: [PeriodBook] = []

    package init() {}
}
