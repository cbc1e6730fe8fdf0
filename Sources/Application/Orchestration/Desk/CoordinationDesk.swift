package import Domain

/// What people and programs ask about the coordinator; every orchestrator answers, whoever leads.
package struct CoordinationDesk: Sendable {
    private let record: any CoordinationRecord
    private let leaders: any LeaderRecord
    private let time: TimeSource
    /// How long a period is.
    package let period: Duration
    /// A loop that has not turned for so long is late.
    package let lateAfter: Duration

    /// `every`: the pause between two turns of the loop.
    package init(record: any CoordinationRecord, leaders: any LeaderRecord, time: TimeSource, period: Duration, every: Duration) {
        self.record = record
        self.leaders = leaders
        self.time = time
        self.period = period
        lateAfter = max(.seconds(30), every * 6)
    }

    package var now: Timestamp { time.wall() }

    /// What an OLT is asked: its book, its runs of the last day and what its plans were.
    package func plan(of olt: OLTID) async throws(RecordError) -> (book: OLTBook?, runs: [LedgerLine], heads: [PlanHead]) {
        let book = try await record.book(of: olt)
        let runs = try await record.runs(of: olt, since: now - .seconds(86_400), limit: 10_000)
        return (book, runs, try await record.plans(of: olt, limit: 20))
    }

    /// Newest period first.
    package func quotas(_ filter: QuotaFilter) async throws(RecordError) -> Page<QuotaRow> { try await record.quotas(filter) }

    /// Newest first.
    package func violations(_ filter: ViolationFilter) async throws(RecordError) -> Page<ViolationRow> {
        try await record.violations(filter)
    }

    package func violation(_ id: Int64) async throws(RecordError) -> ViolationRow? { try await record.violation(id) }

    /// Newest first, unless the filter follows.
    package func events(_ filter: CoordinatorEventFilter) async throws(RecordError) -> Page<CoordinatorLogRow> {
        try await record.events(filter)
    }

    /// Who leads, and when the loop last turned.
    package func status() async throws(RecordError) -> (leader: LeaderState?, tick: CoordinatorTick?) {
        (try await leaders.look(.coordinator), try await record.lastTick())
    }
}
