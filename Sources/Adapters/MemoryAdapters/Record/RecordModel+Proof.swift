package import Domain

/// What a simulation asks of the record to judge it.
extension RecordModel {
    /// By id.
    package var allViolations: [QuotaViolation] { coordination.violations.map(\.violation) }

    /// The period of the slot that a task was made of.
    package func plannedPeriod(of task: TaskID) -> Timestamp? {
        guard case .slot(_, let period, _)? = coordination.planned[task]?.purpose else { return nil }
        return period
    }

    /// Where a quota does not say what its ledger says.
    package var quotaFaults: [String] {
        var counted: [CoordinationShelf.QuotaPlace: (completed: Int, failed: Int)] = [:]
        for line in coordination.ledger.values {
            let place = CoordinationShelf.QuotaPlace(olt: line.olt, period: line.period, operation: line.operation)
            switch line.verdict {
            case .completed: counted[place, default: (0, 0)].completed += 1
            case .failed: counted[place, default: (0, 0)].failed += 1
            }
        }
        return coordination.trackers.sorted { ($0.key.olt, $0.key.period) < ($1.key.olt, $1.key.period) }.compactMap { place, row in
            let lines = counted[place] ?? (0, 0)
            guard row.tracker.completed != lines.completed || row.tracker.failed != lines.failed else { return nil }
            return "\(place.olt) \(place.operation) \(place.period): the quota counts \(row.tracker.completed) and \(row.tracker.failed), "
                + "the ledger \(lines.completed) and \(lines.failed)"
        }
    }

    /// Takes ended tasks away, as the clean-up of days does.
    package mutating func forgetEnded() {
        for row in table.ended { table.remove(row.id) }
    }
}
