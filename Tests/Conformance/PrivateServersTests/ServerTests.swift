import Foundation
import PrivateServers
import TestSupport
import Testing

/// The four servers start, answer, end and come back.
@Suite("private servers", .timeLimit(.minutes(3)))
struct ServerTests {
    @Test("Redis keeps its port over a restart and forgets its data")
    func redis() async throws {
        let redis = try await TestServers.freshRedis()
        let first = redis.url

        try await redis.restart()

        #expect(redis.url == first)
        #expect(await redis.isRunning)
        await redis.stop()
        #expect(await !redis.isRunning)
    }

    @Test("PostgreSQL keeps a committed row over SIGKILL and leaves no shared memory behind")
    func postgres() async throws {
        let postgres = try await TestServers.freshPostgres()
        try await postgres.statement("CREATE TABLE kept AS SELECT 42 AS answer")

        await postgres.kill()
        try await postgres.start()

        #expect(try await postgres.statement("SELECT answer FROM kept") == "42\n")
        #expect(try await postgres.statement("SELECT current_user") == "flotilla\n")
        let segment = try segment(of: postgres)
        #expect(exists(segment))
        await postgres.kill()
        #expect(!exists(segment))
    }

    @Test("PostgreSQL that is simply let go leaves no shared memory behind")
    func letGo() async throws {
        var postgres: PrivatePostgres? = try await TestServers.freshPostgres()
        let segment = try segment(of: #require(postgres))
        #expect(exists(segment))

        postgres = nil

        try await eventually("the segment is gone") { !exists(segment) }
    }

    @Test("RabbitMQ keeps its port and its durable data over SIGKILL")
    func rabbitMQ() async throws {
        let broker = try await TestServers.freshRabbitMQ()
        _ = try await broker.control(["add_vhost", "kept"])

        await broker.kill()
        try await broker.start()

        #expect(try await broker.control(["list_vhosts"]).contains("kept"))
        await broker.stop()
    }

    @Test("snmpd answers, and a frozen one does until it is thawed not")
    func snmpd() async throws {
        let agent = try await TestServers.freshSNMPD()
        #expect(try await systemName(of: agent).contains(agent.systemName))

        await agent.signal(.stop)
        await #expect(throws: ServerError.self) { try await systemName(of: agent) }
        await agent.signal(.resume)

        #expect(try await systemName(of: agent).contains(agent.systemName))
    }

    @Test("a port that was asked for and is in use is reported with its owner")
    func portInUse() async throws {
        let first = try await TestServers.freshRedis()

        let second = try PrivateRedis(port: first.port)
        await #expect {
            try await second.start()
        } throws: { error in
            guard case ServerError.portInUse("Redis", first.port, let owner?) = error else { return false }
            return owner.name.hasPrefix("redis-server") && "\(error)".contains("\(owner.pid)")
        }
    }

    @Test("the owner of a UDP port is found too")
    func portInUseUDP() async throws {
        let agent = try await TestServers.freshSNMPD()

        #expect(PortOwner.ofUDP(port: agent.port)?.name == "snmpd")
    }

    @Test("a server that crashed is seen, and starts again on its port")
    func crashed() async throws {
        let redis = try await TestServers.freshRedis()
        let (port, owner) = (redis.port, try #require(PortOwner.ofTCP(port: redis.port)))
        #expect(await redis.isHealthy())

        kill(owner.pid, SIGKILL)
        try await eventually("the crash is seen") { await !redis.isRunning }
        #expect(await !redis.isHealthy())
        try await redis.start()

        #expect(await redis.isHealthy())
        #expect(redis.port == port)
    }

    @Test("starts at the same time are one start")
    func sameTime() async throws {
        let redis = try PrivateRedis()

        async let first: Void = redis.start()
        async let second: Void = redis.start()
        _ = try await (first, second)

        #expect(await redis.isRunning)
    }

    @Test("a server that refuses its settings is reported with the end of its log")
    func refused() async throws {
        let redis = try PrivateRedis(arguments: ["--maxmemory-policy", "nonsense"])

        await #expect {
            try await redis.start()
        } throws: { error in
            guard case ServerError.endedEarly("Redis", _, let log) = error else { return false }
            return log.contains { $0.contains("nonsense") }
        }
    }

    @Test("a missing program names the package that brings it")
    func missing() {
        #expect {
            try Program.find("no-such-program", package: "no-such-package")
        } throws: { error in
            "\(error)" == "no-such-program is not installed: apt-get install no-such-package"
        }
    }

    @Test("each database made on request is new and empty")
    func databases() async throws {
        let first = try await TestServers.shared.freshDatabase()
        let second = try await TestServers.shared.freshDatabase()

        #expect(first != second)
        #expect(first.hasPrefix("postgres://flotilla:"))
    }

    @Test("the three servers of a fleet start side by side")
    func together() async throws {
        let servers = try await PrivateServers.start(durable: false)

        #expect(await servers.rabbitMQ.isRunning)
        #expect(await servers.redis.isRunning)
        #expect(await servers.postgres.isRunning)
        await servers.stop()
        #expect(await !servers.rabbitMQ.isRunning)
    }

    private func systemName(of agent: PrivateSNMPD) async throws -> String {
        let arguments = ["-v2c", "-c", agent.community, "-t", "1", "-r", "1", "-Oqv", agent.url, "1.3.6.1.2.1.1.5.0"]
        return try await Run.output(of: ChildProcess.Command("snmpget", arguments), in: ScratchFolder("snmpget"))
    }

    /// The id of the segment that a running cluster notes in line 7 of its pid file.
    private func segment(of postgres: PrivatePostgres) throws -> Int32 {
        let file = URL(fileURLWithPath: postgres.log).deletingLastPathComponent().appendingPathComponent("cluster/data/postmaster.pid")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
        return try #require(lines[6].split(separator: " ").last.flatMap { Int32($0) })
    }

    private func exists(_ segment: Int32) -> Bool {
        var state = shmid_ds()
        return shmctl(segment, IPC_STAT, &state) == 0
    }
}
