import APIContract
import Assembly
import Foundation
import PrivateServers

/// A whole fleet on this machine: servers (private, unless addresses are given), one orchestrator, some workers.
///
/// Everything it started stops in reverse order, and ends with this process whatever happens to it.
actor LocalFleet {
    struct Options: Sendable {
        var workers = 2
        /// `nil` takes a free port.
        var httpPort: Int?
        var brokerURL: String?
        var redisURL: String?
        var postgresURL: String?
        /// Besides the addresses, given to orchestrator and workers.
        var environment: [String: String] = [:]
    }

    private let options: Options
    private let note: @Sendable (String) -> Void
    private let folder: ScratchFolder
    private var servers: [any PrivateServer] = []
    private var orchestrator: ChildProcess?
    private(set) var workers: [ChildProcess] = []
    private var started = 0
    private var environment: [String: String] = [:]
    private(set) var url = ""

    init(_ options: Options, note: @escaping @Sendable (String) -> Void) throws {
        self.options = options
        self.note = note
        folder = try ScratchFolder("up")
    }

    /// Where everything is, for programs.
    var addresses: [String: String] {
        [
            "FLOTILLA_URL": url,
            "FLOTILLA_BROKER_URL": environment["FLOTILLA_BROKER_URL"] ?? "",
            "FLOTILLA_REDIS_URL": environment["FLOTILLA_REDIS_URL"] ?? "",
            "FLOTILLA_POSTGRES_URL": environment["FLOTILLA_POSTGRES_URL"] ?? "",
        ]
    }

    /// Starts servers, schema, orchestrator and workers, each only when what it needs answers.
    func start() async throws {
        try expectFreePort()
        try await startServers()
        try await DatabaseSchema(url: environment["FLOTILLA_POSTGRES_URL"] ?? "").migrate()
        note("schema is up to date")
        try await startOrchestrator()
        for _ in 0..<options.workers { try startWorker() }
        try await waitForWorkers(options.workers)
    }

    /// Starts one more worker; it registers by itself.
    @discardableResult
    func startWorker() throws -> ChildProcess {
        started += 1
        var environment = environment
        environment["FLOTILLA_WORKER_HTTP_PORT"] = environment["FLOTILLA_WORKER_HTTP_PORT"] ?? "0"
        let worker = ChildProcess(
            ChildProcess.Command(
                try Self.program("flotilla-worker"),
                [],
                environment: environment,
                log: folder.file("worker-\(started).log")
            )
        )
        try worker.start()
        workers.append(worker)
        return worker
    }

    /// Ends one worker with SIGKILL; it is not counted as one that ended by itself.
    func killWorker(_ place: Int) async {
        let worker = workers.remove(at: place)
        worker.kill()
        _ = await worker.exited
    }

    /// Stops workers, orchestrator and servers, in this order.
    func stop() async {
        await withTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { _ = await worker.stop(grace: .seconds(40)) } }
        }
        _ = await orchestrator?.stop(grace: .seconds(40))
        for server in servers.reversed() { await server.stop() }
        folder.remove()
    }

    /// Which of its processes have ended, with the last lines they wrote.
    func ended() -> [String] {
        ([orchestrator].compactMap(\.self) + workers).filter { !$0.isRunning }.map { process in
            let name = URL(fileURLWithPath: process.command.log ?? "").deletingPathExtension().lastPathComponent
            return "\(name) ended (\(process.exitStatus.map { "\($0)" } ?? "never started")): \(tail(name + ".log"))"
        }
    }

    private func startServers() async throws {
        var started: [any PrivateServer] = []
        var rabbitMQ: PrivateRabbitMQ?
        var redis: PrivateRedis?
        var postgres: PrivatePostgres?
        if options.brokerURL == nil {
            rabbitMQ = try PrivateRabbitMQ()
            started += [rabbitMQ].compactMap { $0 }
        }
        if options.redisURL == nil {
            redis = try PrivateRedis()
            started += [redis].compactMap { $0 }
        }
        if options.postgresURL == nil {
            postgres = try PrivatePostgres()
            started += [postgres].compactMap { $0 }
        }
        servers = started
        if !started.isEmpty { note("starting \(started.map(\.name).joined(separator: ", "))") }
        try await PrivateServers.start(started)
        var environment = ProcessInfo.processInfo.environment
        environment.merge(options.environment) { _, own in own }
        environment["FLOTILLA_BROKER_URL"] = options.brokerURL ?? rabbitMQ?.url
        environment["FLOTILLA_REDIS_URL"] = options.redisURL ?? redis?.url
        environment["FLOTILLA_POSTGRES_URL"] = options.postgresURL ?? postgres?.url
        environment["FLOTILLA_SEAL_KEY"] = environment["FLOTILLA_SEAL_KEY"] ?? FleetSealKey.makeText()
        environment["FLOTILLA_PROFILES"] = environment["FLOTILLA_PROFILES"] ?? ProfileFolder.found
        environment["FLOTILLA_COORDINATOR_LOG_FOLDER"] = environment["FLOTILLA_COORDINATOR_LOG_FOLDER"] ?? folder.file("coordinator")
        self.environment = environment
        if !started.isEmpty { note("servers answer") }
    }

    /// Another program on the port would answer in the orchestrator's place.
    private func expectFreePort() throws {
        guard let port = options.httpPort, let owner = PortOwner.ofTCP(port: port) else { return }
        throw CommandError(.failed, "the port 127.0.0.1:\(port) is in use by \(owner); allowed: a free port in --port, 0 takes one")
    }

    private func startOrchestrator() async throws {
        let port = try options.httpPort ?? FreePort.tcp()
        url = "http://127.0.0.1:\(port)"
        environment["FLOTILLA_HTTP_PORT"] = "\(port)"
        environment["FLOTILLA_URL"] = url
        let process = ChildProcess(
            ChildProcess.Command(
                try Self.program("flotilla-orchestrator"),
                [],
                environment: environment,
                log: folder.file("orchestrator.log")
            )
        )
        try process.start()
        orchestrator = process
        let client = try APIClient(url)
        try await wait("the orchestrator is ready", atMost: .seconds(30)) {
            guard process.isRunning else { throw CommandError(.failed, "the orchestrator ended: \(await self.tail("orchestrator.log"))") }
            return (try? await client.get(APIPath.ready, as: HealthShape.self)) != nil
        }
        note("orchestrator answers at \(url)")
    }

    /// Waits until so many workers are registered and alive.
    func waitForWorkers(_ count: Int) async throws {
        let client = try APIClient(url)
        try await wait("\(count) workers are registered", atMost: .seconds(30)) {
            if let end = await self.ended().first { throw CommandError(.failed, end) }
            let list: Listing<WorkerShape>? = try? await client.get(APIPath.workers)
            return (list?.items.count { ["healthy", "degraded"].contains($0.status) } ?? 0) >= count
        }
        note("\(count) workers registered")
    }

    private func wait(_ what: String, atMost limit: Duration, until condition: @Sendable () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !condition() {
            guard ContinuousClock.now < deadline else { throw CommandError(.failed, "waited \(limit) in vain until \(what)") }
            try await Task.sleep(for: .milliseconds(25))
        }
    }

    private func tail(_ log: String) -> String {
        let text = (try? String(contentsOfFile: folder.file(log), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(3).joined(separator: " | ")
    }

    /// A program of Flotilla: beside this one.
    static func program(_ name: String) throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(name).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw CommandError(.failed, "\(name) is not beside flotilla (\(path)); build it with `make build`")
        }
        return path
    }
}
