import Domain
import Postgres

/// Says what an order would do; writes nothing.
struct LetterPlanning: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    func plan(_ order: LetterOrder) async throws(PostgresError) -> LetterPlan {
        switch order.selection {
        case .ids(let ids): try await plan(order, ids)
        case .filter(let filter): try await plan(order, filter.forVerbs)
        }
    }

    private func plan(_ order: LetterOrder, _ ids: [Int64]) async throws(PostgresError) -> LetterPlan {
        let answers = try await dryRun(order, ids)
        var closes = LetterTally()
        for answer in answers where answer.word.isDone {
            if let reason = answer.reason { closes.add(1, reason, kind: answer.kind) }
        }
        let obstacles = answers.filter { !$0.word.isDone }
        return LetterPlan(
            verb: order.verb,
            closes: closes,
            leaves: obstacles.count,
            obstacles: Array(obstacles.prefix(LetterPlan.obstaclesMax))
        )
    }

    private func plan(_ order: LetterOrder, _ filter: LetterFilter) async throws(PostgresError) -> LetterPlan {
        var query = LetterQuery(filter)
        let matches = query.matches(LetterQuery.Span())
        let isLeft = order.verb == .retry ? Self.hasNoTask : filter.state == .dead ? "false" : "true"
        let counted = try await connection.query(
            """
            select m.reason, m.kind, count(*) filter (where not \(isLeft)), count(*) filter (where \(isLeft))
            from (\(matches)) as m
            join letters l on l.id = m.id
            group by 1, 2
            """,
            query.parameters
        )
        let rows = try counted.rows.read { row throws(PostgresError) in
            let reason: LetterReason = try row.word()
            return (reason: reason, kind: try row.text(), closes: try row.whole(), leaves: try row.whole())
        }
        var closes = LetterTally()
        for row in rows where row.closes > 0 { closes.add(row.closes, row.reason, kind: row.kind) }
        let leaves = rows.reduce(0) { $0 + $1.leaves }
        let obstacles = leaves == 0 ? [] : try await obstacles(order, filter, isLeft)
        return LetterPlan(verb: order.verb, closes: closes, leaves: leaves, obstacles: obstacles)
    }

    private func obstacles(_ order: LetterOrder, _ filter: LetterFilter, _ isLeft: String) async throws(PostgresError) -> [LetterAnswer] {
        var query = LetterQuery(filter)
        let matches = query.matches(LetterQuery.Span())
        let found = try await connection.query(
            "select l.id from (\(matches)) as m join letters l on l.id = m.id where \(isLeft) order by l.id limit \(LetterPlan.obstaclesMax)",
            query.parameters
        )
        let ids = try found.rows.read { row throws(PostgresError) in try row.int64() }
        return try await dryRun(order, ids).filter { !$0.word.isDone }
    }

    private func dryRun(_ order: LetterOrder, _ ids: [Int64]) async throws(PostgresError) -> [LetterAnswer] {
        let closing = LetterClosing(connection: connection, now: now)
        switch order.verb {
        case .drop: return try await closing.drop(ids, dryRun: true)
        case .retry:
            return try await closing.retry(
                ids,
                priority: order.priority,
                payload: order.payload,
                dryRun: true,
                makeID: { TaskID(high: 0, low: 0) }
            )
        }
    }

    private static let hasNoTask = "(l.task is null or not exists (select from all_tasks t where t.id = l.task))"
}
