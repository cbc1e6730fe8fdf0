extension OLTBook {
    /// Sees to it that the current period has a plan, and the next one when it is near.
    mutating func openPeriods(_ turn: inout Turn) {
        guard !asked.isEmpty else { return }
        forgetTheFarFuture(&turn)
        // A clock that went back: the periods of the book are still to come, or over already.
        guard periods.last.map({ $0.period.start <= turn.now }) ?? true, closedUntil.map({ $0 <= turn.now }) ?? true else { return }
        if !periods.contains(where: { $0.period.contains(turn.now) }) {
            open(Period(containing: turn.now, length: turn.rules.period), &turn)
        }
        guard let last = periods.last, last.period.contains(turn.now), last.period.end - turn.rules.planAhead(of: olt) <= turn.now else {
            return
        }
        open(Period(containing: last.period.end, length: turn.rules.period), &turn)
    }

    /// A clock that stood years ahead left plans there; nobody waits for them.
    private mutating func forgetTheFarFuture(_ turn: inout Turn) {
        let far = turn.now + turn.rules.period * 3
        if let end = closedUntil, end > far { closedUntil = nil }
        guard periods.contains(where: { $0.period.start > far }) else { return }
        turn.change.cancelled += periods.filter { $0.period.start > far }.flatMap(\.slots).compactMap(\.task)
        turn.change.cancelReason = "the clock went back"
        periods.removeAll { $0.period.start > far }
        turn.log(.planAdjusted, .warning, "\(turn.around.standing.name): the clock went back; plans of the far future are dropped")
    }

    /// A period that overlaps the one before, because its length was changed, begins where that one ends.
    private mutating func open(_ whole: Period, _ turn: inout Turn) {
        let start = [whole.start, periods.last?.period.end, closedUntil].compactMap(\.self).max() ?? whole.start
        var book = PeriodBook(period: Period(start: start, end: whole.end), reason: "the period begins", madeAt: turn.now)
        // Of a period that has begun only the rest is asked for.
        let from = max(start, turn.now)
        book.trackers = asked.map { QuotaTracker($0.type, required: 0, since: from) }
        periods.append(book)
        periods[periods.count - 1].adjustment = turn.isNew ? Self.enabledReason : nil
        layOut(periods.count - 1, turn)
        let made = periods[periods.count - 1]
        turn.log(
            .planCreated,
            .info,
            "\(turn.around.standing.name): \(made.slots.count { $0.state == .pending }) operations until \(made.period.end)",
            made.details
        )
    }

    /// Makes plans anew that something has happened to.
    mutating func adjust(_ turn: inout Turn) {
        guard condition.suspendedAt == nil else { return }
        for index in periods.indices where periods[index].period.end > turn.now {
            guard let reason = periods[index].adjustment ?? shortfall(periods[index]) else { continue }
            let before = periods[index]
            turn.change.superseded.append(before.head(of: olt, as: .superseded))
            periods[index].reason = reason
            periods[index].revision += 1
            periods[index].madeAt = turn.now
            layOut(index, turn)
            let made = periods[index]
            turn.log(
                .planAdjusted,
                made.trackers.contains { $0.risk != nil } ? .warning : .info,
                "\(turn.around.standing.name): \(reason); revision \(made.revision) has \(made.slots.count { $0.state == .pending }) to come",
                made.details
            )
        }
    }

    /// Less is to come than is required, and nobody has said so yet.
    private func shortfall(_ book: PeriodBook) -> String? {
        for operation in asked {
            guard let tracker = book.tracker(operation.type), tracker.status == .inProgress else { continue }
            // One that is under way is waited for.
            guard !book.isUnderWay(operation.type) else { continue }
            if book.missing(tracker) > tracker.skipped { return "\(operation.type) is to be asked again" }
        }
        return nil
    }

    // MARK: Laying out

    /// Lays out what is still required of a period in the time that is left of it.
    private mutating func layOut(_ index: Int, _ turn: Turn) {
        var book = periods[index]
        let from = max(turn.now, book.period.start)
        let isSoon = book.adjustment == Self.enabledReason
        book.adjustment = nil
        settleRequirements(&book, turn)
        var planner = Planner(window: from..<max(from, book.period.end), gap: turn.rules.gap)
        book.slots = book.slots.compactMap { slot in
            guard slot.state == .pending else { return slot }
            guard slot.at < turn.now else { return nil }
            var missed = slot
            missed.state = .missed
            return missed
        }
        // What is under way may have come late; the periods before it, too.
        for slot in periods.flatMap(\.slots) where slot.task != nil {
            planner.keep(max(slot.at, from - slot.predicted), for: slot.predicted)
        }
        var wishes: [Planner.Wish] = []
        for operation in asked { wishes += self.wishes(for: operation, book, from: from, turn) }
        hurry(&wishes, isSoon, from: from, turn)
        book.isOverfull = isOverfull(book, turn)
        let layout = planner.lay(wishes)
        for placed in layout.placed {
            book.lastSlot += 1
            book.slots.append(PlanSlot(id: book.lastSlot, operation: placed.operation, at: placed.at, predicted: placed.takes))
        }
        book.slots.sort { ($0.at, $0.id) < ($1.at, $1.id) }
        for place in book.trackers.indices {
            let operation = book.trackers[place].operation
            let missing = book.missing(book.trackers[place])
            book.trackers[place].skipped = max(0, missing)
            book.trackers[place].risk = missing > 0 ? risk(of: operation, missing, book, turn) : nil
        }
        periods[index] = book
    }

    /// What each operation owes in the whole period.
    private func settleRequirements(_ book: inout PeriodBook, _ turn: Turn) {
        for operation in asked {
            guard var tracker = book.tracker(operation.type), tracker.status != .interrupted else { continue }
            tracker.required =
                tracker.requiredBefore + required(operation.type, operation.cadence, from: tracker.since, to: book.period.end, turn)
            if tracker.status == .completed, tracker.completed < tracker.required { tracker.status = .inProgress }
            book.replace(tracker)
        }
    }

    /// The times at which an operation is still due; what was missed is spread over the rest.
    private func wishes(for operation: DeclaredOperation, _ book: PeriodBook, from: Timestamp, _ turn: Turn) -> [Planner.Wish] {
        guard let tracker = book.tracker(operation.type), tracker.status != .interrupted else { return [] }
        let takes = predicted(operation.type, turn)
        let underWay = book.open(operation.type)
        let wanted = max(0, tracker.required - tracker.completed - underWay)
        guard wanted > 0 else { return [] }
        let times = operation.cadence.times(in: from..<book.period.end, length: turn.rules.period, phase: Phase(olt, operation.type).value)
        var due = Array(times.suffix(wanted))
        let extra = wanted - due.count
        let rest = (book.period.end - from).microseconds
        for turn in 0..<max(0, extra) {
            due.append(from + .microseconds(rest * Int64(2 * turn + 1) / Int64(2 * wanted)))
        }
        return due.map { Planner.Wish(operation.type, due: $0, takes: takes) }
    }

    /// The first discovery of a newly enabled OLT comes soon, and gets of an OLT that was never discovered behind it.
    private func hurry(_ wishes: inout [Planner.Wish], _ isSoon: Bool, from: Timestamp, _ turn: Turn) {
        guard asked.contains(where: { $0.type == .discovery }) else { return }
        if isSoon {
            let jitter = turn.rules.soon * Int(Phase(olt, nil).value) / 65_536
            let first = wishes.indices.filter { wishes[$0].operation == .discovery }.min { wishes[$0].due < wishes[$1].due }
            let wish = Planner.Wish(.discovery, due: from + jitter, takes: predicted(.discovery, turn))
            if let first { wishes[first] = wish } else { wishes.append(wish) }
        }
        guard !condition.isDiscovered, let found = wishes.filter({ $0.operation == .discovery }).min(by: { $0.due < $1.due }) else {
            return
        }
        let known = found.due + found.takes + turn.rules.gap
        wishes = wishes.map { $0.operation == .discovery || $0.due >= known ? $0 : Planner.Wish($0.operation, due: known, takes: $0.takes) }
    }

    // MARK: Prediction

    /// How long an operation is expected to take on this OLT.
    func predicted(_ operation: OperationType, _ turn: Turn) -> Duration {
        if let model = durations[operation], model.runs > 0 { return model.predicted }
        return DurationModel(seed: seed(operation, turn)).predicted
    }

    /// From what the profile reads, the ONUs that are known, and how gently the OLT is asked.
    private func seed(_ operation: OperationType, _ turn: Turn) -> Duration {
        let standing = turn.around.standing
        let columns = turn.rules.columns[standing.profile]?[operation] ?? operation.columnsUsually
        let rows = max(1, standing.onus) * columns
        let requests = 4 + rows / max(1, standing.limits.repetitionsMax)
        return .milliseconds(500 + requests * max(1000 / max(1, standing.limits.pdusPerSecond), 5))
    }

    private func isOverfull(_ book: PeriodBook, _ turn: Turn) -> Bool {
        var needed: Duration = .zero
        for operation in asked {
            let times = operation.cadence.count(
                in: book.period.start..<book.period.end,
                length: turn.rules.period,
                phase: Phase(olt, operation.type).value
            )
            needed += (predicted(operation.type, turn) + turn.rules.gap) * times
        }
        return needed > book.period.length
    }

    private func risk(of operation: OperationType, _ missing: Int, _ book: PeriodBook, _ turn: Turn) -> String {
        if book.isOverfull {
            return
                "what is required takes longer than the period: no time for \(missing) of \(book.tracker(operation)?.required ?? missing)"
        }
        return "too little time is left for \(missing) of \(book.tracker(operation)?.required ?? missing)"
    }
}

extension OperationType {
    /// Columns that a typical profile reads for it.
    fileprivate var columnsUsually: Int {
        switch self {
        case .discovery: 5
        case .get(.optics): 6
        case .get(.inventory): 3
        case .get(.description), .get(.status), .get(.distance), .get(.serial): 1
        }
    }
}

extension PeriodBook {
    /// For the log.
    fileprivate var details: Payload {
        [
            "period": .text(period.start.description), "revision": .number(Double(revision)),
            "pending": .number(Double(slots.count { $0.state == .pending })),
            "risks": .list(trackers.compactMap { tracker in tracker.risk.map { .text("\(tracker.operation): \($0)") } }),
        ]
    }
}
