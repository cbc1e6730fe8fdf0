import Domain
import Postgres

/// Attends to a batch of books within a transaction.
///
/// However many OLTs there are, the statements are the same.
struct AttendanceWork: Sendable {
    /// Books that cannot be read are looked at again so much later.
    private static let unreadableRest: Duration = .seconds(60)

    let connection: PostgresConnection
    let attendance: Attendance

    private var now: Timestamp { attendance.now }

    func run() async throws(PostgresError) -> (report: AttendanceReport, unreadable: [BookRows.Unreadable]) {
        try await KeyLocks(connection: connection).lock(attendance.olts.compactMap { ExclusionKey($0.description) })
        let standings = try await StandingOLT.lock(Set(attendance.olts), on: connection)
        var report = AttendanceReport()
        var unreadable: [BookRows.Unreadable] = []
        var turns: [BookTurn] = []
        for olt in standings {
            switch olt.book {
            case .book(let book): turns.append(attend(book, olt.standing, isNew: false))
            case .new(let id): turns.append(attend(OLTBook(id, now: now), olt.standing, isNew: true))
            case .unreadable(let fault): unreadable.append(fault)
            }
        }
        let books = BookRows(connection: connection, now: now)
        try await books.write(turns, wakes: false)
        try await books.postpone(unreadable, by: Self.unreadableRest)
        try await emit(turns.flatMap(\.change.emitted), into: &report)
        report.violations = try await HistoryWriter(connection: connection).write(turns)
        report.declarations = turns.map(\.after.basis)
        report.events = turns.flatMap(\.change.events)
        // Last, for what ends at once is told to the books as they were just written.
        report.endings = try await end(turns.map { ($0.after.olt, $0.change) })
        return (report, unreadable)
    }

    private func attend(_ book: OLTBook, _ standing: OLTStanding, isNew: Bool) -> BookTurn {
        var turn = BookTurn(book)
        turn.name = standing.name
        turn.isNew = isNew
        let around = OLTBook.Surroundings(
            standing: standing,
            leaseIsHeld: attendance.heldLeases.contains(book.olt),
            gaps: attendance.gaps,
            now: now
        )
        turn.change = turn.after.attend(around, attendance.rules, makeID: attendance.makeID)
        return turn
    }

    // MARK: Tasks

    private func emit(_ tasks: [PlannedTask], into report: inout AttendanceReport) async throws(PostgresError) {
        guard !tasks.isEmpty else { return }
        _ = try await TaskInsert(tasks: tasks.map { AdmittedTask($0.task, goesAtOnce: false) }, now: now).run(on: connection)
        try await PlannedRows(connection: connection).write(tasks)
        report.emitted = tasks.count
        report.due = tasks.count { $0.task.dueAt <= now }
    }

    private func end(_ changes: [(olt: OLTID, change: BookChange)]) async throws(PostgresError) -> EndingReport {
        var wishes: [TaskID: Ending] = [:]
        for (_, change) in changes {
            for task in change.cancelled { wishes[task] = Ending(.cancelled, reason: change.cancelReason) }
        }
        let all = Dictionary(
            changes.filter(\.change.cancelsAll).map { ($0.olt, $0.change.cancelReason) },
            uniquingKeysWith: { first, _ in first }
        )
        for (task, olt) in try await tasks(of: Array(all.keys)) {
            wishes[task] = Ending(.cancelled, reason: all[olt] ?? "")
        }
        guard !wishes.isEmpty else { return EndingReport() }
        return try await TaskEnding(connection: connection, now: now).run(wishes)
    }

    private func tasks(of olts: [OLTID]) async throws(PostgresError) -> [(task: TaskID, olt: OLTID)] {
        guard !olts.isEmpty else { return [] }
        let found = try await connection.query(
            "select id, olt from tasks where olt = any($1)",
            [.int64s(olts.map(\.value))]
        )
        return try found.rows.read { row throws(PostgresError) in (try row.taskID(), OLTID(try row.int64())) }
    }
}

/// An OLT as it is attended to, its book locked.
struct StandingOLT: Sendable {
    let standing: OLTStanding
    let book: BookRows.Found

    /// Locks books by id, and their OLTs against removal; OLTs that are gone are missing.
    static func lock(_ olts: Set<OLTID>, on connection: PostgresConnection) async throws(PostgresError) -> [StandingOLT] {
        let ids = PostgresValue.int64s(olts.sorted().map(\.value))
        let found = try await connection.query(sql, [ids])
        // Read behind the locks: what is declared from now on wakes the loop again.
        let operations = try await operations(of: ids, on: connection)
        return try found.rows.read { row throws(PostgresError) in
            let olt = OLTID(try row.int64())
            let name = try row.text()
            let isEnabled = try row.bool()
            let profile = try row.text()
            let limits = DeviceLimits(pdusPerSecond: try row.whole(), repetitionsMax: try row.whole(), attempts: try row.whole())
            let standing = OLTStanding(
                declaration: OLTDeclaration(olt, isEnabled: isEnabled, operations: operations[olt] ?? []),
                name: name,
                profile: profile,
                limits: limits,
                onus: try row.whole()
            )
            return StandingOLT(standing: standing, book: try BookRows.Found.read(&row, of: olt))
        }
    }

    /// Operations of a later version are passed over.
    private static func operations(
        of ids: PostgresValue,
        on connection: PostgresConnection
    ) async throws(PostgresError) -> [OLTID: [DeclaredOperation]] {
        let found = try await connection.query(
            "select olt, type, enabled, per_period, every, timeout from olt_operations where olt = any($1)",
            [ids]
        )
        var operations: [OLTID: [DeclaredOperation]] = [:]
        for row in found.rows {
            var reader = RowReader(row)
            let olt = OLTID(try reader.int64())
            let type = OperationType(word: try reader.text())
            let isEnabled = try reader.bool()
            let times = try reader.wholeIfAny()
            let span = try reader.durationIfAny()
            let timeout = try reader.durationIfAny()
            guard let type, let cadence = times.map(Cadence.perPeriod) ?? span.map(Cadence.every) else { continue }
            operations[olt, default: []].append(DeclaredOperation(type, isEnabled: isEnabled, cadence: cadence, timeout: timeout))
        }
        return operations
    }

    private static let sql = """
        select o.id, o.name, o.enabled, coalesce(o.found_profile, o.profile), o.pdus_per_second, o.repetitions_max, o.attempts, o.onus_total,
            k.book
        from olt_books k
        join olts o on o.id = k.olt
        where k.olt = any($1)
        order by k.olt
        for update of k for key share of o
        """
}
