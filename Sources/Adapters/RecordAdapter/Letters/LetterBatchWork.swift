import Domain
import Postgres

/// One part of one batch, within a transaction: letters, tasks and the batch's cursor move together or not at all.
struct LetterBatchWork: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    /// Skipping passes over the letters without doing anything to them, because the database refuses it.
    func step(chunkMax: Int, skipping: Bool, makeID: @Sendable () -> TaskID) async throws(PostgresError) -> LetterBatchStep {
        let rows = LetterBatchRows(connection: connection)
        guard let place = try await rows.claim(now: now) else {
            return try await rows.nextDue(after: now).map { .later($0) } ?? .idle
        }
        let order = place.batch.order
        let pace = LetterPace(perSecond: order.perSecond, chunkMax: chunkMax)
        let found = try await next(of: place, limit: pace.chunk)
        let answers = skipping ? [] : try await perform(order, found.map(\.id), makeID: makeID)
        let done = answers.count(where: \.word.isDone)
        let isOver = found.count < pace.chunk
        try await rows.advance(
            place,
            to: found.last,
            done: done,
            leftOpen: found.count - done,
            isOver: isOver,
            dueAt: pace.next(after: found.count, now: now),
            now: now
        )
        return .worked(batch: place.batch.id, verb: order.verb, done: done, leftOpen: found.count - done, isOver: isOver)
    }

    /// The letters that come next, oldest death first; of ids that were named, smallest first.
    private func next(of place: LetterBatchRows.Place, limit: Int) async throws(PostgresError) -> [LetterPlace] {
        switch place.batch.order.selection {
        case .ids(let ids):
            let rest = ids.drop { $0 <= place.after?.id ?? .min }
            return rest.prefix(limit).map { LetterPlace(diedAt: now, id: $0) }
        case .filter(let filter):
            var query = LetterQuery(filter)
            let span = LetterQuery.Span(after: place.after, bound: place.bound, isAscending: true, limit: limit)
            let matches = query.matches(span)
            let found = try await connection.query("select m.last_died_at, m.id from (\(matches)) as m", query.parameters)
            return try found.rows.read { row throws(PostgresError) in
                LetterPlace(diedAt: try row.timestamp(), id: try row.int64())
            }
        }
    }

    private func perform(_ order: LetterOrder, _ ids: [Int64], makeID: @Sendable () -> TaskID) async throws(PostgresError) -> [LetterAnswer]
    {
        guard !ids.isEmpty else { return [] }
        let closing = LetterClosing(connection: connection, now: now)
        switch order.verb {
        case .drop: return try await closing.drop(ids, dryRun: false)
        case .retry:
            return try await closing.retry(ids, priority: order.priority, payload: order.payload, dryRun: false, makeID: makeID)
        }
    }
}
