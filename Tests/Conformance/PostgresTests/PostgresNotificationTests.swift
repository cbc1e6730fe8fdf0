import Postgres
import PrivateServers
import TestSupport
import Testing

@Suite("Notifications", .timeLimit(.minutes(2)))
struct PostgresNotificationTests {
    @Test("a listener hears what others send on its channel, and nothing else")
    func hears() async throws {
        try await PostgresLab.withFresh { pool async throws in
            var heard = pool.notifications("Fleet \"one\"").makeAsyncIterator()
            #expect(await heard.next() == .listening)

            _ = try await pool.query("select pg_notify($1, $2)", [.text("other"), .text("not for us")])
            _ = try await pool.query("select pg_notify($1, $2)", [.text("Fleet \"one\""), .text("first")])
            _ = try await pool.query("select pg_notify($1, $2)", [.text("Fleet \"one\""), .text("")])

            #expect(await heard.next() == .notified(payload: "first"))
            #expect(await heard.next() == .notified(payload: ""))
        }
    }

    @Test("a listener comes back after the server was killed, and says so")
    func comesBack() async throws {
        let server = try await TestServers.freshPostgres()
        try await PostgresLab.with(server.url, settings: PostgresSettings(acquireTimeout: .seconds(30))) { pool async throws in
            var heard = pool.notifications("fleet").makeAsyncIterator()
            #expect(await heard.next() == .listening)

            await server.kill()
            try await server.start()

            #expect(await heard.next() == .listening)
            _ = try await pool.query("select pg_notify('fleet', 'again')")
            #expect(await heard.next() == .notified(payload: "again"))
        }
        await server.stop()
    }

    @Test("closing the pool ends the stream")
    func ends() async throws {
        try await PostgresLab.withFresh { pool async throws in
            var heard = pool.notifications("fleet").makeAsyncIterator()
            #expect(await heard.next() == .listening)

            await pool.close()

            #expect(await heard.next() == nil)
        }
    }
}
