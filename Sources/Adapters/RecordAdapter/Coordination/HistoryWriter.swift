import Domain
import Postgres
import Wire

/// Writes what people ask of books later: plans, quotas, the ledger, violations and the log.
struct HistoryWriter: Sendable {
    let connection: PostgresConnection

    /// - Returns: violations that are new.
    @discardableResult
    func write(_ turns: [BookTurn]) async throws(PostgresError) -> Int {
        var heads: [PlanHead] = []
        var trackers: [(olt: OLTID, row: PeriodTracker)] = []
        for turn in turns {
            let history = turn.after.history(since: turn.before, turn.change)
            heads += history.heads
            trackers += history.trackers.map { (turn.after.olt, $0) }
        }
        try await write(heads)
        try await write(trackers)
        try await write(turns.flatMap(\.ledger))
        let violations = turns.flatMap { turn in turn.change.violations.map { (violation: $0, name: turn.name) } }
        let events = turns.flatMap { turn in turn.change.events.map { (event: $0, name: turn.name) } }
        try await log(events)
        return try await write(violations)
    }

    private func write(_ heads: [PlanHead]) async throws(PostgresError) {
        guard !heads.isEmpty else { return }
        _ = try await connection.query(
            """
            insert into plans (olt, period_start, period_end, revision, status, reason, total, completed, failed, skipped, made_at)
            select * from unnest(
                $1::int8[], $2::timestamptz[], $3::timestamptz[], $4::int4[], $5::text[], $6::text[], $7::int4[], $8::int4[], $9::int4[],
                $10::int4[], $11::timestamptz[]
            )
            on conflict (olt, period_start, revision) do update set
                status = excluded.status, reason = excluded.reason, total = excluded.total, completed = excluded.completed,
                failed = excluded.failed, skipped = excluded.skipped, made_at = excluded.made_at
            """,
            [
                .int64s(heads.map(\.olt.value)), .times(heads.map(\.period.start)), .times(heads.map(\.period.end)),
                .int32s(heads.map { Int32(clamping: $0.revision) }), .texts(heads.map(\.status.rawValue)), .texts(heads.map(\.reason)),
                .int32s(heads.map { Int32(clamping: $0.total) }), .int32s(heads.map { Int32(clamping: $0.completed) }),
                .int32s(heads.map { Int32(clamping: $0.failed) }), .int32s(heads.map { Int32(clamping: $0.skipped) }),
                .times(heads.map(\.madeAt)),
            ]
        )
    }

    private func write(_ rows: [(olt: OLTID, row: PeriodTracker)]) async throws(PostgresError) {
        guard !rows.isEmpty else { return }
        let trackers = rows.map(\.row.tracker)
        _ = try await connection.query(
            """
            insert into quota_trackers (
                olt, operation, period_start, period_end, required, completed, failed, skipped, status, risk, last_error
            )
            select * from unnest(
                $1::int8[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::int4[], $6::int4[], $7::int4[], $8::int4[], $9::text[],
                $10::text[], $11::text[]
            )
            on conflict (period_start, olt, operation) do update set
                period_end = excluded.period_end, required = excluded.required, completed = excluded.completed, failed = excluded.failed,
                skipped = excluded.skipped, status = excluded.status, risk = excluded.risk, last_error = excluded.last_error
            """,
            [
                .int64s(rows.map(\.olt.value)), .texts(trackers.map(\.operation.word)), .times(rows.map(\.row.period.start)),
                .times(rows.map(\.row.period.end)), .int32s(trackers.map { Int32(clamping: $0.required) }),
                .int32s(trackers.map { Int32(clamping: $0.completed) }), .int32s(trackers.map { Int32(clamping: $0.failed) }),
                .int32s(trackers.map { Int32(clamping: $0.skipped) }), .texts(trackers.map(\.status.rawValue)),
                .texts(trackers.map { $0.risk?.withoutZero }), .texts(trackers.map { $0.lastError?.withoutZero }),
            ]
        )
    }

    private func write(_ lines: [LedgerLine]) async throws(PostgresError) {
        guard !lines.isEmpty else { return }
        _ = try await connection.query(
            """
            insert into quota_ledger (number, task, olt, operation, period_start, slot, verdict, started_at, finished_at)
            select * from unnest(
                $1::int8[], $2::uuid[], $3::int8[], $4::text[], $5::timestamptz[], $6::int4[], $7::text[], $8::timestamptz[],
                $9::timestamptz[]
            )
            """,
            [
                .numbers(lines.map(\.number)), .uuids(lines.map(\.task)), .int64s(lines.map(\.olt.value)),
                .texts(lines.map(\.operation.word)), .times(lines.map(\.period)), .int32s(lines.map { Int32(clamping: $0.slot) }),
                .texts(lines.map(\.verdict.rawValue)), .times(lines.map(\.startedAt)), .times(lines.map(\.finishedAt)),
            ]
        )
    }

    private func write(_ violations: [(violation: QuotaViolation, name: String?)]) async throws(PostgresError) -> Int {
        guard !violations.isEmpty else { return 0 }
        let all = violations.map(\.violation)
        let written = try await connection.query(
            """
            insert into quota_violations (
                olt, olt_name, period_start, period_end, severity, completion, causes, report, created_at
            )
            select b.olt, b.name, b.period_start, b.period_end, b.severity, b.completion, string_to_array(b.causes, ','), b.report::jsonb,
                b.created_at
            from unnest(
                $1::int8[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::float8[], $7::text[], $8::text[],
                $9::timestamptz[]
            ) as b (olt, name, period_start, period_end, severity, completion, causes, report, created_at)
            order by b.olt, b.period_start
            on conflict (olt, period_start) do nothing
            returning id
            """,
            [
                .int64s(all.map(\.olt.value)), .texts(violations.map { $0.name ?? "" }), .times(all.map(\.period.start)),
                .times(all.map(\.period.end)), .texts(all.map(\.severity.rawValue)), .doubles(all.map(\.completion)),
                .texts(all.map { $0.causes.map(\.rawValue).joined(separator: ",") }), .texts(all.map { PayloadJSON.encode($0.report) }),
                .times(all.map(\.createdAt)),
            ]
        )
        return written.rows.count
    }

    /// Writes events in their order.
    func log(_ events: [(event: CoordinatorEvent, name: String?)]) async throws(PostgresError) {
        guard !events.isEmpty else { return }
        let all = events.map(\.event)
        _ = try await connection.query(
            """
            insert into coordinator_log (at, olt, olt_name, type, level, message, details)
            select b.at, b.olt, coalesce(b.name, o.name), b.type, b.level, b.message, b.details::jsonb
            from unnest($1::timestamptz[], $2::int8[], $3::text[], $4::text[], $5::int2[], $6::text[], $7::text[]) with ordinality
                as b (at, olt, name, type, level, message, details, place)
            left join olts o on o.id = b.olt and b.name is null
            order by b.place
            """,
            [
                .times(all.map(\.at)), .int64s(all.map { $0.olt?.value }), .texts(events.map(\.name)), .texts(all.map(\.kind.rawValue)),
                .codes(all.map(\.level)), .texts(all.map(\.message.withoutZero)), .texts(all.map { PayloadJSON.encode($0.details) }),
            ]
        )
    }
}
