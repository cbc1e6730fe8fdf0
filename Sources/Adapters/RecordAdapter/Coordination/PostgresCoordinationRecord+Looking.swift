package import Domain
import Postgres

extension PostgresCoordinationRecord {
    package func book(of olt: OLTID) async throws(RecordError) -> OLTBook? {
        let found = try await database.read("look up a book") { connection throws(PostgresError) in
            let found = try await connection.query("select book from olt_books where olt = $1", [.int64(olt.value)])
            return try found.rows.read { row throws(PostgresError) in try BookRows.Found.read(&row, of: olt) }.first
        }
        switch found {
        case .book(let book): return book
        case .new, nil: return nil
        case .unreadable(let fault): throw .refused(operation: "read a book", message: fault.reason)
        }
    }

    package func plans(of olt: OLTID, limit: Int) async throws(RecordError) -> [PlanHead] {
        try await database.read("list plans") { connection throws(PostgresError) in
            let found = try await connection.query(
                """
                select olt, period_start, period_end, revision, status, reason, total, completed, failed, skipped, made_at
                from plans
                where olt = $1
                order by period_start desc, revision desc
                limit $2
                """,
                [.int64(olt.value), .int64(Int64(max(0, limit)))]
            )
            return try found.rows.read { row throws(PostgresError) in
                PlanHead(
                    olt: OLTID(try row.int64()),
                    period: Period(start: try row.timestamp(), end: try row.timestamp()),
                    revision: try row.whole(),
                    status: try row.word(),
                    reason: try row.text(),
                    total: try row.whole(),
                    completed: try row.whole(),
                    failed: try row.whole(),
                    skipped: try row.whole(),
                    madeAt: try row.timestamp()
                )
            }
        }
    }

    package func quotas(_ filter: QuotaFilter) async throws(RecordError) -> Page<QuotaRow> {
        try await database.read("list quotas") { connection throws(PostgresError) in
            try await QuotaList(connection: connection).page(filter)
        }
    }

    package func violations(_ filter: ViolationFilter) async throws(RecordError) -> Page<ViolationRow> {
        try await database.read("list violations") { connection throws(PostgresError) in
            try await ViolationRows(connection: connection).page(filter)
        }
    }

    package func violation(_ id: Int64) async throws(RecordError) -> ViolationRow? {
        try await database.read("look up a violation") { connection throws(PostgresError) in
            try await ViolationRows(connection: connection).one(id)
        }
    }

    package func events(_ filter: CoordinatorEventFilter) async throws(RecordError) -> Page<CoordinatorLogRow> {
        try await database.read("read the coordinator's log") { connection throws(PostgresError) in
            try await CoordinatorLog(connection: connection).page(filter)
        }
    }

    package func runs(of olt: OLTID, since: Timestamp, limit: Int) async throws(RecordError) -> [LedgerLine] {
        try await database.read("list counted runs") { connection throws(PostgresError) in
            let found = try await connection.query(
                """
                select number, task, olt, operation, period_start, slot, verdict, started_at, finished_at
                from quota_ledger
                where olt = $1 and finished_at >= $2
                order by finished_at desc, number desc
                limit $3
                """,
                [.int64(olt.value), .time(since), .int64(Int64(max(0, limit)))]
            )
            return try found.rows.read { row throws(PostgresError) in
                LedgerLine(
                    number: try row.number(),
                    task: try row.taskID(),
                    olt: OLTID(try row.int64()),
                    operation: try row.operation(),
                    period: try row.timestamp(),
                    slot: try row.whole(),
                    verdict: try row.word(),
                    startedAt: try row.timestampIfAny(),
                    finishedAt: try row.timestamp()
                )
            }
        }
    }

    package func lastTick() async throws(RecordError) -> CoordinatorTick? {
        try await database.read("look up the last turn") { connection throws(PostgresError) in try await Self.lastTick(on: connection) }
    }
}

extension RowReader {
    mutating func operation() throws(PostgresError) -> OperationType {
        let word = try text()
        guard let type = OperationType(word: word) else {
            throw .decoding(column: "operation", reason: "\"\(word)\" is no operation of this version")
        }
        return type
    }
}
