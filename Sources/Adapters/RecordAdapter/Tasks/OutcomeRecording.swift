import Domain
import Postgres

/// Records outcomes within a transaction: locks, judges, writes.
struct OutcomeRecording: Sendable {
    let connection: PostgresConnection
    let judge: OutcomeJudge
    let now: Timestamp

    /// Records outcomes; `unrecordable` holds the original bytes of those that stand in for one that the database refused.
    func run(_ outcomes: [Outcome], unrecordable: [DispatchNumber: [UInt8]] = [:]) async throws(PostgresError) -> RecordSummary {
        let tasks = Set(outcomes.lazy.map(\.task))
        try await KeyLocks(connection: connection).lock(keysOf: tasks)
        let rows = try await StandingRow.lock(tasks, on: connection)
        let shelf = PartShelf(connection: connection)
        let parts = try await shelf.parts(of: outcomes)
        var summary = RecordSummary()
        var chance = SystemRandomNumberGenerator()
        var ended: Set<TaskID> = []
        var changes: [JudgedChange] = []
        for outcome in outcomes.map({ parts.complete($0) }) {
            let row = ended.contains(outcome.task) ? nil : rows[outcome.task]
            let change = judge.judge(outcome, on: row?.standing, now: now, using: &chance)
            guard let row, change != .stale else {
                summary.stale += 1
                continue
            }
            let judged = JudgedChange(
                row: row,
                number: outcome.number,
                change: change,
                outcome: outcome,
                unrecordable: unrecordable[outcome.number]
            )
            if judged.isEnd { ended.insert(outcome.task) }
            changes.append(judged)
        }
        try await ChangeWriter(connection: connection, now: now).write(changes, into: &summary)
        // Also those of stale outcomes: nobody else will ask for them.
        try await shelf.drop(outcomes.filter { $0.parts > 0 }.map(\.number))
        return summary
    }

    /// Applies what the lease store said about numbers nobody reported.
    func rescue(_ answers: [(watch: WatchedNumber, answer: VoidAnswer)]) async throws(PostgresError) -> RecordSummary {
        try await KeyLocks(connection: connection).lock(Set(answers.map(\.watch.key)))
        let rows = try await StandingRow.lock(Set(answers.map(\.watch.task)), on: connection)
        var summary = RecordSummary()
        var changes: [JudgedChange] = []
        var judgedTasks: Set<TaskID> = []
        for (watch, answer) in answers {
            guard judgedTasks.insert(watch.task).inserted else { continue }
            let row = rows[watch.task]
            let change = row.map { judge.rescue($0.standing, number: watch.number, answer: answer, now: now) } ?? .stale
            guard let row, change != .stale else {
                summary.stale += 1
                continue
            }
            changes.append(JudgedChange(row: row, number: watch.number, change: change, outcome: nil, unrecordable: nil))
        }
        try await ChangeWriter(connection: connection, now: now).write(changes, into: &summary)
        return summary
    }
}
