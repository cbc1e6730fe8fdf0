import Domain

/// One OLT's book under a virtual clock, with a fleet that does what it is told.
struct BookStage {
    static let olt = OLTID(17)
    /// A full hour.
    static let begin = Timestamp(microseconds: 1_800_000_000_000_000)

    var rules = CoordinationRules()
    var now: Timestamp
    var book: OLTBook
    var declaration: OLTDeclaration
    var leaseIsHeld = false
    var gaps: [ServiceGap] = []
    /// Tasks that were written and have not ended.
    var tasks: [TaskID: PlannedTask] = [:]
    var events: [CoordinatorEvent] = []
    var violations: [QuotaViolation] = []
    var closed: [PeriodBook] = []
    var ledger: [LedgerLine] = []
    var cancelled: [TaskID] = []
    /// Cancelled tasks go on all the same.
    var isStubborn = false
    private var ids: UInt64 = 0
    private var numbers: Int64 = 0

    init(_ operations: [DeclaredOperation], at now: Timestamp = Self.begin) {
        self.now = now
        book = OLTBook(Self.olt, now: now)
        declaration = OLTDeclaration(Self.olt, isEnabled: true, operations: operations)
    }

    var current: PeriodBook? { book.periods.first { $0.period.contains(now) } }

    mutating func declare(isEnabled: Bool = true, _ operations: [DeclaredOperation]? = nil) {
        declaration = OLTDeclaration(Self.olt, isEnabled: isEnabled, operations: operations ?? declaration.operations)
    }

    @discardableResult
    mutating func attend() -> BookChange {
        let standing = OLTStanding(declaration: declaration, name: "OLT-17", profile: "auto", limits: DeviceLimits(), onus: 100)
        let around = OLTBook.Surroundings(standing: standing, leaseIsHeld: leaseIsHeld, gaps: gaps, now: now)
        let change = book.attend(around, rules) {
            ids += 1
            return TaskID(high: 1, low: ids)
        }
        for emitted in change.emitted { tasks[emitted.task.id] = emitted }
        events += change.events
        violations += change.violations
        closed += change.closed
        cancelled += change.cancelled
        let ends = change.cancelsAll ? Array(tasks.keys) : change.cancelled
        for id in ends where !isStubborn {
            if let task = tasks[id] { finish(task, .ended(.cancelled)) }
        }
        return change
    }

    /// Attends each time the book wants it, until `end`; tasks that are due are answered by `answer`.
    mutating func play(
        until end: Timestamp,
        taking span: Duration = .seconds(20),
        _ answer: (PlannedTask) -> PlannedEnd.Verdict? = { _ in .succeeded }
    ) {
        while now < end {
            attend()
            let due = tasks.values.sorted { $0.task.dueAt < $1.task.dueAt }.first
            let next = min(book.wakeAt, due.map { max($0.task.dueAt, now) + span } ?? end, end)
            now = max(next, now + .milliseconds(100))
            guard let due, due.task.dueAt + span <= now else { continue }
            finish(due, after: span, answer(due))
        }
        attend()
    }

    /// `nil`: nobody takes it.
    mutating func finish(_ task: PlannedTask, after span: Duration = .seconds(20), _ verdict: PlannedEnd.Verdict?) {
        guard let verdict else { return }
        numbers += 1
        switch verdict {
        case .failed(_, isFinal: false): break
        case .succeeded, .failed, .ended: tasks[task.task.id] = nil
        }
        let end = PlannedEnd(
            reference: task.reference,
            task: task.task.id,
            number: DispatchNumber(numbers),
            verdict: verdict,
            startedAt: now - span,
            finishedAt: now
        )
        if let line = book.record(end, now: now) { ledger.append(line) }
    }

    func kinds() -> [CoordinatorEvent.Kind] { events.map(\.kind) }
}

extension PlannedTask {
    var operation: OperationType? {
        if case .slot(let operation, _, _) = reference.purpose { return operation }
        return nil
    }
}
