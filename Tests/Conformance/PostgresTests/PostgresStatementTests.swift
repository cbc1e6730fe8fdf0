import Postgres
import PrivateServers
import Reactor
import TestSupport
import Testing

@Suite("Statements and transactions", .timeLimit(.minutes(2)))
struct PostgresStatementTests {
    @Test("a statement is prepared once on a connection")
    func prepared() async throws {
        try await PostgresLab.withFresh { pool async throws in
            try await pool.withConnection { connection throws(PostgresError) in
                for number in 0..<5 {
                    let row = try await connection.query("select $1 + 1", [.int64(Int64(number))]).rows[0]
                    #expect(try row.int64(0) == Int64(number) + 1)
                }

                let count = try await connection.query("select count(*) from pg_prepared_statements where statement like 'select $1%'")

                #expect(try count.rows[0].int64(0) == 1)
            }
        }
    }

    @Test("an error carries its state, its detail and its constraint, and the connection survives")
    func serverError() async throws {
        try await PostgresLab.withFresh(settings: PostgresSettings(poolSize: 1)) { pool async throws in
            let process = try await backend(of: pool)
            _ = try await pool.query("create table fleet (id bigint constraint fleet_key primary key)")
            #expect(try await pool.query("insert into fleet select generate_series(1, 3)").affected == 3)

            let error = await #expect(throws: PostgresError.self) { try await pool.query("insert into fleet values ($1)", [.int64(2)]) }

            guard case .server("23505", let message, let detail?, "fleet_key"?) = error else { throw Unexpected(error) }
            #expect(message.contains("duplicate key"))
            #expect(detail.contains("(2)"))
            #expect(error?.isConflict == true)
            #expect(error?.retry == .never)
            #expect(try await backend(of: pool) == process)
        }
    }

