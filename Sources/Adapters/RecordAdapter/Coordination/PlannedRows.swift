import Domain
import Postgres

/// Which task is which OLT's slot or probe.
struct PlannedRows: Sendable {
    let connection: PostgresConnection

    func write(_ tasks: [PlannedTask]) async throws(PostgresError) {
        guard !tasks.isEmpty else { return }
        let slots = tasks.map(\.reference.slot)
        _ = try await connection.query(
            """
            insert into planned_tasks (task, olt, operation, period_start, slot)
            select * from unnest($1::uuid[], $2::int8[], $3::text[], $4::timestamptz[], $5::int4[])
            """,
            [
                .uuids(tasks.map(\.task.id)), .int64s(tasks.map(\.reference.olt.value)), .texts(slots.map { $0?.operation.word }),
                .times(slots.map { $0?.period }), .int32s(slots.map { $0.map { Int32(clamping: $0.id) } }),
            ]
        )
    }

    /// What these tasks are to the coordinator; those that it did not make are missing.
    func references(of tasks: [TaskID]) async throws(PostgresError) -> [TaskID: PlanReference] {
        let found = try await connection.query(
            "select task, olt, operation, period_start, slot from planned_tasks where task = any($1)",
            [.uuids(tasks)]
        )
        let pairs = try found.rows.read { row throws(PostgresError) in (try row.taskID(), try Self.reference(&row)) }
        return Dictionary(pairs.compactMap { pair in pair.1.map { (pair.0, $0) } }, uniquingKeysWith: { first, _ in first })
    }

    func forget(_ tasks: [TaskID]) async throws(PostgresError) {
        guard !tasks.isEmpty else { return }
        _ = try await connection.query("delete from planned_tasks where task = any($1)", [.uuids(tasks)])
    }

    /// `nil` for an operation of a later version.
    private static func reference(_ row: inout RowReader) throws(PostgresError) -> PlanReference? {
        let olt = OLTID(try row.int64())
        guard let word = try row.textIfAny() else { return PlanReference(olt: olt, purpose: .probe) }
        let period = try row.timestamp()
        let slot = try row.whole()
        return OperationType(word: word).map { PlanReference(olt: olt, purpose: .slot($0, period: period, id: slot)) }
    }
}

extension PlanReference {
    fileprivate var slot: (operation: OperationType, period: Timestamp, id: Int)? {
        switch purpose {
        case .slot(let operation, let period, let id): (operation, period, id)
        case .probe: nil
        }
    }
}
