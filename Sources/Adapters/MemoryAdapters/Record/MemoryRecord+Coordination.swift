package import Domain

extension MemoryRecord: CoordinationRecord {
    package func dueBooks(limit: Int, now: Timestamp) async throws(RecordError) -> [DueBook] {
        with { $0.dueBooks(limit: limit, now: now) }
    }

    package func attend(_ attendance: Attendance) async throws(RecordError) -> AttendanceReport {
        try with { model throws(RecordError) in try model.attend(attendance) }
    }

    package func noteTick(_ tick: CoordinatorTick) async throws(RecordError) -> CoordinatorTick? {
        try with { model throws(RecordError) in try model.noteTick(tick) }
    }

    package func note(_ gap: ServiceGap, term: Term) async throws(RecordError) {
        try with { model throws(RecordError) in try model.note(gap, term: term) }
    }

    package func gaps(since: Timestamp) async throws(RecordError) -> [ServiceGap] { with { $0.coordination.gaps(since: since) } }

    package func log(_ events: [CoordinatorEvent], term: Term) async throws(RecordError) {
        try with { model throws(RecordError) in try model.log(events, term: term) }
    }

    package func sweep(_ keep: CoordinationRetention, batch: Int, term: Term, now: Timestamp) async throws(RecordError) -> Int {
        try with { model throws(RecordError) in try model.sweep(keep, batch: batch, term: term, now: now) }
    }

    package func book(of olt: OLTID) async throws(RecordError) -> OLTBook? { with { $0.coordination.books[olt] } }

    package func plans(of olt: OLTID, limit: Int) async throws(RecordError) -> [PlanHead] {
        with { $0.coordination.plans(of: olt, limit: limit) }
    }

    package func quotas(_ filter: QuotaFilter) async throws(RecordError) -> Page<QuotaRow> {
        with { $0.coordination.quotas(filter, names: $0.devices.names) }
    }

    package func violations(_ filter: ViolationFilter) async throws(RecordError) -> Page<ViolationRow> {
        with { $0.coordination.violations(filter) }
    }

    package func violation(_ id: Int64) async throws(RecordError) -> ViolationRow? {
        with { $0.coordination.violations.first { $0.id == id } }
    }

    package func events(_ filter: CoordinatorEventFilter) async throws(RecordError) -> Page<CoordinatorLogRow> {
        with { $0.coordination.events(filter) }
    }

    package func runs(of olt: OLTID, since: Timestamp, limit: Int) async throws(RecordError) -> [LedgerLine] {
        with { $0.coordination.runs(of: olt, since: since, limit: limit) }
    }

    package func lastTick() async throws(RecordError) -> CoordinatorTick? { with { $0.coordination.tick } }
}
