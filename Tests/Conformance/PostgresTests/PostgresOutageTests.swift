import Postgres
import PrivateServers
import Reactor
import TestSupport
import Testing

@Suite("The PostgreSQL pool when the server is not as it should be", .timeLimit(.minutes(3)))
struct PostgresOutageTests {
    @Test("a closed port is refused with the endpoint's name")
    func closedPort() async throws {
        let settings = PostgresSettings(acquireTimeout: .seconds(5))
        try await PostgresLab.with("postgres://x:secret@127.0.0.1:1/db", settings: settings) { pool async throws in
            let error = await #expect(throws: PostgresError.self) { try await pool.query("select 1") }

            guard case .refused(let endpoint, let reason) = error else { throw Unexpected(error) }
            #expect(endpoint == "postgres://127.0.0.1:1/db")
            #expect(reason.contains("refused"))
            #expect(error.map { "\($0)".contains("secret") } == false)
        }
    }

    @Test("a missing database shows the server's words, and a folder of sockets is reached without TCP")
    func otherWays() async throws {
        let server = try await TestServers.shared.postgres()
        let refusals = PostgresSettings(acquireTimeout: .seconds(5))
        try await PostgresLab.with(server.url(database: "nowhere"), settings: refusals) { pool async throws in
            let error = await #expect(throws: PostgresError.self) { try await pool.query("select 1") }

            guard case .refused(_, let reason) = error else { throw Unexpected(error) }
            #expect(reason.contains("database \"nowhere\" does not exist"))
        }
        let folder = try await PostgresLab.with(server.superuserURL) { pool async throws -> String in
            try await pool.query("show unix_socket_directories").rows[0].text(0)
        }
        let remote = try PostgresEndpoint(server.url)
        let local = "postgres:///flotilla?host=\(folder)&port=\(server.port)&user=flotilla&password=\(remote.password ?? "")"
        try await PostgresLab.with(local) { pool async throws in
            #expect(try await pool.query("select inet_client_addr()::text").rows[0][0].isNull)
        }
    }

    @Test("a wrong password shows the server's words")
    func wrongPassword() async throws {
        let server = try await TestServers.shared.postgres()
        let settings = PostgresSettings(acquireTimeout: .seconds(5))
        try await PostgresLab.with("postgres://flotilla:wrong@127.0.0.1:\(server.port)/flotilla", settings: settings) { pool async throws in
            let error = await #expect(throws: PostgresError.self) { try await pool.query("select 1") }

            guard case .refused(_, let reason) = error else { throw Unexpected(error) }
            #expect(reason.contains("password authentication failed"))
        }
    }

    @Test("a killed server fails what is in flight, and the pool works by itself when the server is back")
    func killedAndBack() async throws {
        let server = try await TestServers.freshPostgres()
        try await PostgresLab.with(server.url, settings: PostgresSettings(acquireTimeout: .seconds(30))) { pool async throws in
            _ = try await pool.query("create table fleet (id int)")
            let sleeping = Task { try await pool.query("select pg_sleep(60)") }
            try await eventually("it sleeps") {
                try await pool.query("select 1 from pg_stat_activity where query = 'select pg_sleep(60)'").rows.count == 1
            }

            await server.kill()
            let error = await #expect(throws: PostgresError.self) { try await sleeping.value }
            guard case .closed = error else { throw Unexpected(error) }
            try await server.start()

            #expect(try await pool.query("select count(*) from fleet").rows[0].int64(0) == 0)
        }
        await server.stop()
    }

    @Test("a connection lost during COMMIT says that nobody knows")
    func commitUnknown() async throws {
        let server = try await TestServers.freshPostgres()
        try await PostgresLab.with(server.url) { pool async throws in
            try await pool.withConnection { connection throws(PostgresError) in
                try await connection.script(
                    """
                    create table fleet (id int);
                    create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return null; end $$;
                    create constraint trigger slow after insert on fleet deferrable initially deferred
                    for each row execute function dawdle();
                    """
                )
            }
            let committing = Task {
                try await pool.withTransaction { connection throws(PostgresError) in
                    _ = try await connection.query("insert into fleet values (1)")
                }
            }
            try await eventually("the commit runs") {
                try await pool.query("select 1 from pg_stat_activity where query = 'COMMIT' and state = 'active'").rows.count == 1
            }

            await server.kill()

            let error = await #expect(throws: PostgresError.self) { try await committing.value }
            guard case .commitUnknown = error else { throw Unexpected(error) }
            #expect(error?.retry == .never)
        }
    }

    @Test("sessions that an administrator ended are replaced")
    func terminated() async throws {
        let server = try await TestServers.freshPostgres()
        try await PostgresLab.with(server.url, settings: PostgresSettings(poolSize: 2)) { pool async throws in
            let first = try await pool.query("select pg_backend_pid()").rows[0].int32(0)
            try await PostgresLab.with(server.superuserURL) { admin async throws in
                _ = try await admin.query("select pg_terminate_backend($1)", [.int32(first)])
            }
            try await eventually("the pool noticed") { pool.load.connections == 0 }

            #expect(try await pool.query("select pg_backend_pid()").rows[0].int32(0) != first)
        }
        await server.stop()
    }

    @Test("callers beyond the connections wait, within bounds of number and time, and leave when cancelled")
    func waiting() async throws {
        let settings = PostgresSettings(poolSize: 1, acquireTimeout: .seconds(2), waitersMax: 1)
        try await PostgresLab.withFresh(settings: settings) { pool async throws in
            try await pool.withConnection { connection async throws(PostgresError) in
                _ = try await connection.query("select 1")
                let first = Task { try await pool.query("select 1") }
                await tolerantly { try await eventually("the first waits") { pool.load.waiting == 1 } }

                await #expect(throws: PostgresError.tooManyWaiting(max: 1)) { try await pool.query("select 2") }
                await #expect(throws: PostgresError.poolExhausted(size: 1, waited: .seconds(2))) { try await first.value }

                let second = Task { try await pool.query("select 3") }
                await tolerantly { try await eventually("the second waits") { pool.load.waiting == 1 } }
                second.cancel()
                await #expect(throws: PostgresError.cancelled) { try await second.value }
            }
            #expect(try await pool.query("select 4").rows[0].int64(0) == 4)
        }
    }

    @Test("closing does not wait for a server that never answers")
    func silentServer() async throws {
        let server = try await TestServers.freshPostgres()
        await server.signal(.stop)
        let began = ContinuousClock.now
        let settings = PostgresSettings(connectTimeout: .seconds(30), acquireTimeout: .milliseconds(100))
        try await PostgresLab.with(server.url, settings: settings) { pool async throws in
            await #expect(throws: PostgresError.self) { try await pool.query("select 1") }
        }
        await server.signal(.resume)

        #expect(ContinuousClock.now - began < .seconds(10) * patience)
        await server.stop()
    }

    @Test("a closed pool refuses, and waits for what is lent")
    func closed() async throws {
        try await PostgresLab.withFresh { pool async throws in
            let lent = Task { try await pool.query("select pg_sleep(0.2)::text") }
            try await eventually("it is lent") { pool.load.connections == 1 }

            await pool.close()

            await #expect(throws: PostgresError.closed(reason: "the pool is closed")) { try await pool.query("select 1") }
            #expect(pool.load.connections == 0)
            _ = await lent.result
        }
    }

    /// For places where only the driver's own errors may be thrown.
    private func tolerantly(_ body: () async throws -> Void) async {
        do { try await body() } catch { Issue.record(error) }
    }
}
