import Domain
import Postgres

/// Moves one task to another lane within a transaction.
struct PriorityChange: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    func run(_ id: TaskID, to priority: Priority, voided: DispatchNumber?) async throws(PostgresError) -> MoveAnswer {
        let locks = KeyLocks(connection: connection)
        try await locks.lock(keysOf: [id])
        guard let row = try await StandingRow.lock([id], on: connection)[id] else { return try await ended(id) }
        switch SteeringJudge.move(row.standing, key: row.key, hasStarted: row.startedAt != nil, voided: voided) {
        case .inPlace:
            _ = try await connection.query(
                "update tasks set priority = $2, base_priority = $2, aged_at = null where id = $1",
                [.uuid(id.uuid), .int16(priority.rawValue)]
            )
            try await locks.settle(row.key.map { [$0] } ?? [], now: now)
            return .moved(left: nil, from: nil)
        case .leaving(let number):
            _ = try await connection.query(
                Self.leaveSQL,
                [.uuid(id.uuid), .int64(number.value), .int16(priority.rawValue), .time(now)]
            )
            try await locks.settle(row.key.map { [$0] } ?? [], now: now)
            let order = row.key == nil ? CancelledRun(task: id, number: number, reason: "its priority was changed") : nil
            return .moved(left: order, from: row.lane)
        case .voidFirst(let number, let key): return .voidFirst(number, key)
        case .running: return .running
        case .ended: return .ended(row.standing.state)
        }
    }

    private func ended(_ id: TaskID) async throws(PostgresError) -> MoveAnswer {
        let found = try await connection.query("select state from tasks_done where id = $1", [.uuid(id.uuid)])
        guard let row = found.rows.first else { return .unknown }
        var reader = RowReader(row)
        return .ended(try reader.code())
    }

    private static let leaveSQL = """
        with gone as (delete from exclusions e where e.task = $1 and e.number = $2)
        update tasks set
            state = 0, number = null, queued_at = null, published_at = null, watch_from = null, started_at = null, worker = null,
            priority = $3, base_priority = $3, aged_at = null, due_at = $4, waiting_because = null
        where id = $1 and number = $2 and state + 0 = 1
        """
}
