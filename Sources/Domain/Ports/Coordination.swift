/// What remembers the coordinator's books, plans, quotas and decisions.
///
/// Every writing method is one transaction that begins with the term: of a term that is over nothing is written, `.deposed` is thrown.
package protocol CoordinationRecord: Sendable {
    // MARK: The loop

    /// OLTs whose books are due: those first that have no book yet, then those that have been due for longest.
    func dueBooks(limit: Int, now: Timestamp) async throws(RecordError) -> [DueBook]

    /// Attends to books: locks them, makes those that are missing, asks `OLTBook.attend`, and writes what it answers, tasks and cancellations included.
    ///
    /// OLTs that do not exist are passed over. Order of locks: exclusion keys of the OLTs, books by id, tasks.
    func attend(_ attendance: Attendance) async throws(RecordError) -> AttendanceReport

    /// Notes that the loop turned; the answer is the turn before it, of whatever term.
    func noteTick(_ tick: CoordinatorTick) async throws(RecordError) -> CoordinatorTick?

    /// A gap without an end opens one, unless one of its kind is open; with an end it ends the open one, or is written whole.
    ///
    /// One that ends as it begins and has nothing to end is not written.
    func note(_ gap: ServiceGap, term: Term) async throws(RecordError)

    /// Gaps that ended after `since`, and open ones.
    func gaps(since: Timestamp) async throws(RecordError) -> [ServiceGap]

    /// Writes events that belong to no book.
    func log(_ events: [CoordinatorEvent], term: Term) async throws(RecordError)

    /// Deletes what is older, at most `batch` rows of each table: log, ledger, plans, trackers, violations, gaps.
    ///
    /// - Returns: rows deleted; a table may hold more while it is a multiple of `batch`.
    func sweep(_ keep: CoordinationRetention, batch: Int, term: Term, now: Timestamp) async throws(RecordError) -> Int

    // MARK: Looking

    /// The book of one OLT; `nil`: there is none yet.
    func book(of olt: OLTID) async throws(RecordError) -> OLTBook?

    /// Newest revision first.
    func plans(of olt: OLTID, limit: Int) async throws(RecordError) -> [PlanHead]

    /// Newest period first, within it by OLT and operation.
    func quotas(_ filter: QuotaFilter) async throws(RecordError) -> Page<QuotaRow>

    /// Newest first.
    func violations(_ filter: ViolationFilter) async throws(RecordError) -> Page<ViolationRow>

    func violation(_ id: Int64) async throws(RecordError) -> ViolationRow?

    /// Newest first.
    func events(_ filter: CoordinatorEventFilter) async throws(RecordError) -> Page<CoordinatorLogRow>

    /// Counted runs of one OLT since then, newest first.
    func runs(of olt: OLTID, since: Timestamp, limit: Int) async throws(RecordError) -> [LedgerLine]

    /// The loop's last turn.
    func lastTick() async throws(RecordError) -> CoordinatorTick?
}

package struct DueBook: Hashable, Sendable {
    package let olt: OLTID
    /// It waits for its lease to be free: the lease store has to be asked first.
    package let awaitsLease: Bool

    package init(olt: OLTID, awaitsLease: Bool) {
        self.olt = olt
        self.awaitsLease = awaitsLease
    }
}

/// Books to be attended to, and all that the machine has to know for it.
package struct Attendance: Sendable {
    package let olts: [OLTID]
    /// Of those that wait for their lease: it is held still.
    package let heldLeases: Set<OLTID>
    package let gaps: [ServiceGap]
    package let rules: CoordinationRules
    package let term: Term
    package let makeID: @Sendable () -> TaskID
    package let now: Timestamp

    package init(
        olts: [OLTID],
        heldLeases: Set<OLTID> = [],
        gaps: [ServiceGap] = [],
        rules: CoordinationRules,
        term: Term,
        makeID: @escaping @Sendable () -> TaskID,
        now: Timestamp
    ) {
        self.olts = olts
        self.heldLeases = heldLeases
        self.gaps = gaps
        self.rules = rules
        self.term = term
        self.makeID = makeID
        self.now = now
    }
}

/// What attending did.
package struct AttendanceReport: Hashable, Sendable {
    /// What the books stand on now: what state hashes are made of.
    package var declarations: [OLTDeclaration] = []
    /// Tasks that were written.
    package var emitted = 0
    /// What became of the tasks that were to end, and whom to tell.
    package var endings = EndingReport()
    package var events: [CoordinatorEvent] = []
    package var violations = 0
    /// Some of the emitted are due already.
    package var due = 0

    package init() {}
}

/// One turn of the loop.
package struct CoordinatorTick: Hashable, Sendable {
    package let term: Term
    package let holder: String
    package let at: Timestamp
    package let took: Duration
    /// Books attended to.
    package let olts: Int

    package init(term: Term, holder: String, at: Timestamp, took: Duration, olts: Int) {
        self.term = term
        self.holder = holder
        self.at = at
        self.took = took
        self.olts = olts
    }
}

/// For how many days each is kept.
package struct CoordinationRetention: Hashable, Sendable {
    /// 1…3650.
    package var logDays = 7
    /// Plans, trackers and the ledger, 1…3650.
    package var quotaDays = 30
    /// 1…3650.
    package var violationDays = 365

    package init() {}
}

package struct QuotaFilter: Hashable, Sendable {
    package var olt: OLTID?
    /// The period's start.
    package var period: Timestamp?
    /// `nil` period: only periods that have not ended.
    package var isRunning = true
    package var isAtRisk = false
    package var limit = 50
    package var cursor: String?

    package init() {}
}

/// A tracker with the OLT and the period it belongs to.
package struct QuotaRow: Hashable, Sendable {
    package let olt: OLTID
    package let oltName: String
    package let period: Period
    package let tracker: QuotaTracker

    package init(olt: OLTID, oltName: String, period: Period, tracker: QuotaTracker) {
        self.olt = olt
        self.oltName = oltName
        self.period = period
        self.tracker = tracker
    }
}

package struct ViolationFilter: Hashable, Sendable {
    package var olt: OLTID?
    /// Empty: all.
    package var severities: [QuotaViolation.Severity] = []
    package var since: Timestamp?
    package var limit = 50
    package var cursor: String?

    package init() {}
}

package struct ViolationRow: Hashable, Sendable {
    package let id: Int64
    package let oltName: String
    package let violation: QuotaViolation
    package let notifiedAt: Timestamp?

    package init(id: Int64, oltName: String, violation: QuotaViolation, notifiedAt: Timestamp?) {
        self.id = id
        self.oltName = oltName
        self.violation = violation
        self.notifiedAt = notifiedAt
    }
}

package struct CoordinatorEventFilter: Hashable, Sendable {
    package var olt: OLTID?
    /// Only those that concern all.
    package var isGlobal = false
    package var level: CoordinatorEvent.Level = .debug
    /// Empty: all.
    package var kinds: [CoordinatorEvent.Kind] = []
    /// A part of the message.
    package var text: String?
    /// Only younger ones than this row, oldest first: to follow the log.
    package var after: Int64?
    package var limit = 50
    package var cursor: String?

    package init() {}
}

package struct CoordinatorLogRow: Hashable, Sendable {
    package let id: Int64
    package let oltName: String?
    package let event: CoordinatorEvent

    package init(id: Int64, oltName: String?, event: CoordinatorEvent) {
        self.id = id
        self.oltName = oltName
        self.event = event
    }
}
