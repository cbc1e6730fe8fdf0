extension OLTBook {
    /// The five changes of a declaration.
    enum DeclarationChange: Hashable {
        case oltEnabled
        case oltDisabled
        case taskAdded(DeclaredOperation)
        case taskRemoved(DeclaredOperation)
        case taskIntervalChanged(DeclaredOperation, from: Cadence)
    }

    /// What is different now, the OLT itself first.
    static func changes(from old: OLTDeclaration, to new: OLTDeclaration) -> [DeclarationChange] {
        var changes: [DeclarationChange] = []
        if old.isEnabled != new.isEnabled { changes.append(new.isEnabled ? .oltEnabled : .oltDisabled) }
        for type in OperationType.all {
            let before = old.operation(type).flatMap { $0.isEnabled ? $0 : nil }
            let after = new.operation(type).flatMap { $0.isEnabled ? $0 : nil }
            switch (before, after) {
            case (nil, let after?): changes.append(.taskAdded(after))
            case (let before?, nil): changes.append(.taskRemoved(before))
            case (let before?, let after?) where before.cadence != after.cadence:
                changes.append(.taskIntervalChanged(after, from: before.cadence))
            case (_?, _?), (nil, nil): break
            }
        }
        return changes
    }

    /// Acts on what an operator changed.
    mutating func follow(_ turn: inout Turn) {
        let declaration = turn.around.standing.declaration
        guard declaration != basis else { return }
        let changes = Self.changes(from: basis, to: declaration)
        let before = basis
        basis = declaration
        let name = turn.around.standing.name
        for change in changes {
            switch change {
            case .oltEnabled: enable(name, &turn)
            case .oltDisabled: disable(before, name, &turn)
            case .taskAdded(let operation):
                turn.log(.taskAdded, .info, "\(name): \(operation.type) is asked \(operation.cadence)", operation.details)
                if before.isEnabled, declaration.isEnabled { start(operation, was: nil, &turn) }
            case .taskRemoved(let operation):
                turn.log(.taskRemoved, .info, "\(name): \(operation.type) is not asked any more", operation.details)
                if before.isEnabled, declaration.isEnabled { stop(operation, name, &turn) }
            case .taskIntervalChanged(let operation, let cadence):
                turn.log(
                    .taskIntervalChanged,
                    .info,
                    "\(name): \(operation.type) is asked \(operation.cadence), not \(cadence)",
                    operation.details
                )
                if before.isEnabled, declaration.isEnabled { start(operation, was: cadence, &turn) }
            }
        }
    }

    // MARK: The OLT

    private mutating func enable(_ name: String, _ turn: inout Turn) {
        turn.log(.oltEnabled, .info, "\(name) is enabled")
        turn.isNew = true
        if let last = condition.disabled.indices.last, condition.disabled[last].until == nil { condition.disabled[last].until = turn.now }
        condition.awaitsLeaseSince = nil
        for index in periods.indices where periods[index].period.end > turn.now {
            // What was done counts; what was not, while nobody wanted it, does not.
            for operation in asked {
                var tracker = periods[index].tracker(operation.type) ?? QuotaTracker(operation.type, required: 0, since: turn.now)
                tracker.requiredBefore = tracker.completed
                tracker.since = max(turn.now, periods[index].period.start)
                tracker.status = .inProgress
                tracker.wasChanged = true
                periods[index].replace(tracker)
            }
            periods[index].status = .active
            periods[index].adjustment = Self.enabledReason
        }
    }

    static let enabledReason = "the OLT was enabled"

    private mutating func disable(_ before: OLTDeclaration, _ name: String, _ turn: inout Turn) {
        let standing = periods.flatMap(\.slots).compactMap(\.task)
        turn.change.cancelsAll = true
        turn.change.cancelReason = "the OLT was disabled"
        turn.log(.oltDisabled, .info, "\(name) is disabled")
        turn.log(
            .executionAborted,
            .warning,
            "\(name): every attempt is cancelled, \(standing.count) of the plan's among them",
            ["planned": .number(Double(standing.count))]
        )
        condition.disabled.append(OLTCondition.Spell(from: turn.now))
        condition.awaitsLeaseSince = turn.now
        condition.suspendedAt = nil
        condition.probe = nil
        condition.failuresInRow = 0
        condition.emergencies = 0
        endOutage(turn.now)
        for index in periods.indices where periods[index].period.end > turn.now {
            for place in periods[index].slots.indices where periods[index].slots[place].state == .pending {
                periods[index].slots[place].state = .cancelled
            }
            for place in periods[index].trackers.indices {
                periods[index].trackers[place].status = .interrupted
                periods[index].trackers[place].risk = nil
            }
            periods[index].status = .aborted
            periods[index].adjustment = nil
        }
    }

    mutating func endOutage(_ now: Timestamp) {
        if let last = condition.outages.indices.last, condition.outages[last].until == nil { condition.outages[last].until = now }
    }

    // MARK: One operation

    /// An operation is asked from now on, or more or less often.
    private mutating func start(_ operation: DeclaredOperation, was cadence: Cadence?, _ turn: inout Turn) {
        for index in periods.indices where periods[index].period.end > turn.now {
            var tracker = periods[index].tracker(operation.type) ?? QuotaTracker(operation.type, required: 0, since: turn.now)
            let from = max(turn.now, periods[index].period.start)
            if let cadence { tracker.requiredBefore += required(operation.type, cadence, from: tracker.since, to: from, turn) }
            tracker.since = from
            tracker.status = .inProgress
            tracker.wasChanged = from > periods[index].period.start
            periods[index].replace(tracker)
            periods[index].adjustment = "\(operation.type) was \(cadence == nil ? "added" : "given another interval")"
        }
    }

    /// Nothing more is required of it; what waits is cancelled.
    private mutating func stop(_ operation: DeclaredOperation, _ name: String, _ turn: inout Turn) {
        let standing = periods.flatMap(\.slots).filter { $0.operation == operation.type }.compactMap(\.task)
        turn.change.cancelled += standing
        if turn.change.cancelReason.isEmpty { turn.change.cancelReason = "\(operation.type) was disabled" }
        for index in periods.indices where periods[index].period.end > turn.now {
            let from = max(turn.now, periods[index].period.start)
            periods[index].slots.removeAll { $0.operation == operation.type && $0.state == .pending && $0.at >= turn.now }
            guard var tracker = periods[index].tracker(operation.type) else { continue }
            tracker.requiredBefore += required(operation.type, operation.cadence, from: tracker.since, to: from, turn)
            // What the order itself cut off is nobody's failure.
            let cutOff = periods[index].slots.count {
                $0.operation == operation.type && ($0.task != nil || $0.state == .pending)
            }
            tracker.requiredBefore = max(tracker.completed, tracker.requiredBefore - cutOff)
            tracker.required = tracker.requiredBefore
            tracker.since = periods[index].period.end
            tracker.wasChanged = true
            tracker.skipped = 0
            tracker.risk = nil
            periods[index].replace(tracker)
            periods[index].adjustment = "\(operation.type) was disabled"
        }
        if !standing.isEmpty {
            turn.log(
                .executionAborted,
                .info,
                "\(name): \(standing.count) attempts of \(operation.type) are cancelled",
                ["operation": .text(operation.type.word), "cancelled": .number(Double(standing.count))]
            )
        }
    }

    func required(_ type: OperationType, _ cadence: Cadence, from: Timestamp, to: Timestamp, _ turn: Turn) -> Int {
        guard from < to else { return 0 }
        return cadence.count(in: from..<to, length: turn.rules.period, phase: Phase(olt, type).value)
    }
}

extension PeriodBook {
    mutating func replace(_ tracker: QuotaTracker) {
        if let place = trackers.firstIndex(where: { $0.operation == tracker.operation }) {
            trackers[place] = tracker
        } else {
            trackers.append(tracker)
            trackers.sort { $0.operation < $1.operation }
        }
    }
}

extension DeclaredOperation {
    /// For the log.
    fileprivate var details: Payload {
        var details: Payload = ["operation": .text(type.word)]
        switch cadence {
        case .perPeriod(let times): details["perHour"] = .number(Double(times))
        case .every(let span): details["everyMs"] = .number(Double(span.milliseconds))
        }
        return details
    }
}

extension Cadence: CustomStringConvertible {
    package var description: String {
        switch self {
        case .perPeriod(let times): "\(times) times in a period"
        case .every(let span): "every \(span)"
        }
    }
}
