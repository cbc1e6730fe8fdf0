import Domain

/// Steering as far as tests of the shells need it: what is asked is kept, answers are given in advance.
extension MemoryRecord {
    func end(_ ids: [TaskID], as ending: Ending, now: Timestamp) async throws(RecordError) -> EndingReport {
        ended.append((ids, ending))
        return nextReport ?? EndingReport()
    }

    func endOverdue(limit: Int, now: Timestamp) async throws(RecordError) -> EndingReport {
        overdue.isEmpty ? EndingReport() : overdue.removeFirst()
    }

    func reprioritize(_ id: TaskID, to priority: Priority, voided: DispatchNumber?, now: Timestamp) async throws(RecordError) -> MoveAnswer
    {
        moves.append(voided)
        return moveAnswers.isEmpty ? .unknown : moveAnswers.removeFirst()
    }

    func age(every interval: Duration, limit: Int, now: Timestamp) async throws(RecordError) -> Int { 0 }

    func recall(limit: Int, now: Timestamp) async throws(RecordError) -> Int { 0 }

    func prepareDays(ahead: Int, now: Timestamp) async throws(RecordError) {}

    func sweep(_ keep: Retention, batch: Int, now: Timestamp) async throws(RecordError) -> Swept { Swept() }

    func demand(limit: Int) async throws(RecordError) -> [Demand] { wanted }

    func plan(report: EndingReport? = nil, overdue: [EndingReport] = [], moves: [MoveAnswer] = [], demand: [Demand] = []) {
        nextReport = report
        self.overdue = overdue
        moveAnswers = moves
        wanted = demand
    }
}
