/// What of a book's change people ask for later: rows of plans and of quotas.
package struct BookHistory: Hashable, Sendable {
    /// Heads of plans that are new or have changed, each revision once.
    package var heads: [PlanHead] = []
    /// Trackers that are new or have changed, each operation of a period once.
    package var trackers: [PeriodTracker] = []

    package init() {}
}

/// A quota with the period it belongs to.
package struct PeriodTracker: Hashable, Sendable {
    package let period: Period
    package let tracker: QuotaTracker

    package init(period: Period, tracker: QuotaTracker) {
        self.period = period
        self.tracker = tracker
    }
}

extension OLTBook {
    /// What is different from the book as it was; `change` is what attending to it answered.
    package func history(since before: OLTBook, _ change: BookChange = BookChange()) -> BookHistory {
        var history = BookHistory()
        history.heads = change.superseded
        // A period that was made and closed in one go stands in `closed` alone.
        for period in change.closed + periods {
            let old = before.periods.first { $0.period.start == period.period.start }
            guard period != old else { continue }
            let head = period.head(of: olt)
            if head != old?.head(of: olt) { history.heads.append(head) }
            for tracker in period.trackers where tracker != old?.tracker(tracker.operation) {
                history.trackers.append(PeriodTracker(period: period.period, tracker: tracker))
            }
        }
        return history
    }
}
