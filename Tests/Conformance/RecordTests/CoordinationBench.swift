import Domain
import Synchronization

extension Bench {
    static let discovery = DeclaredOperation(.discovery, cadence: .perPeriod(4))
    static let status = DeclaredOperation(.get(.status), cadence: .perPeriod(6))

    /// The begin of a period that is not over when the test is.
    var hour: Timestamp { Period(containing: now + .seconds(600), length: .seconds(3600)).start }

    /// Short looks ahead, so that tasks are due when they are written.
    static var rules: CoordinationRules {
        var rules = CoordinationRules()
        rules.horizon = .seconds(1)
        return rules
    }

    /// Takes over.
    func lead(_ holder: String = "a") async throws -> Term {
        let mark = try await leaders.look(.coordinator)?.mark
        guard let term = try await leaders.claim(.coordinator, for: holder, seen: mark, now: now) else { throw Missing("a term") }
        return term
    }

    @discardableResult
    func attend(
        _ olts: OLT...,
        term: Term,
        at time: Timestamp,
        held: Set<OLTID> = [],
        gaps: [ServiceGap] = [],
        rules: CoordinationRules = Bench.rules
    ) async throws -> AttendanceReport {
        let attendance = Attendance(
            olts: olts.map(\.id),
            heldLeases: held,
            gaps: gaps,
            rules: rules,
            term: term,
            makeID: {
                var chance = SystemRandomNumberGenerator()
                return TaskID(at: time, using: &chance)
            },
            now: time
        )
        return try await coordination.attend(attendance)
    }

    /// Attends until the book has made a task that is due, and dispatches it.
    func nextRun(of olt: OLT, term: Term, from time: Timestamp, rules: CoordinationRules = Bench.rules) async throws -> Run {
        var time = time
        for _ in 0..<20 {
            try await attend(olt, term: term, at: time, rules: rules)
            let due = time + rules.horizon
            if let task = try await dispatch(at: due).first { return Run(task: task, at: due) }
            guard let wakeAt = try await coordination.book(of: olt.id)?.wakeAt else { throw Missing("a book") }
            time = max(time + .seconds(1), wakeAt)
        }
        throw Missing("a task of \(olt.name)")
    }

    /// Plays the leader and a fleet until `end`: what is due is run and answered at once.
    func play(
        _ olt: OLT,
        term: Term,
        from begin: Timestamp,
        until end: Timestamp,
        rules: CoordinationRules = Bench.rules,
        _ answer: (DispatchedTask) -> Verdict = { _ in .succeeded }
    ) async throws {
        var time = begin
        while time < end {
            try await attend(olt, term: term, at: time, rules: rules)
            for task in try await dispatch(at: time + rules.horizon) {
                try await record(outcome(Run(task: task, at: time + rules.horizon), answer(task)), at: time + .seconds(20))
            }
            guard let wakeAt = try await coordination.book(of: olt.id)?.wakeAt else { throw Missing("a book") }
            time = max(time + .seconds(20), min(wakeAt, end))
        }
    }

    /// A dispatched task and when it was.
    struct Run: Sendable {
        let task: DispatchedTask
        let at: Timestamp
    }

    /// What a run of 15 s reports.
    func outcome(_ run: Run, _ verdict: Verdict) -> Outcome {
        Outcome(
            task: run.task.id,
            number: run.task.number,
            attempt: run.task.attempt,
            worker: WorkerID("w-1"),
            run: RunToken(1),
            verdict: verdict,
            startedAt: run.at,
            finishedAt: run.at + .seconds(15)
        )
    }

    func quotas(_ olt: OLT) async throws -> [OperationType: QuotaTracker] {
        var filter = QuotaFilter()
        filter.olt = olt.id
        let rows = try await coordination.quotas(filter).items
        return Dictionary(rows.map { ($0.tracker.operation, $0.tracker) }, uniquingKeysWith: { first, _ in first })
    }

    func kinds(_ olt: OLT?) async throws -> [CoordinatorEvent.Kind] {
        var filter = CoordinatorEventFilter()
        filter.olt = olt?.id
        filter.after = 0
        return try await coordination.events(filter).items.map(\.event.kind)
    }

    func ledger(_ olt: OLT) async throws -> [LedgerLine] {
        try await coordination.runs(of: olt.id, since: hour - .seconds(86_400), limit: 1000)
    }

    /// All pages of a list, and each page's size.
    func pages<Item>(_ ask: (String?) async throws -> Page<Item>) async throws -> (items: [Item], sizes: [Int]) {
        var items: [Item] = []
        var sizes: [Int] = []
        var cursor: String?
        repeat {
            let page = try await ask(cursor)
            items += page.items
            sizes.append(page.items.count)
            cursor = page.next
        } while cursor != nil && sizes.count < 100
        return (items, sizes)
    }
}
