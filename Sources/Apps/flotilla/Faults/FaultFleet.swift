import APIContract
import Assembly
import FaultProxy
import Foundation
import FoundationNetworking
import PrivateServers

/// The processes of one row, each with proxies of its own where the row asks for them.
actor FaultFleet {
    /// Short, but with the same proportions: a pause that shall outlast a lease or a heartbeat is made to.
    static let settings = [
        "FLOTILLA_LEASE_SPAN_MS": "9000", "FLOTILLA_LEASE_RENEW_MS": "1000", "FLOTILLA_WORKER_BEAT_MS": "1000",
        "FLOTILLA_SNMP_WITNESS": "true", "FLOTILLA_LOG_LEVEL": "info",
    ]
    static let leaseSpan: Duration = .seconds(9)
    static let quietGap: Duration = .seconds(7)

    /// A process and the connections it uses.
    struct Member: Sendable {
        let name: String
        let process: ChildProcess
        /// Of orchestrators.
        let url: String
        let broker: TCPProxy?
        let redis: TCPProxy?
        let postgres: TCPProxy?

        var pid: Int32 { process.pid ?? 0 }
    }

    private let shape: FaultShape
    private let servers: FaultServers
    private let sealKey = FleetSealKey.makeText()
    private(set) var orchestrators: [Member] = []
    private(set) var workers: [Member] = []
    private var gone: [Member] = []
    private var started = 0

    init(_ shape: FaultShape, _ servers: FaultServers) {
        self.shape = shape
        self.servers = servers
    }

    func start() async throws {
        for _ in 0..<shape.orchestrators { try await startOrchestrator() }
        for _ in 0..<shape.workers { try startWorker() }
        try await waitForWorkers(shape.workers)
    }

    func startOrchestrator() async throws {
        let port = try FreePort.tcp()
        let member = try member("orchestrator", "flotilla-orchestrator", url: "http://127.0.0.1:\(port)", ["FLOTILLA_HTTP_PORT": "\(port)"])
        try await add(orchestrator: member)
    }

    /// Counts a process that runs as one of ours, and waits until it is ready.
    func add(orchestrator member: Member) async throws {
        orchestrators.append(member)
        try await FaultWait.until("the orchestrator is ready", within: .seconds(60)) {
            guard member.process.isRunning else { throw CommandError(.failed, "an orchestrator ended: \(await self.tail(member))") }
            return await Self.health(member)?.status == "ready"
        }
    }

    @discardableResult
    func startWorker(slots: String? = nil) throws -> Member {
        let worker = try member("worker", "flotilla-worker", url: "", ["FLOTILLA_WORKER_SLOTS": slots ?? shape.slots])
        workers.append(worker)
        return worker
    }

    func add(worker: Member) { workers.append(worker) }

    func waitForWorkers(_ count: Int) async throws {
        // A start costs half a core's second, more in a debug build.
        try await FaultWait.until("\(count) workers are registered", within: .seconds(60) + .seconds(2) * count) {
            (try await self.listedWorkers()).count { ["healthy", "degraded"].contains($0.status) } >= count
        }
    }

    /// Waits until this one is registered and alive.
    func waitForWorker(_ member: Member) async throws {
        try await FaultWait.until("\(member.name) is registered", within: .seconds(60)) {
            try await self.listedWorkers().contains { $0.pid == member.pid && $0.status != "lost" }
        }
    }

    /// The worker process with this id, which is that of the record.
    func worker(_ id: String) async throws -> Member? {
        guard let pid = try await listedWorkers().first(where: { $0.id == id })?.pid else { return nil }
        return workers.first { $0.pid == pid }
    }

    func listedWorkers() async throws -> [WorkerShape] {
        for orchestrator in orchestrators where orchestrator.process.isRunning {
            let list: Listing<WorkerShape>? = try? await APIClient(orchestrator.url, patience: 5).get(APIPath.workers)
            if let list { return list.items }
        }
        return []
    }

    /// Ends it with SIGKILL; it does not count as one that ended by itself.
    func kill(_ member: Member) async {
        workers.removeAll { $0.name == member.name }
        orchestrators.removeAll { $0.name == member.name }
        gone.append(member)
        member.process.kill()
        _ = await member.process.exited
    }

    /// Processes that ended although nobody ended them.
    func ended() -> [String] {
        (orchestrators + workers).filter { !$0.process.isRunning }.map { "\($0.name) ended by itself: \(tail($0))" }
    }

    /// Lines of all logs that hold these words.
    func lines(_ words: String...) -> Int {
        (orchestrators + workers + gone).reduce(0) { count, member in
            let text = (try? String(contentsOfFile: member.process.command.log ?? "", encoding: .utf8)) ?? ""
            return count + text.split(separator: "\n").count { line in words.allSatisfy { line.contains($0) } }
        }
    }

    func stop() async {
        let all = orchestrators + workers
        for member in all { for proxy in [member.broker, member.redis, member.postgres] { proxy?.heal() } }
        for member in all { member.process.signal(.resume) }
        await withTaskGroup(of: Void.self) { group in
            for member in all { group.addTask { await member.process.stop(grace: .seconds(12)) } }
        }
        for member in all + gone { for proxy in [member.broker, member.redis, member.postgres] { proxy?.stop() } }
    }

    /// What `/readyz` says, ready or not; `nil` without an answer in time.
    static func health(_ member: Member) async -> HealthShape? {
        guard let url = URL(string: member.url + APIPath.ready) else { return nil }
        var request = URLRequest(url: url)
        request.timeoutInterval = 3
        guard let (data, _) = try? await URLSession.shared.answer(to: request) else { return nil }
        return try? JSONDecoder().decode(HealthShape.self, from: data)
    }

    private func member(_ kind: String, _ program: String, url: String, _ own: [String: String]) throws -> Member {
        started += 1
        let broker = try proxy(.broker, to: servers.rabbitMQ.port)
        let redis = try proxy(.redis, to: servers.redis.port)
        let postgres = kind == "orchestrator" ? try proxy(.postgres, to: servers.postgres.port) : nil
        var environment = ProcessInfo.processInfo.environment.merging(Self.settings) { $1 }
            .merging(shape.environment) { $1 }.merging(own) { $1 }
        environment["FLOTILLA_BROKER_URL"] = Self.moved(servers.rabbitMQ.url, servers.rabbitMQ.port, broker)
        environment["FLOTILLA_REDIS_URL"] = Self.moved(servers.redis.url, servers.redis.port, redis)
        environment["FLOTILLA_POSTGRES_URL"] = Self.moved(servers.postgres.url, servers.postgres.port, postgres)
        environment["FLOTILLA_SEAL_KEY"] = sealKey
        environment["FLOTILLA_PROFILES"] = environment["FLOTILLA_PROFILES"] ?? ProfileFolder.found
        environment["FLOTILLA_COORDINATOR_LOG_FOLDER"] = "off"
        let name = "\(kind)-\(started)"
        let log = servers.folder.file("\(name).log")
        let process = ChildProcess(ChildProcess.Command(try LocalFleet.program(program), [], environment: environment, log: log))
        try process.start()
        return Member(name: name, process: process, url: url, broker: broker, redis: redis, postgres: postgres)
    }

    private func proxy(_ route: FaultShape.Route, to port: Int) throws -> TCPProxy? {
        shape.proxied.contains(route) ? try TCPProxy(to: port) : nil
    }

    private static func moved(_ url: String, _ port: Int, _ proxy: TCPProxy?) -> String {
        guard let proxy else { return url }
        return url.replacingOccurrences(of: "127.0.0.1:\(port)", with: "127.0.0.1:\(proxy.port)")
    }

    private func tail(_ member: Member) -> String {
        let text = (try? String(contentsOfFile: member.process.command.log ?? "", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(3).joined(separator: " | ")
    }
}

/// Waiting for a condition, with a deadline.
enum FaultWait {
    static let poll: Duration = .milliseconds(25)

    /// - Throws: what never happened, in words.
    static func until(
        _ what: String,
        within limit: Duration,
        poll: Duration = Self.poll,
        _ condition: @Sendable () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !condition() {
            guard ContinuousClock.now < deadline else { throw CommandError(.failed, "waited \(limit.seconds) s in vain until \(what)") }
            try await Task.sleep(for: poll)
        }
    }
}

extension Duration {
    /// With one decimal place, as texts show it.
    var seconds: Double { (self / .milliseconds(100)).rounded() / 10 }
}
