import Domain
import Postgres

/// Ends tasks within a transaction, or writes the wish down where a run may be under way.
struct TaskEnding: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    func run(_ wishes: [TaskID: Ending]) async throws(PostgresError) -> EndingReport {
        let ids = wishes.keys.sorted { $0.description < $1.description }
        try await KeyLocks(connection: connection).lock(keysOf: ids)
        let rows = try await StandingRow.lock(ids, on: connection)
        var report = EndingReport()
        var changes: [JudgedChange] = []
        var marked: [(id: TaskID, ending: Ending)] = []
        for (id, ending) in wishes {
            guard let row = rows[id] else { continue }
            switch SteeringJudge.end(row.standing, key: row.key) {
            case .now:
                changes.append(
                    JudgedChange(row: row, number: row.standing.number, change: .ended(ending), outcome: nil, unrecordable: nil)
                )
                report.answers[id] = .ended
                if let number = row.standing.number { report.orders.append(CancelledRun(task: id, number: number, reason: ending.reason)) }
            case .onceVoid:
                marked.append((id, ending))
                report.answers[id] = .ending
                report.orders.append(CancelledRun(task: id, number: row.standing.number, reason: ending.reason))
            case .already:
                report.answers[id] = .already(row.standing.ending?.state ?? row.standing.state)
            }
        }
        try await ChangeWriter(connection: connection, now: now).write(changes, into: &report.summary)
        try await mark(marked)
        report.summary.watched += marked.count
        try await lookUpEnded(ids.filter { rows[$0] == nil }, into: &report)
        return report
    }

    /// The number is watched at once: the rescue asks the lease store, and ends the task when the number is void.
    private func mark(_ wishes: [(id: TaskID, ending: Ending)]) async throws(PostgresError) {
        guard !wishes.isEmpty else { return }
        _ = try await connection.query(
            """
            update tasks t set ending = b.ending, ending_reason = b.reason, watch_from = $4
            from unnest($1::uuid[], $2::int2[], $3::text[]) as b (id, ending, reason)
            where t.id = b.id and t.state + 0 = 1
            """,
            [.uuids(wishes.map(\.id)), .codes(wishes.map(\.ending.state)), .texts(wishes.map(\.ending.reason.withoutZero)), .time(now)]
        )
    }

    private func lookUpEnded(_ ids: [TaskID], into report: inout EndingReport) async throws(PostgresError) {
        guard !ids.isEmpty else { return }
        let found = try await connection.query("select id, state from tasks_done where id = any($1)", [.uuids(ids)])
        for row in found.rows {
            var reader = RowReader(row)
            report.answers[try reader.taskID()] = .already(try reader.code())
        }
        for id in ids where report.answers[id] == nil { report.answers[id] = .unknown }
    }
}
