package import Domain

/// The coordinator's memory: books, and what of them people ask for.
package struct CoordinationShelf: Sendable {
    /// A revision of an OLT's plan.
    struct HeadPlace: Hashable, Sendable {
        let olt: OLTID
        let period: Timestamp
        let revision: Int
    }

    /// An operation of an OLT in a period.
    package struct QuotaPlace: Hashable, Sendable {
        package let olt: OLTID
        package let period: Timestamp
        package let operation: OperationType

        package init(olt: OLTID, period: Timestamp, operation: OperationType) {
            self.olt = olt
            self.period = period
            self.operation = operation
        }
    }

    package var books: [OLTID: OLTBook] = [:]
    package var planned: [TaskID: PlanReference] = [:]
    var heads: [HeadPlace: PlanHead] = [:]
    package var trackers: [QuotaPlace: PeriodTracker] = [:]
    package var ledger: [DispatchNumber: LedgerLine] = [:]
    /// By id.
    package var violations: [ViolationRow] = []
    /// What became of telling of them.
    var notices: [Int64: Notice] = [:]
    /// By id.
    var log: [CoordinatorLogRow] = []
    var gaps: [ServiceGap] = []
    var tick: CoordinatorTick?
    /// The latest time it was told: its own clock.
    var now = Timestamp(microseconds: 0)
    private var lastViolation: Int64 = 0
    private var lastEvent: Int64 = 0

    // MARK: History

    /// Keeps what people ask of a book later.
    /// - Returns: violations that are new.
    package mutating func keep(_ after: OLTBook, since before: OLTBook, _ change: BookChange, name: String) -> Int {
        let history = after.history(since: before, change)
        for head in history.heads {
            heads[HeadPlace(olt: head.olt, period: head.period.start, revision: head.revision)] = head
        }
        for row in history.trackers {
            trackers[QuotaPlace(olt: after.olt, period: row.period.start, operation: row.tracker.operation)] = row
        }
        log(change.events, name: name)
        return change.violations.count { violate($0, name: name) }
    }

    mutating func log(_ events: [CoordinatorEvent], name: String?) {
        for event in events {
            lastEvent += 1
            log.append(CoordinatorLogRow(id: lastEvent, oltName: name, event: event))
        }
    }

    private mutating func violate(_ violation: QuotaViolation, name: String) -> Bool {
        let isKnown = violations.contains { row in
            row.violation.olt == violation.olt && row.violation.period.start == violation.period.start
        }
        guard !isKnown else { return false }
        lastViolation += 1
        violations.append(ViolationRow(id: lastViolation, oltName: name, violation: violation, notifiedAt: nil))
        return true
    }

    /// The book goes with its OLT; plans, quotas, violations and the log stay.
    mutating func forget(_ olt: OLTID) { books[olt] = nil }

    // MARK: Gaps

    /// Opens a gap, unless one is open; ends the open one, or enters one that is over, unless it had no time to be.
    mutating func note(_ gap: ServiceGap) {
        let open = gaps.firstIndex { $0.kind == gap.kind && $0.until == nil }
        let isKnown = gaps.contains { $0.kind == gap.kind && $0.from == gap.from }
        switch (open, gap.until) {
        case (let open?, let until?): gaps[open] = ServiceGap(gap.kind, from: gaps[open].from, until: until)
        case (nil, let until) where !isKnown && until.map { $0 > gap.from } != false: gaps.append(gap)
        case (nil, _), (_?, nil): break
        }
    }

    func gaps(since: Timestamp) -> [ServiceGap] {
        gaps.filter { gap in gap.until.map { $0 > since } ?? true }
            .sorted { ($0.from, $0.kind.rawValue) < ($1.from, $1.kind.rawValue) }
    }

    // MARK: Sweeping

    mutating func sweep(_ keep: CoordinationRetention, batch: Int, now: Timestamp) -> Int {
        let batch = max(1, batch)
        func before(_ days: Int) -> Timestamp { now - .seconds(days * 86_400) }
        let (logs, quotas, faults) = (before(keep.logDays), before(keep.quotaDays), before(keep.violationDays))
        var count = 0
        let events = Set(log.filter { $0.event.at < logs }.prefix(batch).map(\.id))
        log.removeAll { events.contains($0.id) }
        count += events.count
        let lines = ledger.values.filter { $0.finishedAt < quotas }.sorted { $0.finishedAt < $1.finishedAt }.prefix(batch)
        for line in lines { ledger[line.number] = nil }
        count += lines.count
        let plans = heads.filter { $0.value.period.end < quotas }.keys.sorted { ($0.period, $0.olt) < ($1.period, $1.olt) }.prefix(batch)
        for plan in plans { heads[plan] = nil }
        count += plans.count
        let old = trackers.filter { $0.value.period.end < quotas }.keys.sorted { ($0.period, $0.olt) < ($1.period, $1.olt) }.prefix(batch)
        for tracker in old { trackers[tracker] = nil }
        count += old.count
        let gone = Set(violations.filter { $0.violation.createdAt < faults }.prefix(batch).map(\.id))
        violations.removeAll { gone.contains($0.id) }
        count += gone.count
        let ended = gaps.filter { gap in gap.until.map { $0 < quotas } ?? false }.prefix(batch)
        gaps.removeAll { ended.contains($0) }
        return count + ended.count
    }
}
