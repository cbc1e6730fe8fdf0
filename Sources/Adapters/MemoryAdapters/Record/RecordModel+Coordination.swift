package import Domain

extension RecordModel {
    // MARK: The loop

    /// OLTs whose books are due, those first that have been due for longest; those that have no book before all.
    package func dueBooks(limit: Int, now: Timestamp) -> [DueBook] {
        let due = devices.ids.compactMap { olt -> (at: Timestamp, due: DueBook)? in
            guard let book = coordination.books[olt] else { return (Timestamp(microseconds: 0), DueBook(olt: olt, awaitsLease: false)) }
            guard book.wakeAt <= now else { return nil }
            return (book.wakeAt, DueBook(olt: olt, awaitsLease: book.condition.awaitsLeaseSince != nil))
        }
        return due.sorted { ($0.at, $0.due.olt) < ($1.at, $1.due.olt) }.prefix(max(0, limit)).map(\.due)
    }

    /// Attends to books: all that it answers is one change of the record.
    package mutating func attend(_ attendance: Attendance) throws(RecordError) -> AttendanceReport {
        let now = attendance.now
        try lead(attendance.term, now: now)
        var report = AttendanceReport()
        var wishes: [TaskID: Ending] = [:]
        for olt in Set(attendance.olts).sorted() {
            guard let standing = devices.standing(of: olt) else { continue }
            let before = coordination.books[olt] ?? OLTBook(olt, now: now)
            var book = before
            let around = OLTBook.Surroundings(
                standing: standing,
                leaseIsHeld: attendance.heldLeases.contains(olt),
                gaps: attendance.gaps,
                now: now
            )
            let change = book.attend(around, attendance.rules, makeID: attendance.makeID)
            coordination.books[olt] = book
            report.violations += coordination.keep(book, since: before, change, name: standing.name)
            report.declarations.append(book.basis)
            report.events += change.events
            emit(change.emitted, into: &report, now: now)
            let ending = Ending(.cancelled, reason: change.cancelReason)
            for task in change.cancelled { wishes[task] = ending }
            guard change.cancelsAll else { continue }
            for row in table.live where row.admitted.olt == olt { wishes[row.id] = ending }
        }
        report.endings = end(wishes, now: now)
        return report
    }

    private mutating func emit(_ tasks: [PlannedTask], into report: inout AttendanceReport, now: Timestamp) {
        guard !tasks.isEmpty else { return }
        _ = admit(tasks.map { AdmittedTask($0.task, goesAtOnce: false) }, now: now)
        for task in tasks { coordination.planned[task.task.id] = task.reference }
        report.emitted += tasks.count
        report.due += tasks.count { $0.task.dueAt <= now }
    }

    /// Notes a turn of the loop; the answer is the one before it.
    package mutating func noteTick(_ tick: CoordinatorTick) throws(RecordError) -> CoordinatorTick? {
        try lead(tick.term, now: tick.at)
        defer { coordination.tick = tick }
        return coordination.tick
    }

    package mutating func note(_ gap: ServiceGap, term: Term) throws(RecordError) {
        try lead(term, now: gap.until ?? gap.from)
        coordination.note(gap)
    }

    package mutating func log(_ events: [CoordinatorEvent], term: Term) throws(RecordError) {
        try lead(term, now: nil)
        for event in events { coordination.log([event], name: event.olt.flatMap { devices.standing(of: $0)?.name }) }
    }

    package mutating func sweep(_ keep: CoordinationRetention, batch: Int, term: Term, now: Timestamp) throws(RecordError) -> Int {
        try lead(term, now: now)
        return coordination.sweep(keep, batch: batch, now: now)
    }

    private mutating func lead(_ term: Term, now: Timestamp?) throws(RecordError) {
        guard leaders.holds(.coordinator, term) else { throw .deposed(term: term) }
        if let now { coordination.now = max(coordination.now, now) }
    }

    // MARK: Ends

    /// Tells books how planned tasks ended: each number counts once.
    mutating func tellBooks(_ ends: [RowChange], now: Timestamp) {
        coordination.now = max(coordination.now, now)
        for end in ends {
            guard let reference = coordination.planned[end.row.id] else { continue }
            if end.isTerminal { coordination.planned[end.row.id] = nil }
            guard let before = coordination.books[reference.olt], let verdict = PlannedEnd.Verdict(end.change, reportedBy: end.outcome)
            else { continue }
            let told = PlannedEnd(
                reference: reference,
                task: end.row.id,
                number: end.number,
                verdict: verdict,
                startedAt: end.outcome?.startedAt ?? end.row.startedAt,
                finishedAt: end.outcome?.finishedAt ?? now
            )
            var book = before
            if let line = book.record(told, now: now) { coordination.ledger[line.number] = line }
            coordination.books[reference.olt] = book
            _ = coordination.keep(book, since: before, BookChange(), name: "")
        }
    }
}
