import Domain
import Postgres

/// Writes what runs reported: beside the live tasks, or among the ended ones together with what the task had before.
struct AttemptWriter: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    /// `starts` holds starts that were reported in the same batch.
    func write(_ ends: [JudgedChange], starts: [TaskID: Timestamp]) async throws(PostgresError) {
        let runs = ends.filter(\.hadRun)
        try await insert(runs.filter { !$0.isTerminal }, starts, into: "attempts", ended: false)
        try await insert(runs.filter(\.isTerminal), starts, into: "attempts_done", ended: true)
        try await moveEarlier(ends.filter(\.isTerminal).map(\.row.standing.id))
    }

    private func insert(
        _ ends: [JudgedChange],
        _ starts: [TaskID: Timestamp],
        into table: String,
        ended: Bool
    ) async throws(PostgresError) {
        guard !ends.isEmpty else { return }
        let faults = ends.map(\.reportedFault)
        var parameters: [PostgresValue] = [
            .int64s(ends.map { $0.number?.value }), .uuids(ends.map(\.row.standing.id)),
            .int32s(ends.map { Int32($0.row.standing.attempt) }), .texts(ends.map(\.worker.text)), .texts(ends.map(\.word)),
            .times(ends.map { $0.outcome?.startedAt ?? starts[$0.row.standing.id] ?? $0.row.startedAt }),
            .times(ends.map { $0.outcome?.finishedAt ?? now }),
            .int32s(ends.map { Int32(truncatingIfNeeded: $0.outcome?.redeliveries ?? 0) }), .texts(faults.map { $0?.errorClass }),
            .texts(faults.map { $0?.message }), .bools(faults.map { $0?.retryable }), .int64s(faults.map { $0?.retryAfter?.microseconds }),
            .texts(ends.map { ($0.outcome?.traceParent ?? $0.row.traceParent)?.description }),
        ]
        if ended { parameters.append(.time(now)) }
        _ = try await connection.query(
            """
            insert into \(table) (
                number, task, attempt, worker, outcome, started_at, finished_at, redeliveries,
                error_class, error_message, error_retryable, error_retry_after, trace_parent\(ended ? ", ended_at" : "")
            )
            select b.*\(ended ? ", $14::timestamptz" : "")
            from unnest(
                $1::int8[], $2::uuid[], $3::int4[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::int4[],
                $9::text[], $10::text[], $11::bool[], $12::int8[], $13::text[]
            ) as b
            \(ended ? "" : "on conflict (number) do nothing")
            """,
            parameters
        )
    }

    private func moveEarlier(_ tasks: [TaskID]) async throws(PostgresError) {
        guard !tasks.isEmpty else { return }
        _ = try await connection.query(
            """
            with moved as (delete from attempts where task = any($1) returning *)
            insert into attempts_done select *, $2::timestamptz from moved
            """,
            [.uuids(tasks), .time(now)]
        )
    }
}

extension JudgedChange {
    /// A number that was never granted had no attempt.
    fileprivate var hadRun: Bool {
        guard number != nil else { return false }
        if outcome != nil { return true }
        switch change {
        case .retry, .dead: return true
        case .stale, .started, .succeeded, .release, .ended, .watch: return false
        }
    }

    /// What the attempt reported, for its own record.
    fileprivate var reportedFault: TaskFault? {
        switch outcome?.verdict {
        case .interrupted(let reason): TaskFault("interrupted", reason, retryable: true)
        case .deferred(let deferral): TaskFault(deferral.reason.rawValue, "not run", retryable: true, retryAfter: deferral.retryAfter)
        case .failed(let reported): reported
        case .started, .succeeded, .seen, .suspect, nil: fault
        }
    }
}
