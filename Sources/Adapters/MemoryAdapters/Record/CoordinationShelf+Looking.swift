import Domain

extension CoordinationShelf {
    /// Newest revision first.
    func plans(of olt: OLTID, limit: Int) -> [PlanHead] {
        let found = heads.values.filter { $0.olt == olt }
        let sorted = found.sorted { ($1.period.start, $1.revision) < ($0.period.start, $0.revision) }
        return Array(sorted.prefix(max(0, limit)))
    }

    /// Newest period first, within it by OLT and operation.
    func quotas(_ filter: QuotaFilter, names: [OLTID: String]) -> Page<QuotaRow> {
        let limit = min(max(1, filter.limit), 1000)
        let found = trackers.filter { place, row in
            (filter.olt == nil || place.olt == filter.olt) && (filter.period == nil || place.period == filter.period)
                && (filter.period != nil || !filter.isRunning || row.period.end > now) && (!filter.isAtRisk || row.tracker.risk != nil)
        }
        let sorted = found.sorted { Self.isBefore($0.key, $1.key) }
        let last = filter.cursor.flatMap(Self.place)
        let rest = sorted.drop { row in last.map { !Self.isBefore($0, row.key) } ?? false }
        let rows = rest.prefix(limit + 1).map { place, row in
            QuotaRow(
                olt: place.olt,
                oltName: names[place.olt] ?? "\(place.olt.value)",
                period: row.period,
                tracker: row.tracker.asShown(in: row.period)
            )
        }
        return Page.cut(rows, limit: limit) { "\($0.period.start.microseconds)_\($0.olt.value)_\($0.tracker.operation.word)" }
    }

    private static func isBefore(_ left: QuotaPlace, _ right: QuotaPlace) -> Bool {
        guard left.period == right.period else { return left.period > right.period }
        return (left.olt, left.operation.word) < (right.olt, right.operation.word)
    }

    private static func place(_ cursor: String) -> QuotaPlace? {
        let parts = cursor.split(separator: "_", maxSplits: 2)
        guard parts.count == 3, let period = Int64(parts[0]), let olt = Int64(parts[1]), let type = OperationType(word: String(parts[2]))
        else { return nil }
        return QuotaPlace(olt: OLTID(olt), period: Timestamp(microseconds: period), operation: type)
    }

    /// Newest first.
    func violations(_ filter: ViolationFilter) -> Page<ViolationRow> {
        let limit = min(max(1, filter.limit), 1000)
        let last = filter.cursor.flatMap { Int64($0) }
        let found = violations.reversed().filter { row in
            (filter.olt == nil || row.violation.olt == filter.olt)
                && (filter.severities.isEmpty || filter.severities.contains(row.violation.severity))
                && (filter.since.map { row.violation.createdAt >= $0 } ?? true) && (last.map { row.id < $0 } ?? true)
        }
        return Page.cut(Array(found.prefix(limit + 1)), limit: limit) { "\($0.id)" }
    }

    /// Newest first; to follow them, oldest first.
    func events(_ filter: CoordinatorEventFilter) -> Page<CoordinatorLogRow> {
        let limit = min(max(1, filter.limit), 1000)
        let last = filter.cursor.flatMap { Int64($0) }
        let chosen = log.filter { row in
            (filter.olt == nil || row.event.olt == filter.olt) && (!filter.isGlobal || row.event.olt == nil)
                && row.event.level >= filter.level && (filter.kinds.isEmpty || filter.kinds.contains(row.event.kind))
                && (filter.text.map { row.event.message.lowercased().contains($0.withoutZero.lowercased()) } ?? true)
        }
        let found: [CoordinatorLogRow]
        if let after = filter.after {
            found = chosen.filter { $0.id > max(after, last ?? after) }
        } else {
            found = chosen.reversed().filter { row in last.map { row.id < $0 } ?? true }
        }
        return Page.cut(Array(found.prefix(limit + 1)), limit: limit) { "\($0.id)" }
    }

    /// Newest first.
    func runs(of olt: OLTID, since: Timestamp, limit: Int) -> [LedgerLine] {
        let found = ledger.values.filter { $0.olt == olt && $0.finishedAt >= since }
        return Array(found.sorted { ($1.finishedAt, $1.number) < ($0.finishedAt, $0.number) }.prefix(max(0, limit)))
    }
}

extension QuotaTracker {
    /// As a row of the list has it: without what only the book needs.
    fileprivate func asShown(in period: Period) -> QuotaTracker {
        var shown = self
        shown.since = period.start
        shown.requiredBefore = 0
        shown.wasChanged = false
        return shown
    }
}
