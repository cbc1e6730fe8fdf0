package import Domain
import Postgres

/// Numbers for locks, waiters and long locks in PostgreSQL; times are those of its clock.
package struct PostgresKeyRecord: KeyRecord {
    private let database: RecordDatabase

    package init(database: RecordDatabase) {
        self.database = database
    }

    package func draw(for lock: LockName) async throws(RecordError) -> LockDraw {
        try await database.write("draw a number for a lock") { connection throws(PostgresError) in
            let drawn = try await connection.query(
                """
                select n.number, l.number, l.holder, l.until
                from (select nextval('dispatch_numbers') as number) n
                left join long_locks l on l.key = $1 and l.until > clock_timestamp()
                """,
                [.text(lock.text)]
            )
            let draws = try drawn.rows.read { row throws(PostgresError) in
                let number = try row.number()
                guard let holding = try row.numberIfAny() else { return LockDraw(number: number, standing: nil) }
                return LockDraw(number: number, standing: LongLock(number: holding, holder: try row.text(), until: try row.timestamp()))
            }
            guard let draw = draws.first else { throw PostgresError.decoding(column: "0", reason: "no row") }
            return draw
        }
    }

    package func keep(_ lock: LockName, _ number: DispatchNumber, holder: String, for span: Duration) async throws(RecordError) -> Bool {
        try await database.write("keep a long lock") { connection throws(PostgresError) in
            _ = try await connection.query("delete from long_locks where until <= clock_timestamp() and key <> $1", [.text(lock.text)])
            let kept = try await connection.query(
                """
                insert into long_locks as l (key, number, holder, until)
                values ($1, $2, $3, clock_timestamp() + $4::int8 * interval '1 microsecond')
                on conflict (key) do update set number = excluded.number, holder = excluded.holder, until = excluded.until
                where l.until <= clock_timestamp() or l.number = excluded.number
                returning l.number
                """,
                [.text(lock.text), .int64(number.value), .text(holder.withoutZero), .int64(span.microseconds)]
            )
            return kept.rows.count == 1
        }
    }

    package func drop(_ lock: LockName, _ number: DispatchNumber) async throws(RecordError) {
        _ = try await database.write(
            "drop a long lock",
            "delete from long_locks where key = $1 and number = $2",
            [.text(lock.text), .int64(number.value)]
        )
    }

    package func waiters(for keys: [ExclusionKey]) async throws(RecordError) -> [ExclusionKey: Int] {
        guard !keys.isEmpty else { return [:] }
        return try await database.read("count who waits for keys") { connection throws(PostgresError) in
            let counted = try await connection.query(
                "select exclusion_key, count(*) from tasks where state = 2 and exclusion_key = any($1) group by exclusion_key",
                [.keys(keys)]
            )
            let counts = try counted.rows.read { row throws(PostgresError) in (try row.text(), try row.whole()) }
            return Dictionary(counts.compactMap { text, count in ExclusionKey(text).map { ($0, count) } }) { first, _ in first }
        }
    }

    package func hasDrawn() async throws(RecordError) -> Bool {
        try await database.read("look at the sequence of numbers") { connection throws(PostgresError) in
            try await connection.query("select is_called from dispatch_numbers").rows[0].bool(0)
        }
    }
}
