import Domain
import Postgres
import Wire

/// Writes new tasks within a transaction.
struct TaskInsert: Sendable {
    let tasks: [AdmittedTask]
    let now: Timestamp

    /// Tasks that compete for a key from the beginning; one that is due later does when its time comes.
    private static func competes(_ task: FleetTask, _ now: Timestamp) -> Bool { task.exclusionKey != nil && task.dueAt <= now }

    /// Whether the one insert is all there is to do.
    var isPlain: Bool { tasks.allSatisfy { $0.task.exclusionKey == nil && $0.task.uniqueClaims.isEmpty && !$0.mayExist } }

    /// The one insert.
    ///
    /// Competing tasks go in as blocked; settling their keys promotes the first.
    var statement: (sql: String, parameters: [PostgresValue]) {
        let rows = tasks.map(\.task)
        return (
            Self.sql,
            [
                .uuids(rows.map(\.id)), .texts(rows.map(\.kind)), .texts(rows.map { PayloadJSON.encode($0.payload) }),
                .codes(rows.map(\.priority)), .codes(rows.map(\.taskClass)), .codes(tasks.map(state)),
                .texts(rows.map { $0.exclusionKey?.text }), .int64s(rows.map { $0.olt?.value }),
                .int32s(rows.map { Int32($0.maxAttempts) }),
                .int64s(rows.map(\.backoff.base.microseconds)), .doubles(rows.map(\.backoff.factor)),
                .int64s(rows.map(\.backoff.ceiling.microseconds)), .int64s(rows.map(\.timeout.microseconds)), .times(rows.map(\.dueAt)),
                .times(rows.map(\.createdAt)), .texts(rows.map { PayloadJSON.encode($0.labels.mapValues(JSONValue.text)) }),
                .texts(rows.map(\.source.rawValue)), .uuids(rows.map { $0.retryOf?.uuid }), .times(rows.map(\.deadline)),
                .texts(rows.map { $0.ownClaim?.key.text }), .int64s(rows.map { $0.ownClaimSpan?.microseconds }),
                .texts(rows.map { $0.traceParent?.description }), .time(now),
            ]
        )
    }

    /// Everything, keys included, on a connection in a transaction.
    func run(on connection: PostgresConnection) async throws(PostgresError) -> [AdmissionAnswer] {
        let locks = KeyLocks(connection: connection)
        try await locks.lock(Set(tasks.map(\.task).filter { Self.competes($0, now) }.compactMap(\.exclusionKey)))
        let claiming = UniqueClaiming(connection: connection, now: now)
        let refused = try await claiming.claim(tasks.map(\.task))
        let rest = TaskInsert(tasks: tasks.filter { refused[$0.task.id] == nil }, now: now)
        var written = try await rest.write(claiming, locks, on: connection)[...]
        return tasks.map { refused[$0.task.id] ?? written.removeFirst() }
    }

    private func write(
        _ claiming: UniqueClaiming,
        _ locks: KeyLocks,
        on connection: PostgresConnection
    ) async throws(PostgresError) -> [AdmissionAnswer] {
        guard !tasks.isEmpty else { return [] }
        let insert = statement
        var numbers = try numbers(try await connection.query(insert.sql, insert.parameters))
        for id in try await takeBackEnded(numbers, on: connection) { numbers[id] = nil }
        try await claiming.giveBack(
            tasks.map(\.task).filter { numbers[$0.id] == nil }.flatMap { task in task.uniqueClaims.map { ($0.key, task.id) } }
        )
        let competing = tasks.map(\.task).filter { Self.competes($0, now) }
        try await locks.settle(Set(competing.compactMap(\.exclusionKey)), now: now)
        let lookedUp = competing.map(\.id) + tasks.lazy.map(\.task.id).filter { numbers[$0] == nil }
        return answers(numbers, try await states(of: lookedUp, on: connection))
    }

    /// A task with this id has ended before: a second look, because it may have ended while the first statement ran.
    private func takeBackEnded(
        _ written: [TaskID: DispatchNumber?],
        on connection: PostgresConnection
    ) async throws(PostgresError) -> [TaskID] {
        let doubtful = tasks.filter { $0.mayExist && written[$0.task.id] != nil }.map(\.task.id)
        guard !doubtful.isEmpty else { return [] }
        let found = try await connection.query(
            """
            delete from tasks t where t.id = any($1) and exists (select from tasks_done d where d.id = t.id) returning t.id
            """,
            [.uuids(doubtful)]
        )
        return try found.rows.read { row throws(PostgresError) in try row.taskID() }
    }

