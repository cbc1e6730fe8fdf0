import Domain
import Postgres
import Wire

/// Takes numbers off rows: a task that goes round again waits, one that has ended leaves the live table.
struct EndWriter: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    func write(_ ends: [JudgedChange]) async throws(PostgresError) {
        let terminal = ends.filter(\.isTerminal)
        try await putBack(ends.filter { !$0.isTerminal })
        try await moveOut(terminal)
        try await freeUniqueKeys(terminal)
        try await count(terminal)
    }

    private func putBack(_ ends: [JudgedChange]) async throws(PostgresError) {
        guard !ends.isEmpty else { return }
        let faults = ends.map(\.fault)
        _ = try await connection.query(
            """
            update tasks t set
                state = 0, number = null, queued_at = null, published_at = null, watch_from = null, started_at = null, worker = null,
                attempt = b.attempt, workers_lost = b.workers_lost, deferrals = b.deferrals, due_at = coalesce(b.due_at, t.due_at),
                waiting_because = b.waiting_because, error_class = b.error_class, error_message = b.error_message,
                error_retryable = b.error_retryable, error_retry_after = b.error_retry_after
            from unnest(
                $1::uuid[], $2::int8[], $3::int4[], $4::int4[], $5::int4[], $6::timestamptz[], $7::text[], $8::text[], $9::text[],
                $10::bool[], $11::int8[]
            ) as b (
                id, number, attempt, workers_lost, deferrals, due_at, waiting_because, error_class, error_message, error_retryable,
                error_retry_after
            )
            where t.id = b.id and t.number = b.number and t.state + 0 = 1
            """,
            [
                .uuids(ends.map(\.row.standing.id)), .int64s(ends.map { $0.number?.value }), .int32s(ends.map { Int32($0.attemptAfter) }),
                .int32s(ends.map { Int32($0.workersLostAfter) }), .int32s(ends.map { Int32($0.deferralsAfter) }),
                .times(ends.map(\.dueAfter)), .texts(ends.map(\.waitingBecause)), .texts(faults.map { $0?.errorClass }),
                .texts(faults.map { $0?.message }), .bools(faults.map { $0?.retryable }),
                .int64s(faults.map { $0?.retryAfter?.microseconds }),
            ]
        )
    }

    private func moveOut(_ ends: [JudgedChange]) async throws(PostgresError) {
        guard !ends.isEmpty else { return }
        let faults = ends.map(\.fault)
        _ = try await connection.query(
            Self.moveOutSQL,
            [
                .uuids(ends.map(\.row.standing.id)), .int64s(ends.map { $0.number?.value }), .codes(ends.map(\.stateAfter)),
                .int32s(ends.map { Int32($0.workersLostAfter) }), .times(ends.map { $0.outcome?.startedAt }),
                .times(ends.map { $0.outcome?.finishedAt ?? now }), .texts(ends.map { ($0.outcome?.worker ?? $0.row.worker)?.text }),
                .texts(ends.map(\.resultText)), .texts(faults.map { $0?.errorClass }), .texts(faults.map { $0?.message }),
                .bools(faults.map { $0?.retryable }), .int64s(faults.map { $0?.retryAfter?.microseconds }),
                .int64s(ends.map { $0.numberStillAbout?.value }), .time(now),
            ]
        )
    }

    /// The task has ended: its name is free, unless it stands for a time of its own.
    private func freeUniqueKeys(_ ends: [JudgedChange]) async throws(PostgresError) {
        let named = ends.compactMap { judged in judged.row.uniqueKey.map { (key: $0, task: judged.row.standing.id) } }
        guard !named.isEmpty else { return }
        _ = try await connection.query(
            """
            delete from unique_keys u using unnest($1::text[], $2::uuid[]) as b (key, task)
            where u.key = b.key and u.task = b.task and u.until is null
            """,
            [.texts(named.map(\.key.text)), .uuids(named.map(\.task))]
        )
    }

    /// How many tasks ended in which state; sharded, so that writers do not wait for each other.
    private func count(_ ends: [JudgedChange]) async throws(PostgresError) {
        guard !ends.isEmpty else { return }
        let counts = ends.reduce(into: [TaskState: Int64]()) { $0[$1.stateAfter, default: 0] += 1 }
        let sorted = counts.sorted { $0.key.rawValue < $1.key.rawValue }
        _ = try await connection.query(
            """
            insert into endings (state, shard, count)
            select b.state, pg_backend_pid() % 16, b.count from unnest($1::int2[], $2::int8[]) as b (state, count)
            on conflict (state, shard) do update set count = endings.count + excluded.count
            """,
            [.codes(sorted.map(\.key)), .int64s(sorted.map(\.value))]
        )
    }

    private static let moveOutSQL = """
        with gone as (
            delete from tasks t
            using unnest(
                $1::uuid[], $2::int8[], $3::int2[], $4::int4[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::text[], $9::text[],
                $10::text[], $11::bool[], $12::int8[], $13::int8[]
            ) as b (
                task, fence, end_state, lost, began, ended, runner, outcome, fault_class, fault_message, fault_retryable, fault_pause, about
            )
            where t.id = b.task and t.number is not distinct from b.fence
            returning t.*, b.*
        )
        insert into tasks_done (
            id, kind, payload, priority, class, state, exclusion_key, olt, attempt, max_attempts, backoff_base, backoff_factor,
            backoff_ceiling, timeout, number, due_at, created_at, started_at, finished_at, worker, labels, source, retry_of, workers_lost,
            deferrals, result, error_class, error_message, error_retryable, error_retry_after, deadline, base_priority, aged_at, unique_key,
            unique_for, trace_parent, ended_at
        )
        select id, kind, payload, priority, class, end_state, exclusion_key, olt, attempt, max_attempts, backoff_base, backoff_factor,
            backoff_ceiling, timeout, about, due_at, created_at, coalesce(began, started_at), ended, coalesce(runner, worker), labels, source,
            retry_of, lost, deferrals, outcome::jsonb, fault_class, fault_message, fault_retryable, fault_pause, deadline, base_priority,
            aged_at, unique_key, unique_for, trace_parent, $14::timestamptz
        from gone
        """
}

extension JudgedChange {
    /// The result as JSON; nothing while the task is not done.
    fileprivate var resultText: String? {
        guard case .succeeded = change, let outcome, !outcome.result.isEmpty else { return nil }
        return PayloadJSON.encode(outcome.result)
    }

    /// The number of a plain task that was ended in its lane: a worker may still meet the message.
    fileprivate var numberStillAbout: DispatchNumber? {
        guard case .ended = change, outcome == nil, row.key == nil else { return nil }
        return number
    }
}
