package import Domain
import Postgres

/// What changes tasks from outside, in PostgreSQL.
package struct PostgresTaskSteering: TaskSteering, CancelledRuns {
    private let database: RecordDatabase

    package init(database: RecordDatabase) {
        self.database = database
    }

    package func end(_ ids: [TaskID], as ending: Ending, now: Timestamp) async throws(RecordError) -> EndingReport {
        guard !ids.isEmpty else { return EndingReport() }
        let wishes = Dictionary(ids.map { ($0, ending) }, uniquingKeysWith: { first, _ in first })
        return try await database.write("end tasks") { connection throws(PostgresError) in
            try await TaskEnding(connection: connection, now: now).run(wishes)
        }
    }

    package func endOverdue(limit: Int, now: Timestamp) async throws(RecordError) -> EndingReport {
        let overdue = try await database.read("look for overdue tasks") { connection throws(PostgresError) in
            let found = try await connection.query(
                "select id, deadline from tasks where deadline <= $1 and ending is null order by deadline limit $2",
                [.time(now), .int64(Int64(limit))]
            )
            return try found.rows.read { row throws(PostgresError) in (try row.taskID(), Ending.expired(at: try row.timestamp())) }
        }
        guard !overdue.isEmpty else { return EndingReport() }
        let wishes = Dictionary(overdue, uniquingKeysWith: { first, _ in first })
        return try await database.write("expire tasks") { connection throws(PostgresError) in
            try await TaskEnding(connection: connection, now: now).run(wishes)
        }
    }

    package func reprioritize(
        _ id: TaskID,
        to priority: Priority,
        voided: DispatchNumber?,
        now: Timestamp
    ) async throws(RecordError) -> MoveAnswer {
        try await database.write("change a priority") { connection throws(PostgresError) in
            try await PriorityChange(connection: connection, now: now).run(id, to: priority, voided: voided)
        }
    }

    package func age(every interval: Duration, limit: Int, now: Timestamp) async throws(RecordError) -> Int {
        let old = try await database.read("look for tasks that wait long") { connection throws(PostgresError) in
            try await Ageing(connection: connection, now: now).candidates(every: interval, limit: limit)
        }
        guard !old.isEmpty else { return 0 }
        return try await database.write("raise tasks that wait long") { connection throws(PostgresError) in
            try await Ageing(connection: connection, now: now).raise(old, every: interval)
        }
    }

    package func recall(limit: Int, now: Timestamp) async throws(RecordError) -> Int {
        let found = try await database.write("recall queued tasks", Self.recallSQL, [.time(now), .int64(Int64(limit))])
        return found.rows.count
    }

    package func cancelledRuns(since: Timestamp) async throws(RecordError) -> [CancelledRun] {
        try await database.read("look for cancelled runs") { connection throws(PostgresError) in
            let found = try await connection.query(
                """
                select id, number, error_message
                from tasks_done
                where ended_at >= $1 and number is not null
                order by ended_at
                limit $2
                """,
                [.time(since), .int64(Int64(Self.cancelledMax))]
            )
            return try found.rows.read { row throws(PostgresError) in
                CancelledRun(task: try row.taskID(), number: try row.number(), reason: try row.textIfAny() ?? "")
            }
        }
    }

    /// The runs told to a worker that joins are bounded: what it does not hear of is stale when it reports.
    private static let cancelledMax = 10_000

    private static let recallSQL = """
        with recalled as (
            select h.id
            from exclusions e
            join tasks h on h.id = e.task
            where h.state + 0 = 1 and h.started_at is null and h.watch_from is null and exists (
                select from tasks b where b.state = 2 and b.exclusion_key = e.key and b.priority < h.priority
            )
            order by h.id
            limit $2
            for update of h skip locked
        )
        update tasks t set watch_from = $1 from recalled r where t.id = r.id and t.state + 0 = 1 returning t.id
        """
}
