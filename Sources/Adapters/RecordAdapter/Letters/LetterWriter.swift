import Domain
import Postgres
import Wire

/// Writes the letters of tasks that died in this transaction, one per number.
struct LetterWriter: Sendable {
    let connection: PostgresConnection
    let now: Timestamp

    func write(_ ends: [JudgedChange]) async throws(PostgresError) {
        let dead = ends.compactMap { judged in judged.letterReason.map { (judged: judged, reason: $0) } }
        guard !dead.isEmpty else { return }
        let faults = dead.map(\.judged.fault)
        _ = try await connection.query(
            Self.sql,
            [
                .uuids(dead.map(\.judged.row.standing.id)), .int64s(dead.map { $0.judged.number?.value }),
                .texts(dead.map(\.judged.row.kind)),
                .texts(dead.map(\.reason.rawValue)), .texts(faults.map { $0?.errorClass }), .texts(faults.map { $0?.message ?? "" }),
                .int32s(dead.map { Int32($0.judged.row.standing.attempt) }), .byteStrings(dead.map(\.judged.unrecordable)),
                .texts(dead.map { $0.judged.unrecordable == nil ? nil : WireFormat.protobuf.contentType }), .time(now),
                .codes(dead.map(\.judged.row.lane.taskClass)), .codes(dead.map(\.judged.row.lane.priority)),
                .int64s(dead.map { $0.judged.row.olt?.value }),
            ]
        )
    }

    /// Whose last worker was lost and whose message the broker gave up is poison: it takes its workers with it.
    private static let sql = """
        insert into letters (
            task, number, kind, reason, error_class, message, attempts, first_died_at, last_died_at, state, body, content_type, class,
            priority, olt
        )
        select b.task, b.number, b.kind,
            case
                when b.reason = 'worker_lost' and exists (select from evidence e where e.number = b.number and e.reason <> 'rejected')
                then 'poison' else b.reason
            end,
            b.error_class, b.message, b.attempts,
            coalesce((select min(a.finished_at) from all_attempts a where a.task = b.task and a.outcome = 'failed'), $10), $10, 'dead',
            b.body, b.content_type, b.class, b.priority, b.olt
        from unnest(
            $1::uuid[], $2::int8[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int4[], $8::bytea[], $9::text[], $11::int2[],
            $12::int2[], $13::int8[]
        ) as b (task, number, kind, reason, error_class, message, attempts, body, content_type, class, priority, olt)
        on conflict (number) where number is not null do nothing
        """
}
