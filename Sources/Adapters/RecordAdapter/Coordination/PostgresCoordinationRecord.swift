package import Domain
package import Logging
import Postgres

/// The coordinator's memory in PostgreSQL.
package struct PostgresCoordinationRecord: CoordinationRecord {
    let database: RecordDatabase
    private let log: Logger

    package init(database: RecordDatabase, log: Logger) {
        self.database = database
        self.log = log
    }

    // MARK: The loop

    package func dueBooks(limit: Int, now: Timestamp) async throws(RecordError) -> [DueBook] {
        try await database.read("look for due books") { connection throws(PostgresError) in
            let found = try await connection.query(
                "select olt, awaits_lease from olt_books where wake_at <= $1 order by wake_at, olt limit $2",
                [.time(now), .int64(Int64(max(0, limit)))]
            )
            return try found.rows.read { row throws(PostgresError) in DueBook(olt: OLTID(try row.int64()), awaitsLease: try row.bool()) }
        }
    }

    package func attend(_ attendance: Attendance) async throws(RecordError) -> AttendanceReport {
        guard !attendance.olts.isEmpty else { return AttendanceReport() }
        let done = try await database.write("attend to books", under: LeaderGuard(.coordinator, term: attendance.term)) {
            connection throws(PostgresError) in
            try await AttendanceWork(connection: connection, attendance: attendance).run()
        }
        for fault in done.unreadable {
            log.error(
                "a book cannot be read, nothing is planned for its OLT",
                metadata: ["olt": "\(fault.olt)", "error": "\(fault.reason)"]
            )
        }
        return done.report
    }

    package func noteTick(_ tick: CoordinatorTick) async throws(RecordError) -> CoordinatorTick? {
        try await database.write("note a turn", under: LeaderGuard(.coordinator, term: tick.term)) { connection throws(PostgresError) in
            let last = try await Self.lastTick(on: connection)
            _ = try await connection.query(
                """
                insert into coordinator_ticks (singular, term, holder, at, took, olts) values (true, $1, $2, $3, $4, $5)
                on conflict (singular) do update set
                    term = excluded.term, holder = excluded.holder, at = excluded.at, took = excluded.took, olts = excluded.olts
                """,
                [
                    .int64(tick.term.value), .text(tick.holder), .time(tick.at), .int64(tick.took.microseconds),
                    .int32(Int32(clamping: tick.olts)),
                ]
            )
            return last
        }
    }

    package func note(_ gap: ServiceGap, term: Term) async throws(RecordError) {
        try await database.write("note a gap", under: LeaderGuard(.coordinator, term: term)) { connection throws(PostgresError) in
            _ = try await connection.query(
                gap.until == nil ? Self.openGap : Self.endGap,
                [.text(gap.kind.rawValue), .time(gap.from)]
                    + (gap.until.map { [.time($0)] } ?? [])
            )
        }
    }

    package func gaps(since: Timestamp) async throws(RecordError) -> [ServiceGap] {
        try await database.read("look for gaps") { connection throws(PostgresError) in
            let found = try await connection.query(
                "select kind, began_at, ended_at from service_gaps where ended_at is null or ended_at > $1 order by began_at, kind",
                [.time(since)]
            )
            return try found.rows.read { row throws(PostgresError) in
                ServiceGap(try row.word(), from: try row.timestamp(), until: try row.timestampIfAny())
            }
        }
    }

    package func log(_ events: [CoordinatorEvent], term: Term) async throws(RecordError) {
        guard !events.isEmpty else { return }
        try await database.write("log events", under: LeaderGuard(.coordinator, term: term)) { connection throws(PostgresError) in
            try await HistoryWriter(connection: connection).log(events.map { ($0, nil) })
        }
    }

    package func sweep(_ keep: CoordinationRetention, batch: Int, term: Term, now: Timestamp) async throws(RecordError) -> Int {
        try await database.write("sweep the coordinator's memory", under: LeaderGuard(.coordinator, term: term)) {
            connection throws(PostgresError) in
            let swept = try await connection.query(
                Self.sweepSQL,
                [
                    .time(now - .days(keep.logDays)), .time(now - .days(keep.quotaDays)), .time(now - .days(keep.violationDays)),
                    .int64(Int64(max(1, batch))),
                ]
            )
            return Int(try swept.rows[0].int64(0))
        }
    }

    // MARK: Parts

    static func lastTick(on connection: PostgresConnection) async throws(PostgresError) -> CoordinatorTick? {
        let found = try await connection.query("select term, holder, at, took, olts from coordinator_ticks")
        return try found.rows.read { row throws(PostgresError) in
            CoordinatorTick(
                term: Term(try row.int64()),
                holder: try row.text(),
                at: try row.timestamp(),
                took: try row.duration(),
                olts: try row.whole()
            )
        }.first
    }

    private static let openGap = """
        insert into service_gaps (kind, began_at)
        select $1, $2 where not exists (select from service_gaps where kind = $1 and ended_at is null)
        on conflict do nothing
        """

    private static let endGap = """
        with ended as (
            update service_gaps set ended_at = $3 where kind = $1 and ended_at is null returning kind
        )
        insert into service_gaps (kind, began_at, ended_at)
        select $1, $2, $3 where not exists (select from ended) and $3::timestamptz > $2::timestamptz
        on conflict do nothing
        """

    /// Each table by its own age, at most a batch of each.
    private static let sweepSQL = """
        with log as (
            delete from coordinator_log where id in (select id from coordinator_log where at < $1 order by at limit $4) returning 1
        ),
        ledger as (
            delete from quota_ledger
            where number in (select number from quota_ledger where finished_at < $2 order by finished_at limit $4) returning 1
        ),
        plan as (
            delete from plans where ctid = any (array(select ctid from plans where period_end < $2 order by period_end limit $4)) returning 1
        ),
        tracker as (
            delete from quota_trackers
            where ctid = any (array(select ctid from quota_trackers where period_start < $2 and period_end < $2 order by period_start limit $4))
            returning 1
        ),
        violation as (
            delete from quota_violations
            where id in (select id from quota_violations where created_at < $3 order by created_at limit $4) returning 1
        ),
        gap as (
            delete from service_gaps
            where ctid = any (array(select ctid from service_gaps where ended_at < $2 order by ended_at limit $4)) returning 1
        )
        select (select count(*) from log) + (select count(*) from ledger) + (select count(*) from plan) + (select count(*) from tracker)
            + (select count(*) from violation) + (select count(*) from gap)
        """
}

extension Duration {
    fileprivate static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