    @Test("a pipeline is one transaction: all its statements, or none")
    func pipeline() async throws {
        try await PostgresLab.withFresh { pool async throws in
            _ = try await pool.query("create table fleet (id bigint primary key)")
            for transaction in [true, false] {
                let results = try await pool.pipeline(
                    [
                        ("insert into fleet values ($1) returning id", [.int64(1)]), ("delete from fleet", []),
                        ("select count(*) from fleet", []),
                    ],
                    transaction: transaction
                )
                #expect(try results.map { try $0.rows.first?.int64(0) } == [1, nil, 0])
                #expect(results[1].affected == 1)

                await #expect(throws: PostgresError.self) {
                    try await pool.pipeline(
                        [("insert into fleet values (7)", []), ("select 1 / 0", []), ("insert into fleet values (8)", [])],
                        transaction: transaction
                    )
                }
                #expect(try await pool.query("select * from fleet").rows.isEmpty)
            }
        }
    }

    @Test("a transaction is committed when its body returns and rolled back when it throws")
    func transaction() async throws {
        try await PostgresLab.withFresh(settings: PostgresSettings(poolSize: 1)) { pool async throws in
            _ = try await pool.query("create table fleet (id bigint primary key)")

            try await pool.withTransaction { connection throws(PostgresError) in
                _ = try await connection.query("insert into fleet values (1)")
            }
            await #expect(throws: PostgresError.abandoned(reason: "changed my mind")) {
                try await pool.withTransaction { connection throws(PostgresError) in
                    _ = try await connection.query("insert into fleet values (2)")
                    throw .abandoned(reason: "changed my mind")
                }
            }
            let swallowed = await #expect(throws: PostgresError.self) {
                try await pool.withTransaction { connection throws(PostgresError) in
                    _ = try await connection.query("insert into fleet values (3)")
                    do throws(PostgresError) { _ = try await connection.query("select 1 / 0") } catch { #expect(error.sqlState == "22012") }
                }
            }

            guard case .abandoned = swallowed else { throw Unexpected(swallowed) }
            #expect(try await pool.query("select id from fleet").rows.map { try $0.int64(0) } == [1])
        }
    }

    @Test("of two transactions in each other's way one is told to run again")
    func serialization() async throws {
        try await PostgresLab.withFresh { pool async throws in
            _ = try await pool.query("create table fleet (id bigint primary key, state int)")
            _ = try await pool.query("insert into fleet values (1, 0)")

            let error = await #expect(throws: PostgresError.self) {
                try await pool.withTransaction(isolation: .serializable) { first throws(PostgresError) in
                    _ = try await first.query("select * from fleet")
                    _ = try await pool.query("update fleet set state = 1")
                    _ = try await first.query("update fleet set state = 2")
                }
            }

            #expect(error?.sqlState == "40001")
            #expect(error?.retry == .after(.milliseconds(20)))
        }
    }

    @Test("a script runs several statements, or none of them")
    func script() async throws {
        try await PostgresLab.withFresh { pool async throws in
            try await pool.withConnection { connection throws(PostgresError) in
                try await connection.script("create table a (id int); insert into a values (1); insert into a values (2);")
                #expect(try await connection.query("select count(*) from a").rows[0].int64(0) == 2)

                do throws(PostgresError) {
                    try await connection.script("insert into a values (3); select nonsense;")
                    Issue.record("the script must fail")
                } catch {
                    #expect(error.sqlState == "42703")
                }
                #expect(try await connection.query("select count(*) from a").rows[0].int64(0) == 2)
            }
        }
    }

    @Test("a cancelled statement ends on the server too, and its connection is used again")
    func cancel() async throws {
        try await PostgresLab.withFresh(settings: PostgresSettings(poolSize: 1)) { pool async throws in
            let process = try await backend(of: pool)
            let sleeping = Task { try await pool.query("select pg_sleep(60)") }
            try await running("pg_sleep(60)", process: process)

            sleeping.cancel()

            await #expect(throws: PostgresError.cancelled) { try await sleeping.value }
            #expect(try await backend(of: pool) == process)
        }
    }

    @Test("a transaction that is cancelled is rolled back, and its connection is used again")
    func cancelTransaction() async throws {
        try await PostgresLab.withFresh(settings: PostgresSettings(poolSize: 1)) { pool async throws in
            _ = try await pool.query("create table fleet (id int)")
            let process = try await backend(of: pool)
            let sleeping = Task {
                try await pool.withTransaction { connection throws(PostgresError) in
                    _ = try await connection.query("insert into fleet values (1)")
                    _ = try await connection.query("select pg_sleep(61)")
                }
            }
            try await running("pg_sleep(61)", process: process)

            sleeping.cancel()

            await #expect(throws: PostgresError.cancelled) { try await sleeping.value }
            #expect(try await pool.query("select * from fleet").rows.isEmpty)
            #expect(try await backend(of: pool) == process)
        }
    }

    @Test("a statement over its time is ended by the server")
    func statementTimeout() async throws {
        try await PostgresLab.withFresh(settings: PostgresSettings(statementTimeout: .milliseconds(50))) { pool async throws in
            let error = await #expect(throws: PostgresError.self) { try await pool.query("select pg_sleep(60)") }

            #expect(error?.sqlState == "57014")
        }
    }

    @Test("ten thousand statements at once are all answered, each with its own row")
    func manyAtOnce() async throws {
        // The last one waits for all others; sanitizers make that long.
        try await PostgresLab.withFresh(settings: PostgresSettings(acquireTimeout: .seconds(60))) { pool async throws in
            let answered = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<10_000 {
                    group.addTask { try await pool.query("select $1", [.int64(Int64(number))]).rows[0].int64(0) == Int64(number) }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }

            #expect(answered == 10_000)
            #expect(pool.load.connections <= 8)
        }
    }

    @Test("ten thousand statements on one connection are carried out in turn")
    func manyOnOne() async throws {
        try await PostgresLab.withFresh { pool async throws in
            let sum = try await pool.withConnection { connection async throws(PostgresError) -> Int64 in
                await withTaskGroup(of: Int64.self) { group in
                    for number in 0..<10_000 {
                        group.addTask {
                            let result = try? await connection.query("select $1", [.int64(Int64(number))])
                            return (try? result?.rows[0].int64(0)) ?? -1
                        }
                    }
                    return await group.reduce(0, +)
                }
            }

            #expect(sum == 49_995_000)
        }
    }

    private func backend(of pool: PostgresPool) async throws -> Int64 {
        try await pool.query("select pg_backend_pid()").rows[0].int64(0)
    }

    private func running(_ text: String, process: Int64) async throws {
        let server = try await TestServers.shared.postgres()
        try await PostgresLab.with(server.superuserURL) { pool async throws in
            try await eventually("\(text) runs") {
                let rows = try await pool.query(
                    "select 1 from pg_stat_activity where pid = $1::int8 and state = 'active' and query like '%' || $2 || '%'",
                    [.int64(process), .text(text)]
                ).rows
                return !rows.isEmpty
            }
        }
    }
}
