extension OLTBook {
    /// Counts the end of a planned task's number: once, in the transaction that records it.
    ///
    /// - Returns: the ledger's line; `nil`: nothing ran, or it belongs to no period that is open.
    @discardableResult
    package mutating func record(_ end: PlannedEnd, now: Timestamp) -> LedgerLine? {
        switch end.reference.purpose {
        case .probe:
            recordProbe(end, now)
            return nil
        case .slot(let operation, let period, let id):
            return record(end, operation, period, id, now)
        }
    }

    private mutating func recordProbe(_ end: PlannedEnd, _ now: Timestamp) {
        guard condition.probe == end.task else { return }
        switch end.verdict {
        case .succeeded:
            condition.probe = nil
            condition.suspendedAt = nil
            condition.failuresInRow = 0
            condition.failingSince = nil
            endOutage(now)
            for index in periods.indices where periods[index].period.end > now { periods[index].adjustment = "the OLT answers again" }
            wakeAt = min(wakeAt, now)
        case .failed(_, isFinal: true), .ended:
            condition.probe = nil
            wakeAt = min(wakeAt, now)
        case .failed(_, isFinal: false): break
        }
    }

    private mutating func record(_ end: PlannedEnd, _ operation: OperationType, _ period: Timestamp, _ id: Int, _ now: Timestamp)
        -> LedgerLine?
    {
        count(end, operation, now)
        guard let index = periods.firstIndex(where: { $0.period.start == period }) else { return nil }
        if let place = periods[index].slots.firstIndex(where: { $0.id == id && $0.task == end.task }) {
            settle(&periods[index].slots[place], end.verdict)
        }
        let isOver = periods[index].period.end <= now
        guard var tracker = periods[index].tracker(operation) else { return nil }
        var verdict: LedgerLine.Verdict?
        switch end.verdict {
        case .succeeded:
            tracker.completed += 1
            if tracker.status == .inProgress, tracker.completed >= tracker.required { tracker.status = .completed }
            verdict = .completed
            // Somebody else was skipped, and time may be left over now.
            if !isOver, periods[index].trackers.contains(where: { $0.skipped > 0 }) { periods[index].adjustment = "time may be left over" }
        case .failed(let error, _):
            tracker.failed += 1
            tracker.lastError = error
            verdict = .failed
        case .ended: break
        }
        periods[index].replace(tracker)
        if isOver || !end.isCleanSuccess || periods[index].adjustment != nil { wakeAt = min(wakeAt, now) }
        // A slot of the same operation may have waited for this one, or was missed behind it.
        let waits = periods[index].slots.contains { $0.operation == operation && $0.state == .pending && $0.at <= now }
        if waits || (tracker.isOwed && periods[index].missing(tracker) > tracker.skipped) {
            wakeAt = min(wakeAt, now)
        }
        guard let number = end.number, let verdict else { return nil }
        return LedgerLine(
            number: number,
            task: end.task,
            olt: olt,
            operation: operation,
            period: period,
            slot: id,
            verdict: verdict,
            startedAt: end.startedAt,
            finishedAt: end.finishedAt
        )
    }

    /// What an end says about the OLT itself.
    private mutating func count(_ end: PlannedEnd, _ operation: OperationType, _ now: Timestamp) {
        switch end.verdict {
        case .succeeded:
            condition.succeeded += 1
            condition.failuresInRow = 0
            condition.failingSince = nil
            condition.emergencies = 0
            condition.lastSuccessAt = end.finishedAt
            if operation == .discovery { condition.isDiscovered = true }
            if let startedAt = end.startedAt, startedAt <= end.finishedAt {
                let took = end.finishedAt - startedAt
                durations[operation, default: DurationModel(seed: took)].observe(took)
            }
        case .failed(let error, _):
            condition.failed += 1
            condition.failuresInRow += 1
            condition.failingSince = condition.failingSince ?? end.startedAt ?? end.finishedAt
            condition.lastError = error
        case .ended: break
        }
    }

    private func settle(_ slot: inout PlanSlot, _ verdict: PlannedEnd.Verdict) {
        switch verdict {
        case .succeeded: slot.state = .completed
        case .failed(_, isFinal: true), .ended(.expired): slot.state = .failed
        case .failed(_, isFinal: false): break
        case .ended(.cancelled): slot.state = .cancelled
        }
    }
}

extension PlannedEnd {
    fileprivate var isCleanSuccess: Bool { verdict == .succeeded }
}

/// A counted number: the proof behind a quota.
package struct LedgerLine: Hashable, Sendable {
    package enum Verdict: String, CaseIterable, Hashable, Sendable {
        case completed, failed
    }

    package let number: DispatchNumber
    package let task: TaskID
    package let olt: OLTID
    package let operation: OperationType
    /// The period's start.
    package let period: Timestamp
    package let slot: Int
    package let verdict: Verdict
    package let startedAt: Timestamp?
    package let finishedAt: Timestamp

    package init(
        number: DispatchNumber,
        task: TaskID,
        olt: OLTID,
        operation: OperationType,
        period: Timestamp,
        slot: Int,
        verdict: Verdict,
        startedAt: Timestamp?,
        finishedAt: Timestamp
    ) {
        self.number = number
        self.task = task
        self.olt = olt
        self.operation = operation
        self.period = period
        self.slot = slot
        self.verdict = verdict
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}
