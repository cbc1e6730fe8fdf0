package import Domain

/// What an OLT is asked, when, and how it went: `GET /olts/ID/plan`.
package struct PlanShape: Codable, Hashable, Sendable {
    package struct Slot: Codable, Hashable, Sendable {
        package let id: Int
        package let operation: String
        package let at: String
        package let predictedSeconds: Double
        /// `planned`, `held` (until a probe is answered), `running` (a task was made of it), `completed`, `failed`, `missed`, `cancelled`.
        package let state: String
        @OrNull package var task: String?
        @OrNull package var startedAt: String?
        @OrNull package var finishedAt: String?
    }

    package struct Span: Codable, Hashable, Sendable {
        package let start: String
        package let end: String
        package let revision: Int
        package let status: String
        package let reason: String
        package let madeAt: String
        /// What was required when it began takes longer than the period.
        package let overfull: Bool
        package let slots: [Slot]
        package let quotas: [QuotaShape]
    }

    /// How long an operation takes on this OLT, and how well that is foreseen.
    package struct Timing: Codable, Hashable, Sendable {
        package let operation: String
        package let runs: Int
        /// `null` before the first success, as the two after it.
        @OrNull package var meanSeconds: Double?
        @OrNull package var p90Seconds: Double?
        @OrNull package var predictedSeconds: Double?
        /// Of what a run took, on the average; `null` before the first one.
        @OrNull package var predictionErrorPercent: Double?
        /// In the last day.
        package let succeeded: Int
        package let failed: Int
        /// 0 to 1; `null` where nothing ran.
        @OrNull package var successRate: Double?
        @OrNull package var lastRunAt: String?
    }

    package struct Condition: Codable, Hashable, Sendable {
        package let failuresInRow: Int
        @OrNull package var failingSince: String?
        /// Nothing is asked since then, until a probe is answered.
        @OrNull package var suspendedAt: String?
        @OrNull package var lastSuccessAt: String?
        @OrNull package var lastError: String?
        package let succeeded: Int
        package let failed: Int
    }

    package struct Revision: Codable, Hashable, Sendable {
        package let periodStart: String
        package let revision: Int
        package let status: String
        package let reason: String
        package let total: Int
        package let completed: Int
        package let failed: Int
        package let skipped: Int
        package let madeAt: String
    }

    package let olt: String
    package let oltId: Int64
    package let enabled: Bool
    /// The server's clock.
    package let now: String
    @OrNull package var condition: Condition?
    /// One that is being closed, the current one, the next one when it is near.
    package let periods: [Span]
    package let timings: [Timing]
    /// Newest first.
    package let revisions: [Revision]

    package init(_ summary: OLTSummary, book: OLTBook?, runs: [LedgerLine], heads: [PlanHead], now: Timestamp) {
        olt = summary.olt.name
        oltId = summary.olt.id.value
        enabled = summary.olt.enabled
        self.now = now.description
        condition = book.map { Condition($0.condition) }
        let bySlot = Dictionary(runs.map { (Place(period: $0.period, slot: $0.slot), $0) }, uniquingKeysWith: { newest, _ in newest })
        let isHeld = book?.condition.suspendedAt != nil
        periods = (book?.periods ?? []).map { Span($0, of: summary, bySlot, isHeld: isHeld) }
        timings = Self.timings(book, runs)
        revisions = heads.map(Revision.init)
    }

    private static func timings(_ book: OLTBook?, _ runs: [LedgerLine]) -> [Timing] {
        let byOperation = Dictionary(grouping: runs, by: \.operation)
        let known = Set(book.map { Array($0.durations.keys) } ?? []).union(byOperation.keys)
        return known.sorted().map { operation in
            Timing(operation, book?.durations[operation], byOperation[operation] ?? [])
        }
    }

    /// A slot's place among all runs.
    fileprivate struct Place: Hashable {
        let period: Timestamp
        let slot: Int
    }
}

extension PlanShape.Span {
    fileprivate init(_ book: PeriodBook, of summary: OLTSummary, _ runs: [PlanShape.Place: LedgerLine], isHeld: Bool) {
        start = book.period.start.description
        end = book.period.end.description
        revision = book.revision
        status = book.status.rawValue
        reason = book.reason
        madeAt = book.madeAt.description
        overfull = book.isOverfull
        slots = book.slots.map { slot in
            PlanShape.Slot(slot, runs[PlanShape.Place(period: book.period.start, slot: slot.id)], isHeld: isHeld)
        }
        quotas = book.trackers.map { tracker in
            QuotaShape(QuotaRow(olt: summary.olt.id, oltName: summary.olt.name, period: book.period, tracker: tracker))
        }
    }
}

extension PlanShape.Slot {
    fileprivate init(_ slot: PlanSlot, _ run: LedgerLine?, isHeld: Bool) {
        id = slot.id
        operation = slot.operation.word
        at = slot.at.description
        predictedSeconds = slot.predicted.inSeconds
        state = isHeld && slot.state == .pending ? "held" : slot.state.word
        task = (slot.task ?? run?.task)?.description
        startedAt = run?.startedAt?.description
        finishedAt = run?.finishedAt.description
    }
}

extension PlanShape.Timing {
    fileprivate init(_ operation: OperationType, _ model: DurationModel?, _ lines: [LedgerLine]) {
        self.operation = operation.word
        runs = model?.runs ?? 0
        meanSeconds = model.map { $0.mean / 1000 }
        p90Seconds = model.map { $0.ninetieth / 1000 }
        predictedSeconds = model?.predicted.inSeconds
        predictionErrorPercent = model?.error.map { ($0 * 1000).rounded() / 10 }
        succeeded = lines.count { $0.verdict == .completed }
        failed = lines.count - succeeded
        successRate = lines.isEmpty ? nil : Double(succeeded) / Double(lines.count)
        lastRunAt = lines.map(\.finishedAt).max()?.description
    }
}

extension PlanShape.Condition {
    fileprivate init(_ condition: OLTCondition) {
        failuresInRow = condition.failuresInRow
        failingSince = condition.failingSince?.description
        suspendedAt = condition.suspendedAt?.description
        lastSuccessAt = condition.lastSuccessAt?.description
        lastError = condition.lastError
        succeeded = condition.succeeded
        failed = condition.failed
    }
}

extension PlanShape.Revision {
    fileprivate init(_ head: PlanHead) {
        periodStart = head.period.start.description
        revision = head.revision
        status = head.status.rawValue
        reason = head.reason
        total = head.total
        completed = head.completed
        failed = head.failed
        skipped = head.skipped
        madeAt = head.madeAt.description
    }
}

extension PlanSlot.State {
    /// The word for it in answers.
    fileprivate var word: String {
        switch self {
        case .pending: "planned"
        case .emitted: "running"
        case .completed: "completed"
        case .failed: "failed"
        case .missed: "missed"
        case .cancelled: "cancelled"
        }
    }
}

extension Duration {
    /// With milliseconds.
    var inSeconds: Double { Double(milliseconds) / 1000 }
}
