import Domain
import Logging
import MemoryAdapters
import Orchestration
import Postgres
import PrivateServers
import Reactor
import RecordAdapter
import ServiceLifecycle
import TestSupport
import Testing

@Suite("Leader electors", .serialized, .timeLimit(.minutes(3)))
struct LeaderElectorTests {
    private static let reactor = ReactorThread(name: "elector-tests")
    private static let blockingPool = BlockingPool(name: "elector-tests", threads: 2, queueMax: 64)

    private static var quiet: Logger {
        var log = Logger(label: "elector-tests")
        log.logLevel = .critical
        return log
    }

    /// An orchestrator as far as the election goes.
    private struct Candidate: Sendable {
        let elector: LeaderElector
        let group: ServiceGroup

        init(_ name: String, _ record: any LeaderRecord, _ settings: LeaderElector.Settings = Self.brisk) throws {
            elector = try LeaderElector(.coordinator, record: record, holder: name, settings: settings, time: Harness.time, log: quiet)
            group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [elector], logger: quiet))
        }

        /// Eight times as quick as the defaults.
        static var brisk: LeaderElector.Settings {
            var settings = LeaderElector.Settings()
            settings.span = .seconds(1)
            settings.renewEvery = .milliseconds(250)
            return settings
        }
    }

    private func pool(_ url: String) throws -> PostgresPool {
        PostgresPool(
            endpoint: try PostgresEndpoint(url),
            reactor: Self.reactor,
            blockingPool: Self.blockingPool,
            logger: Self.quiet,
            settings: PostgresSettings(statementTimeout: .seconds(1), poolSize: 1, acquireTimeout: .seconds(1))
        )
    }

    private func leaders(_ candidates: [Candidate]) -> [Int] {
        candidates.indices.filter { candidates[$0].elector.reign != nil }
    }

    @Test("a clean stop hands over within a second, each time to exactly one, with the next term")
    func cleanStop() async throws {
        let record = MemoryAdapters.MemoryRecord()
        // The defaults: what is promised is promised of them.
        let candidates = try (0..<3).map { try Candidate("c\($0)", record, LeaderElector.Settings()) }

        try await withThrowingTaskGroup(of: Void.self) { group in
            for candidate in candidates { group.addTask { try await candidate.group.run() } }
            var remaining = candidates
            for term in Int64(1)...3 {
                try await eventually("somebody leads", within: .seconds(10)) { leaders(remaining).count == 1 }
                let leader = leaders(remaining)[0]
                #expect(remaining[leader].elector.reign?.term == Term(term))
                try await eventually("all know who leads", within: .seconds(10)) {
                    remaining.allSatisfy { $0.elector.seen?.term == Term(term) }
                }
                await remaining.remove(at: leader).group.triggerGracefulShutdown()
            }
            try await group.waitForAll()
        }
        #expect(record.model.leaders.look(.coordinator)?.holder == nil)
    }

    @Test("changes are told: what stands, the beginning, and the end, after which the stream ends")
    func changes() async throws {
        let record = MemoryAdapters.MemoryRecord()
        let candidate = try Candidate("c", record)
        let told = candidate.elector.changes()

        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await candidate.group.run() }
            try await eventually("it leads") { candidate.elector.reign != nil }
            await candidate.group.triggerGracefulShutdown()
            try await group.waitForAll()
        }
        let last = await told.reduce(into: [Reign?]()) { $0.append($1) }.last
        #expect(last == .some(nil))
    }

    @Test("a record that does not answer ends the trust by the clock, and a deposed leader follows")
    func silentRecord() async throws {
        let record = MemoryAdapters.MemoryRecord()
        let cut = CutRecord(record)
        let (first, second) = (try Candidate("first", cut), try Candidate("second", record))

        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await first.group.run() }
            try await eventually("the first leads") { first.elector.reign != nil }
            group.addTask { try await second.group.run() }
            let changes = first.elector.changes()
            cut.isCut = true
            try await eventually("the first trusts itself no more", within: .seconds(2)) { first.elector.reign == nil }
            // Told, not only known to whoever asks.
            for await change in changes where change == nil { break }
            try await eventually("the second leads", within: .seconds(3)) { second.elector.reign?.term == Term(2) }
            cut.isCut = false
            try await eventually("the first knows") { first.elector.seen?.holder == "second" }
            #expect(first.elector.reign == nil)
            await second.group.triggerGracefulShutdown()
            try await eventually("the first leads again", within: .seconds(3)) { first.elector.reign?.term == Term(3) }
            await first.group.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    @Test("three electors on PostgreSQL, each with a pool of its own: one leads, and who loses its connections is followed")
    func onPostgres() async throws {
        let url = try await TestServers.shared.freshDatabase()
        let pools = try (0..<3).map { _ in try pool(url) }
        _ = try await Migrator(pool: pools[0]).migrate(dryRun: false)
        let candidates = try pools.enumerated().map { index, pool in
            let record = PostgresLeaderRecord(database: RecordDatabase(pool: pool, log: Self.quiet), pool: pool)
            return try Candidate("c\(index)", record)
        }

        try await withThrowingTaskGroup(of: Void.self) { group in
            for candidate in candidates { group.addTask { try await candidate.group.run() } }
            try await eventually("one leads") { leaders(candidates).count == 1 }
            let first = leaders(candidates)[0]
            // Its connections end, and no other ever stands: as dead as a process can be from here.
            await pools[first].close()
            let next = try await eventually("another leads", within: .seconds(4)) {
                leaders(candidates).first { $0 != first }
            }
            #expect(candidates[first].elector.reign == nil)
            #expect(candidates[next].elector.reign?.term == Term(2))
            await candidates[next].group.triggerGracefulShutdown()
            try await eventually("the third leads", within: .seconds(3)) { candidates[3 - first - next].elector.reign?.term == Term(3) }
            for candidate in candidates { await candidate.group.triggerGracefulShutdown() }
            try await group.waitForAll()
        }
        for pool in pools { await pool.close() }
    }

    @Test("a server without a free connection deposes nobody: the elector has its own")
    func exhausted() async throws {
        let server = try PrivatePostgres(settings: ["max_connections": "12"])
        try await server.start()
        let own = try pool(server.url)
        _ = try await Migrator(pool: own).migrate(dryRun: false)
        let crowd = PostgresPool(
            endpoint: try PostgresEndpoint(server.url),
            reactor: Self.reactor,
            blockingPool: Self.blockingPool,
            logger: Self.quiet,
            settings: PostgresSettings(poolSize: 16, acquireTimeout: .seconds(10))
        )
        let leader = try Candidate("leader", PostgresLeaderRecord(database: RecordDatabase(pool: own, log: Self.quiet), pool: own))

        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await leader.group.run() }
            try await eventually("it leads") { leader.elector.reign != nil }
            let before = try #require(leader.elector.seen?.mark.renewals)
            for _ in 0..<16 {
                group.addTask {
                    // Those that get no connection are the point; those that get one keep it until the end.
                    try? await crowd.withConnection { connection throws(PostgresError) in
                        _ = try await connection.query("select pg_sleep(8)")
                    }
                }
            }
            try await eventually("no connection is left") {
                let late = try self.pool(server.url)
                do throws(PostgresError) {
                    _ = try await late.query("select 1")
                    await late.close()
                    return false
                } catch {
                    await late.close()
                    return true
                }
            }
            try await eventually("twelve renewals later") { (leader.elector.seen?.mark.renewals ?? 0) >= before + 12 }
            #expect(leader.elector.reign?.term == Term(1))
            await leader.group.triggerGracefulShutdown()
            try await group.waitForAll()
        }
        await crowd.close()
        await own.close()
        await server.stop()
    }

    @Test("spans that leave no room for a second try are refused")
    func badSettings() {
        var settings = LeaderElector.Settings()
        settings.renewEvery = .seconds(3)
        #expect(throws: SettingFault.self) { try settings.validated() }
        settings.span = .seconds(61)
        #expect(throws: SettingFault.self) { try settings.validated() }
    }
}
