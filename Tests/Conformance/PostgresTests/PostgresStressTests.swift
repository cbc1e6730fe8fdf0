import Postgres
import Reactor
import TestSupport
import Testing

@Suite("Many lives of PostgreSQL connections at once", .timeLimit(.minutes(2)))
struct PostgresStressTests {
    @Test("callers that are cancelled at any moment leave a pool that works")
    func cancelAnywhere() async throws {
        let settings = PostgresSettings(poolSize: 4)
        try await PostgresLab.withFresh(settings: settings) { pool async throws in
            _ = try await pool.query("create table fleet (id bigint)")
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<400 {
                    group.addTask {
                        let work = Task {
                            try await pool.withTransaction { connection throws(PostgresError) in
                                _ = try await connection.query("insert into fleet values ($1)", [.int64(Int64(number))])
                                _ = try await connection.query("select pg_sleep(0.001)")
                            }
                        }
                        for _ in 0..<(number % 40) { await Task.yield() }
                        if number % 2 == 0 { work.cancel() }
                        _ = await work.result
                    }
                }
            }

            let odd = try await pool.query("select count(*) from fleet where id % 2 = 1").rows[0].int64(0)
            #expect(odd == 200)
            #expect(pool.load.connections <= 4)
            #expect(pool.load.waiting == 0)
        }
    }

    @Test("pools that are opened and closed side by side on one thread all end")
    func openAndClose() async throws {
        let url = try await TestServers.shared.freshDatabase()
        let rounds = try await withThrowingTaskGroup(of: Int64.self) { group in
            for number in 0..<12 {
                group.addTask {
                    try await PostgresLab.with(url, settings: PostgresSettings(poolSize: 2)) { pool async throws -> Int64 in
                        try await pool.query("select $1", [.int64(Int64(number))]).rows[0].int64(0)
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }

        #expect(rounds.sorted() == Array(0..<12))
    }
}
