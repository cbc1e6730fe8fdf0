extension OLTBook {
    /// What is true beside the book when it is attended to.
    package struct Surroundings: Sendable {
        package let standing: OLTStanding
        /// Whether somebody holds the OLT's lease; asked only of OLTs that wait for it.
        package let leaseIsHeld: Bool
        package let gaps: [ServiceGap]
        package let now: Timestamp

        package init(standing: OLTStanding, leaseIsHeld: Bool, gaps: [ServiceGap], now: Timestamp) {
            self.standing = standing
            self.leaseIsHeld = leaseIsHeld
            self.gaps = gaps
            self.now = now
        }
    }

    /// Nothing is to be done before it.
    static let never = Timestamp(microseconds: 4_102_444_800_000_000)

    /// Follows the declaration, closes and opens periods, mends the plan and emits what is due.
    ///
    /// Asked again with nothing new it answers nothing.
    package mutating func attend(
        _ around: Surroundings,
        _ rules: CoordinationRules,
        makeID: () -> TaskID
    ) -> BookChange {
        var turn = Turn(around: around, rules: rules)
        follow(&turn)
        clearLease(&turn)
        openPeriods(&turn)
        if basis.isEnabled {
            suspendIfFailing(&turn)
            probe(&turn, makeID)
            missTheLate(turn)
            adjust(&turn)
            emit(&turn, makeID)
        }
        closePeriods(&turn)
        wakeAt = nextWake(turn)
        return turn.change
    }

    /// One attendance: what it stands on and what it has decided so far.
    struct Turn {
        let around: Surroundings
        let rules: CoordinationRules
        var change = BookChange()
        /// The OLT is asked from now on, and was not before.
        var isNew = false

        var now: Timestamp { around.now }

        mutating func log(
            _ kind: CoordinatorEvent.Kind,
            _ level: CoordinatorEvent.Level,
            _ message: String,
            _ details: Payload = [:]
        ) {
            change.events.append(CoordinatorEvent(kind, level, olt: around.standing.declaration.olt, message, details: details, at: now))
        }
    }

    /// What is asked for now, by rank.
    var asked: [DeclaredOperation] { basis.isEnabled ? basis.operations.filter(\.isEnabled) : [] }

    // MARK: Lease

    /// After the OLT was disabled: its lease is left to its holder, and told free when it is.
    private mutating func clearLease(_ turn: inout Turn) {
        // Disabled in this very turn: nobody has asked the lease store yet.
        guard let since = condition.awaitsLeaseSince, since < turn.now, !turn.around.leaseIsHeld else { return }
        condition.awaitsLeaseSince = nil
        turn.log(
            .leaseCleared,
            .info,
            "the lease of \(turn.around.standing.name) is free",
            ["afterMs": .number(Double((turn.now - since).milliseconds))]
        )
    }

    // MARK: Failures

    private mutating func suspendIfFailing(_ turn: inout Turn) {
        guard condition.suspendedAt == nil, condition.failuresInRow >= turn.rules.failuresMax else { return }
        condition.suspendedAt = turn.now
        condition.emergencies += 1
        if QuotaJudge.silentClasses.contains(condition.lastError ?? "") {
            condition.outages.append(OLTCondition.Spell(from: condition.failingSince ?? turn.now))
        }
        for index in periods.indices where periods[index].period.end > turn.now {
            for place in periods[index].trackers.indices where periods[index].trackers[place].isOwed {
                periods[index].trackers[place].risk = "nothing is asked since \(turn.now), until a probe is answered"
            }
        }
        let standing = periods.flatMap(\.slots).compactMap(\.task)
        turn.change.cancelled += standing
        turn.change.cancelReason = "the OLT failed \(condition.failuresInRow) times in a row"
        turn.log(
            .emergencyReplan,
            .warning,
            "\(turn.around.standing.name) failed \(condition.failuresInRow) times in a row: nothing is asked until a probe is answered",
            [
                "failures": .number(Double(condition.failuresInRow)), "error": condition.lastError.map(JSONValue.text) ?? .null,
                "cancelled": .number(Double(standing.count)), "emergency": .number(Double(condition.emergencies)),
            ]
        )
    }

    private mutating func probe(_ turn: inout Turn, _ makeID: () -> TaskID) {
        guard condition.suspendedAt != nil, condition.probe == nil else { return }
        let pause = Backoff(base: turn.rules.probeAfter, factor: 2, ceiling: turn.rules.probeCeiling)
        let task = FleetTask.probe(
            of: olt,
            id: makeID(),
            due: turn.now + pause.bound(after: max(1, condition.emergencies)),
            backoff: pause,
            now: turn.now
        )
        condition.probe = task.id
        turn.change.emitted.append(PlannedTask(task: task, reference: PlanReference(olt: olt, purpose: .probe)))
    }

    // MARK: Slots

    /// A slot whose time is over without a task will not get one; what is missing is packed in again.
    private mutating func missTheLate(_ turn: Turn) {
        guard condition.suspendedAt == nil else { return }
        for index in periods.indices where periods[index].period.end > turn.now {
            for place in periods[index].slots.indices where periods[index].slots[place].state == .pending {
                guard periods[index].slots[place].at + turn.rules.lateAfter <= turn.now else { break }
                let slot = periods[index].slots[place]
                periods[index].slots[place].state = .missed
                // Behind an unfinished one of its kind nothing can be packed in yet.
                guard !periods.contains(where: { $0.isUnderWay(slot.operation) }) else { continue }
                periods[index].adjustment = periods[index].adjustment ?? "a slot was missed"
            }
        }
    }

    private mutating func emit(_ turn: inout Turn, _ makeID: () -> TaskID) {
        guard condition.suspendedAt == nil else { return }
        for index in periods.indices where periods[index].period.end > turn.now {
            for place in periods[index].slots.indices where periods[index].slots[place].state == .pending {
                let slot = periods[index].slots[place]
                guard slot.at <= turn.now + turn.rules.horizon else { break }
                // One of a kind at a time: behind an unfinished one a second would only wait.
                guard !periods.contains(where: { $0.isUnderWay(slot.operation) }), let declared = basis.operation(slot.operation) else {
                    continue
                }
                let task = FleetTask.planned(
                    slot,
                    of: declared,
                    on: olt,
                    in: periods[index].period,
                    id: makeID(),
                    turn.rules,
                    now: turn.now
                )
                periods[index].slots[place].state = .emitted(task.id)
                let purpose = PlanReference.Purpose.slot(slot.operation, period: periods[index].period.start, id: slot.id)
                turn.change.emitted.append(PlannedTask(task: task, reference: PlanReference(olt: olt, purpose: purpose)))
            }
        }
    }

    // MARK: Time

    private mutating func closePeriods(_ turn: inout Turn) {
        while let first = periods.first, isOver(first, turn) {
            periods.removeFirst()
            closedUntil = max(closedUntil ?? first.period.end, first.period.end)
            let judge = QuotaJudge(condition: condition, gaps: turn.around.gaps, now: turn.now)
            let closed = judge.close(first)
            turn.change.closed.append(closed)
            guard let violation = judge.violation(of: olt, closed) else { continue }
            turn.change.violations.append(violation)
            let causes = violation.causes.isEmpty ? "no cause is proven" : violation.causes.map(\.rawValue).joined(separator: ", ")
            let percent = Int((violation.completion * 100).rounded(.down))
            turn.log(
                .quotaViolation,
                .critical,
                "\(turn.around.standing.name) missed its quota: \(percent) % of the least done operation (\(violation.severity.rawValue); \(causes))",
                violation.report
            )
        }
        let horizon = periods.first?.period.start ?? turn.now
        condition.outages.removeAll { $0.until.map { $0 <= horizon } ?? false }
        condition.disabled.removeAll { $0.until.map { $0 <= horizon } ?? false }
    }

    /// Its end has passed, and nothing of it runs; or the grace is over.
    private func isOver(_ book: PeriodBook, _ turn: Turn) -> Bool {
        guard book.period.end <= turn.now else { return false }
        return book.period.end + turn.rules.grace <= turn.now || !book.slots.contains { $0.task != nil }
    }

    private func nextWake(_ turn: Turn) -> Timestamp {
        var wake = Self.never
        func at(_ time: Timestamp) { wake = min(wake, time) }
        if condition.awaitsLeaseSince != nil { at(turn.now + .seconds(1)) }
        for book in periods {
            // At the end what is still under way is waited for: its outcome wakes.
            at(book.period.end > turn.now ? book.period.end : book.period.end + turn.rules.grace)
            guard book.period.end > turn.now, basis.isEnabled, condition.suspendedAt == nil else { continue }
            for slot in book.slots where slot.state == .pending {
                at(slot.at <= turn.now + turn.rules.horizon ? slot.at + turn.rules.lateAfter : slot.at - turn.rules.horizon)
                break
            }
        }
        if !asked.isEmpty, let end = closedUntil, end > turn.now { at(end) }
        if !asked.isEmpty, let last = periods.last, last.period.start <= turn.now {
            at(last.period.end - turn.rules.planAhead(of: olt))
        }
        return max(wake, turn.now + .milliseconds(100))
    }
}

