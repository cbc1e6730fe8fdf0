/// What the coordinator knows of one OLT's period: its plan and its quotas.
package struct PeriodBook: Hashable, Sendable {
    package enum PlanStatus: String, CaseIterable, Hashable, Sendable {
        case active = "ACTIVE"
        case completed = "COMPLETED"
        case superseded = "SUPERSEDED"
        case aborted = "ABORTED"
    }

    package let period: Period
    /// From 1; a new one supersedes.
    package var revision: Int
    package var status: PlanStatus
    /// Why this revision was made.
    package var reason: String
    package var madeAt: Timestamp
    /// By time.
    package var slots: [PlanSlot]
    /// By rank of the operation.
    package var trackers: [QuotaTracker]
    package var lastSlot: Int
    /// Why the plan is to be made anew when the book is next attended to.
    package var adjustment: String?
    /// What was required when it began takes longer than the period.
    package var isOverfull = false

    package init(
        period: Period,
        revision: Int = 1,
        status: PlanStatus = .active,
        reason: String,
        madeAt: Timestamp,
        slots: [PlanSlot] = [],
        trackers: [QuotaTracker] = [],
        lastSlot: Int = 0
    ) {
        self.period = period
        self.revision = revision
        self.status = status
        self.reason = reason
        self.madeAt = madeAt
        self.slots = slots
        self.trackers = trackers
        self.lastSlot = lastSlot
    }

    package func tracker(_ operation: OperationType) -> QuotaTracker? { trackers.first { $0.operation == operation } }

    /// Slots of an operation that are still to come or under way.
    package func open(_ operation: OperationType) -> Int {
        slots.count { slot in
            guard slot.operation == operation else { return false }
            switch slot.state {
            case .pending, .emitted: return true
            case .completed, .failed, .missed, .cancelled: return false
            }
        }
    }

    /// Required ones that are neither done nor to come.
    package func missing(_ tracker: QuotaTracker) -> Int { tracker.required - tracker.completed - open(tracker.operation) }

    /// Whether a task of the operation has not ended.
    package func isUnderWay(_ operation: OperationType) -> Bool {
        slots.contains { $0.operation == operation && $0.task != nil }
    }

    /// The plan as a row of history.
    package func head(of olt: OLTID, as status: PlanStatus? = nil) -> PlanHead {
        PlanHead(
            olt: olt,
            period: period,
            revision: revision,
            status: status ?? self.status,
            reason: reason,
            total: slots.count { $0.state != .cancelled },
            completed: slots.count { $0.state == .completed },
            failed: slots.count { $0.state == .failed || $0.state == .missed },
            skipped: trackers.reduce(0) { $0 + $1.skipped },
            madeAt: madeAt
        )
    }
}

/// One revision of a plan in numbers.
package struct PlanHead: Hashable, Sendable {
    package let olt: OLTID
    package let period: Period
    package let revision: Int
    package let status: PeriodBook.PlanStatus
    package let reason: String
    package let total: Int
    package let completed: Int
    /// Failed and missed slots.
    package let failed: Int
    package let skipped: Int
    package let madeAt: Timestamp

    package init(
        olt: OLTID,
        period: Period,
        revision: Int,
        status: PeriodBook.PlanStatus,
        reason: String,
        total: Int,
        completed: Int,
        failed: Int,
        skipped: Int,
        madeAt: Timestamp
    ) {
        self.olt = olt
        self.period = period
        self.revision = revision
        self.status = status
        self.reason = reason
        self.total = total
        self.completed = completed
        self.failed = failed
        self.skipped = skipped
        self.madeAt = madeAt
    }
}
