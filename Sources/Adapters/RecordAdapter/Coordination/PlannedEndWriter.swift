import Domain
import Postgres

/// Tells books how planned tasks ended, in the transaction that records it: each number counts once.
struct PlannedEndWriter: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    /// Costs one statement when none of the tasks was planned, and none when none has an OLT.
    func write(_ ends: [JudgedChange]) async throws(PostgresError) {
        let ofOLTs = ends.filter { $0.row.olt != nil }
        guard !ofOLTs.isEmpty else { return }
        let planned = PlannedRows(connection: connection)
        let references = try await planned.references(of: ofOLTs.map(\.row.standing.id))
        guard !references.isEmpty else { return }
        let told = ofOLTs.compactMap { judged in references[judged.row.standing.id].flatMap { judged.planned($0, now: now) } }
        try await record(told)
        try await planned.forget(ofOLTs.filter { $0.isTerminal && references[$0.row.standing.id] != nil }.map(\.row.standing.id))
    }

    private func record(_ ends: [PlannedEnd]) async throws(PostgresError) {
        guard !ends.isEmpty else { return }
        let rows = BookRows(connection: connection, now: now)
        let byOLT = Dictionary(grouping: ends, by: \.reference.olt)
        // The book of an OLT that is gone, or that a later version wrote, hears of nothing: the outcome stands all the same.
        let turns = try await rows.lock(Set(byOLT.keys)).compactMap { found -> BookTurn? in
            guard case .book(let book) = found else { return nil }
            var turn = BookTurn(book)
            for end in byOLT[book.olt, default: []] {
                if let line = turn.after.record(end, now: now) { turn.ledger.append(line) }
            }
            return turn
        }
        try await rows.write(turns, wakes: true)
        try await HistoryWriter(connection: connection).write(turns)
    }
}

extension JudgedChange {
    /// What the coordinator is told of it; `nil`: nothing has ended that counts.
    fileprivate func planned(_ reference: PlanReference, now: Timestamp) -> PlannedEnd? {
        PlannedEnd.Verdict(change, reportedBy: outcome).map { verdict in
            PlannedEnd(
                reference: reference,
                task: row.standing.id,
                number: number,
                verdict: verdict,
                startedAt: outcome?.startedAt ?? row.startedAt,
                finishedAt: outcome?.finishedAt ?? now
            )
        }
    }
}