extension FleetTask {
    /// The task of a slot.
    static func planned(
        _ slot: PlanSlot,
        of declared: DeclaredOperation,
        on olt: OLTID,
        in period: Period,
        id: TaskID,
        _ rules: CoordinationRules,
        now: Timestamp
    ) -> FleetTask {
        FleetTask(
            slot.operation.kind,
            slot.operation.payload(for: olt),
            on: olt,
            id: id,
            timeout: declared.timeout,
            attempts: rules.attempts,
            backoff: Backoff(base: rules.attemptPause),
            due: max(slot.at, now),
            deadline: period.end + rules.grace,
            label: slot.operation.word,
            now: now
        )
    }

    /// Asks an OLT that failed until it answers.
    static func probe(of olt: OLTID, id: TaskID, due: Timestamp, backoff: Backoff, now: Timestamp) -> FleetTask {
        FleetTask(
            "snmp.probe",
            ["olt": .text("\(olt.value)")],
            on: olt,
            id: id,
            timeout: nil,
            attempts: 100,
            backoff: backoff,
            due: due,
            deadline: nil,
            label: "probe",
            now: now
        )
    }

    private init(
        _ kind: String,
        _ payload: Payload,
        on olt: OLTID,
        id: TaskID,
        timeout: Duration?,
        attempts: Int,
        backoff: Backoff,
        due: Timestamp,
        deadline: Timestamp?,
        label: String,
        now: Timestamp
    ) {
        guard let specification = KindCatalogue.kind(kind) else { preconditionFailure("the kind \(kind) is planned but not known") }
        self.init(
            id: id,
            kind: kind,
            payload: payload,
            priority: specification.priority,
            taskClass: specification.taskClass,
            exclusionKey: specification.device == .heavy ? ExclusionKey(olt.description) : nil,
            olt: olt,
            timeout: timeout ?? specification.timeout,
            maxAttempts: attempts,
            backoff: backoff,
            createdAt: now,
            dueAt: due,
            labels: ["operation": label],
            source: .plan,
            deadline: deadline
        )
    }
}