    /// The ids that were written, with the numbers of those that go at once.
    func numbers(_ inserted: PostgresResult) throws(PostgresError) -> [TaskID: DispatchNumber?] {
        let pairs = try inserted.rows.read { row throws(PostgresError) in (try row.taskID(), try row.numberIfAny()) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// One answer per task; `states` are those of tasks that are not as they were inserted: duplicates, and those that compete for a key.
    func answers(_ numbers: [TaskID: DispatchNumber?], _ states: [TaskID: TaskState]) -> [AdmissionAnswer] {
        var firsts: Set<TaskID> = []
        return tasks.map { admitted in
            let task = admitted.task
            guard let number = numbers[task.id], firsts.insert(task.id).inserted else {
                return .duplicate(of: task.id, states[task.id] ?? ((numbers[task.id] ?? nil) == nil ? .waiting : .queued))
            }
            if let number { return .queued(task.dispatched(number)) }
            return states[task.id] == .blocked ? .blocked : .waiting
        }
    }

    func states(of tasks: [TaskID], on connection: PostgresConnection) async throws(PostgresError) -> [TaskID: TaskState] {
        guard !tasks.isEmpty else { return [:] }
        let found = try await connection.query("select id, state from all_tasks where id = any($1)", [.uuids(tasks)])
        let pairs = try found.rows.read { row throws(PostgresError) in
            let id = try row.taskID()
            let state: TaskState = try row.code()
            return (id, state)
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    private func state(_ admitted: AdmittedTask) -> TaskState {
        if Self.competes(admitted.task, now) { return .blocked }
        return admitted.goesAtOnce ? .queued : .waiting
    }

    private static let sql = """
        insert into tasks (
            id, kind, payload, priority, class, state, exclusion_key, olt, max_attempts, backoff_base, backoff_factor, backoff_ceiling, timeout,
            due_at, created_at, labels, source, retry_of, deadline, base_priority, unique_key, unique_for, trace_parent, number, queued_at
        )
        select b.id, b.kind, b.payload::jsonb, b.priority, b.class, b.state, b.exclusion_key, b.olt, b.max_attempts, b.backoff_base,
            b.backoff_factor, b.backoff_ceiling, b.timeout, b.due_at, b.created_at, b.labels::jsonb, b.source, b.retry_of,
            b.deadline, b.priority, b.unique_key, b.unique_for, b.trace_parent,
            case when b.state = 1 then nextval('dispatch_numbers') end, case when b.state = 1 then $23::timestamptz end
        from unnest(
            $1::uuid[], $2::text[], $3::text[], $4::int2[], $5::int2[], $6::int2[], $7::text[], $8::int8[], $9::int4[], $10::int8[],
            $11::float8[], $12::int8[], $13::int8[], $14::timestamptz[], $15::timestamptz[], $16::text[], $17::text[], $18::uuid[],
            $19::timestamptz[], $20::text[], $21::int8[], $22::text[]
        ) as b (
            id, kind, payload, priority, class, state, exclusion_key, olt, max_attempts, backoff_base, backoff_factor, backoff_ceiling, timeout,
            due_at, created_at, labels, source, retry_of, deadline, unique_key, unique_for, trace_parent
        )
        order by b.id
        on conflict (id) do nothing
        returning id, number
        """
}

extension FleetTask {
    /// The key of the draft's own, not of its request.
    fileprivate var ownClaim: UniqueClaim? { uniqueClaims.first { $0.fingerprint == nil } }

    fileprivate var ownClaimSpan: Duration? { ownClaim?.until.map { $0 - createdAt } }

    /// The first attempt of a task that goes at once; it has no device.
    fileprivate func dispatched(_ number: DispatchNumber) -> DispatchedTask {
        DispatchedTask(
            id: id,
            number: number,
            attempt: 1,
            maxAttempts: maxAttempts,
            kind: kind,
            payload: payload,
            priority: priority,
            taskClass: taskClass,
            exclusionKey: exclusionKey,
            timeout: timeout,
            device: nil,
            timeLeft: deadline.map { $0 - createdAt },
            traceParent: traceParent
        )
    }
}
