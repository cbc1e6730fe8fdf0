import Domain
import Postgres
import Wire

/// Writes judged changes of locked rows, batch by batch: marks, ends, letters, device results, and who is next for a key.
struct ChangeWriter: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    func write(_ changes: [JudgedChange], into summary: inout RecordSummary) async throws(PostgresError) {
        let ends = changes.filter(\.isEnd)
        let ended = Set(ends.map(\.row.standing.id))
        try await markStarted(changes, ended: ended)
        try await markWatched(changes, into: &summary)
        guard !ends.isEmpty else { return }
        try await writeAttempts(ends, changes)
        try await writeEnds(ends)
        try await count(ends)
        try await LetterWriter(connection: connection, now: now).write(ends)
        try await DeviceResultWriter(connection: connection, now: now).write(ends)
        try await PartShelf(connection: connection).drop(ends.filter { $0.row.olt != nil }.map(\.number))
        summary.due += try await giveKeysUp(ends)
        summarize(ends, into: &summary)
    }

    // MARK: Marks

    private func markStarted(_ changes: [JudgedChange], ended: Set<TaskID>) async throws(PostgresError) {
        let started = changes.compactMap { judged -> (id: TaskID, at: Timestamp, worker: WorkerID)? in
            // What also ends in this batch gets its start with its end.
            guard case .started(let at) = judged.change, !ended.contains(judged.row.standing.id) else { return nil }
            return (judged.row.standing.id, at, judged.worker)
        }
        guard !started.isEmpty else { return }
        _ = try await connection.query(
            """
            update tasks t set started_at = b.at, worker = b.worker
            from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as b (id, at, worker)
            where t.id = b.id and t.state + 0 = 1
            """,
            [.uuids(started.map(\.id)), .times(started.map(\.at)), .texts(started.map(\.worker.text))]
        )
    }

    private func markWatched(_ changes: [JudgedChange], into summary: inout RecordSummary) async throws(PostgresError) {
        var watched: [(id: TaskID, from: Timestamp)] = []
        var highest: DispatchNumber?
        for judged in changes {
            guard case .watch(let from, let above) = judged.change else { continue }
            watched.append((judged.row.standing.id, from))
            highest = [highest, above].compactMap(\.self).max()
        }
        guard !watched.isEmpty else { return }
        summary.watched += watched.count
        _ = try await connection.query(
            """
            update tasks t set watch_from = b.at
            from (select distinct on (id) id, at from unnest($1::uuid[], $2::timestamptz[]) as b (id, at) order by id, at desc) as b
            where t.id = b.id and t.state + 0 = 1
            """,
            [.uuids(watched.map(\.id)), .times(watched.map(\.from))]
        )
        if let highest { try await moveSequence(above: highest) }
    }

    /// A key knows a higher number than the record: the database was restored.
    ///
    /// The margin covers numbers drawn meanwhile.
    private func moveSequence(above highest: DispatchNumber) async throws(PostgresError) {
        _ = try await connection.query(
            "select setval('dispatch_numbers', $1::int8 + 1000) from dispatch_numbers where last_value <= $1::int8",
            [.int64(highest.value)]
        )
    }

    // MARK: Ends

    private func writeAttempts(_ ends: [JudgedChange], _ changes: [JudgedChange]) async throws(PostgresError) {
        var starts: [TaskID: Timestamp] = [:]
        for judged in changes {
            if case .started(let at) = judged.change { starts[judged.row.standing.id] = at }
        }
        // A number that was never granted had no attempt.
        let ends = ends.filter { $0.outcome != nil || $0.fault != nil }
        guard !ends.isEmpty else { return }
        let faults = ends.map(\.reportedFault)
        _ = try await connection.query(
            """
            insert into attempts (
                number, task, attempt, worker, outcome, started_at, finished_at, redeliveries,
                error_class, error_message, error_retryable, error_retry_after
            )
            select *
            from unnest(
                $1::int8[], $2::uuid[], $3::int4[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::int4[],
                $9::text[], $10::text[], $11::bool[], $12::int8[]
            )
            on conflict (number) do nothing
            """,
            [
                .numbers(ends.map(\.number)), .uuids(ends.map(\.row.standing.id)), .int32s(ends.map { Int32($0.row.standing.attempt) }),
                .texts(ends.map(\.worker.text)), .texts(ends.map(\.word)),
                .times(ends.map { $0.outcome?.startedAt ?? starts[$0.row.standing.id] ?? $0.row.startedAt }),
                .times(ends.map { $0.outcome?.finishedAt ?? now }),
                .int32s(ends.map { Int32(truncatingIfNeeded: $0.outcome?.redeliveries ?? 0) }),
                .texts(faults.map { $0?.errorClass }), .texts(faults.map { $0?.message }), .bools(faults.map { $0?.retryable }),
                .int64s(faults.map { $0?.retryAfter?.microseconds }),
            ]
        )
    }

    private func writeEnds(_ ends: [JudgedChange]) async throws(PostgresError) {
        let faults = ends.map(\.fault)
        _ = try await connection.query(
            """
            update tasks t set
                state = b.state, number = null, queued_at = null, published_at = null, watch_from = null,
                attempt = b.attempt, workers_lost = b.workers_lost, deferrals = b.deferrals, due_at = coalesce(b.due_at, t.due_at),
                started_at = case when b.state <> 0 then coalesce(b.started_at, t.started_at) end, finished_at = b.finished_at,
                worker = b.worker, result = b.result::jsonb, waiting_because = b.waiting_because,
                error_class = b.error_class, error_message = b.error_message,
                error_retryable = b.error_retryable, error_retry_after = b.error_retry_after
            from unnest(
                $1::uuid[], $2::int8[], $3::int2[], $4::int4[], $5::int4[], $6::int4[], $7::timestamptz[], $8::timestamptz[],
                $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::bool[], $16::int8[]
            ) as b (
                id, number, state, attempt, workers_lost, deferrals, due_at, started_at,
                finished_at, worker, result, waiting_because, error_class, error_message, error_retryable, error_retry_after
            )
            where t.id = b.id and t.number = b.number and t.state + 0 = 1
            """,
            [
                .uuids(ends.map(\.row.standing.id)), .numbers(ends.map(\.number)), .codes(ends.map(\.stateAfter)),
                .int32s(ends.map { Int32($0.attemptAfter) }), .int32s(ends.map { Int32($0.workersLostAfter) }),
                .int32s(ends.map { Int32($0.deferralsAfter) }), .times(ends.map(\.dueAfter)), .times(ends.map { $0.outcome?.startedAt }),
                .times(ends.map { $0.stateAfter.isTerminal ? $0.outcome?.finishedAt ?? now : nil }),
                .texts(ends.map { $0.stateAfter.isTerminal ? $0.worker.text : nil }), .texts(ends.map(\.resultText)),
                .texts(ends.map(\.waitingBecause)), .texts(faults.map { $0?.errorClass }), .texts(faults.map { $0?.message }),
                .bools(faults.map { $0?.retryable }), .int64s(faults.map { $0?.retryAfter?.microseconds }),
            ]
        )
    }

    /// How many tasks ended in which state; sharded, so that writers do not wait for each other.
    private func count(_ ends: [JudgedChange]) async throws(PostgresError) {
        let counts = ends.reduce(into: [TaskState: Int64]()) { counts, judged in
            if judged.stateAfter.isTerminal { counts[judged.stateAfter, default: 0] += 1 }
        }
        guard !counts.isEmpty else { return }
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

    /// The numbers leave the exclusion keys, and the next task of each key is promoted.
    private func giveKeysUp(_ ends: [JudgedChange]) async throws(PostgresError) -> Int {
        let keyed = ends.compactMap { judged in judged.row.key.map { (key: $0, number: judged.number) } }
        guard !keyed.isEmpty else { return 0 }
        _ = try await connection.query(
            """
            delete from exclusions e using unnest($1::text[], $2::int8[]) as b (key, number)
            where e.key = b.key and e.number = b.number
            """,
            [.keys(keyed.map(\.key)), .numbers(keyed.map(\.number))]
        )
        return try await KeyLocks(connection: connection).settle(Set(keyed.map(\.key)), now: now)
    }

    private func summarize(_ ends: [JudgedChange], into summary: inout RecordSummary) {
        for judged in ends {
            summary.left[judged.row.lane, default: 0] += 1
            if let dueAfter = judged.dueAfter, dueAfter <= now { summary.due += 1 }
            if judged.unrecordable != nil { summary.unrecordable += 1 }
            switch judged.change {
            case .succeeded: summary.succeeded += 1
            case .retry: summary.retried += 1
            case .release: summary.released += 1
            case .dead: summary.dead += 1
            case .stale, .started, .watch: break
            }
        }
    }
}

extension JudgedChange {
    /// What the attempt reported, for its own record.
    fileprivate var reportedFault: TaskFault? {
        if let fault { return fault }
        switch outcome?.verdict {
        case .interrupted(let reason): return TaskFault("interrupted", reason, retryable: true)
        case .deferred(let deferral):
            return TaskFault(deferral.reason.rawValue, "not run", retryable: true, retryAfter: deferral.retryAfter)
        case .started, .succeeded, .failed, .seen, .suspect, nil: return nil
        }
    }

    /// The result as JSON; nothing while the task is not done.
    fileprivate var resultText: String? {
        guard case .succeeded = change, let outcome, !outcome.result.isEmpty else { return nil }
        return PayloadJSON.encode(outcome.result)
    }
}
