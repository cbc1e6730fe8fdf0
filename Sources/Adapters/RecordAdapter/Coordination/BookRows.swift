import Domain
import Postgres
import Wire

/// Books of OLTs as rows, locked within a transaction.
struct BookRows: Sendable {
    /// A book that this version cannot read: its OLT rests until somebody has seen to it.
    struct Unreadable: Sendable {
        let olt: OLTID
        let reason: String
    }

    /// A book, or why there is none to be had.
    enum Found: Sendable {
        case book(OLTBook)
        /// The OLT was never attended to.
        case new(OLTID)
        case unreadable(Unreadable)

        static func read(_ row: inout RowReader, of olt: OLTID) throws(PostgresError) -> Found {
            guard let bytes = try row.bytesIfAny() else { return .new(olt) }
            do throws(WireFault) {
                return .book(try BookCodec.decode(bytes, of: olt))
            } catch {
                return .unreadable(Unreadable(olt: olt, reason: error.text))
            }
        }
    }

    let connection: PostgresConnection
    let now: Timestamp

    /// Locks books by id; OLTs that are gone are missing.
    func lock(_ olts: Set<OLTID>) async throws(PostgresError) -> [Found] {
        guard !olts.isEmpty else { return [] }
        let found = try await connection.query(
            "select olt, book from olt_books where olt = any($1) order by olt for update",
            [.int64s(olts.sorted().map(\.value))]
        )
        return try found.rows.read { row throws(PostgresError) in
            let olt = OLTID(try row.int64())
            return try Found.read(&row, of: olt)
        }
    }

    /// Writes locked books; one that became due meanwhile wakes the loop, if `wakes`.
    func write(_ turns: [BookTurn], wakes: Bool) async throws(PostgresError) {
        let changed = turns.filter { $0.isNew || $0.before != $0.after }.map(\.after)
        guard !changed.isEmpty else { return }
        _ = try await connection.query(
            """
            with old as (select olt, wake_at from olt_books where olt = any($1)),
            written as (
                update olt_books k set wake_at = b.wake_at, awaits_lease = b.awaits_lease, book = b.book, changed_at = $5
                from unnest($1::int8[], $2::timestamptz[], $3::bool[], $4::bytea[]) as b (olt, wake_at, awaits_lease, book)
                where k.olt = b.olt
                returning k.olt, k.wake_at
            )
            select count(pg_notify('flotilla_coordinator', written.olt::text))
            from written
            join old using (olt)
            where $6 and written.wake_at <= $5 and old.wake_at > $5
            """,
            [
                .int64s(changed.map(\.olt.value)), .times(changed.map(\.wakeAt)),
                .bools(changed.map { $0.condition.awaitsLeaseSince != nil }), .byteStrings(changed.map { BookCodec.encode($0) }),
                .time(now), .bool(wakes),
            ]
        )
    }

    /// Looks again later at books that cannot be read now, so that they do not stand in front of the others.
    func postpone(_ unreadable: [Unreadable], by span: Duration) async throws(PostgresError) {
        guard !unreadable.isEmpty else { return }
        _ = try await connection.query(
            "update olt_books set wake_at = $2 where olt = any($1)",
            [.int64s(unreadable.map(\.olt.value)), .time(now + span)]
        )
    }
}

/// A locked book before and after something happened to it, and what is to be written besides.
struct BookTurn: Sendable {
    /// For the log; `nil`: nothing is logged.
    var name: String?
    var isNew = false
    let before: OLTBook
    var after: OLTBook
    var change = BookChange()
    var ledger: [LedgerLine] = []

    init(_ book: OLTBook) {
        before = book
        after = book
    }
}
