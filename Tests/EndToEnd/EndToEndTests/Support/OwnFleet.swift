import APIContract
import Foundation
import Glibc
import PrivateServers
import Synchronization
import TestSupport

/// A fleet whose parts the test starts and kills one by one, as an init system would.
final class OwnFleet: Sendable {
    let fleet: Fleet
    let broker: PrivateRabbitMQ
    let redis: PrivateRedis
    private let servers: PrivateServers
    /// What its programs have in theirs.
    let environment: [String: String]
    private let scratch: ScratchFolder
    private let orchestrators = Mutex<[ChildProcess]>([])
    private let workers = Mutex<[ChildProcess]>([])

    private init(servers: PrivateServers, fleet: Fleet, port: Int, extra: [String: String]) throws {
        self.servers = servers
        self.fleet = fleet
        broker = servers.rabbitMQ
        redis = servers.redis
        scratch = try ScratchFolder("own")
        environment = fleet.environment.merging(Programs.quick) { _, own in own }.merging([
            "FLOTILLA_HTTP_PORT": "\(port)", "FLOTILLA_SEAL_KEY": String(repeating: "5a", count: 32),
        ]) { _, own in own }.merging(extra) { _, own in own }
    }

    /// Servers, schema, orchestrator and workers, the last two with `extra` settings.
    static func start(workers: Int = 2, extra: [String: String] = [:]) async throws -> OwnFleet {
        let servers = try await PrivateServers.start()
        let port = try FreePort.tcp()
        let fleet = Fleet(
            url: "http://127.0.0.1:\(port)",
            brokerURL: servers.rabbitMQ.url,
            redisURL: servers.redis.url,
            postgresURL: servers.postgres.url
        )
        let own = try OwnFleet(servers: servers, fleet: fleet, port: port, extra: extra)
        let migrated = try await fleet.cli("db", "migrate")
        guard migrated.status == .code(0) else { throw NotAsExpected("db migrate: \(migrated)") }
        try await own.startOrchestrator()
        for _ in 0..<workers { try await own.startWorker() }
        return own
    }

    /// Returns when the orchestrator is ready.
    func startOrchestrator(extra: [String: String] = [:]) async throws {
        let process = try start("flotilla-orchestrator", log: "orchestrator.log", extra: extra)
        orchestrators.withLock { $0.append(process) }
        try await process.ready("the orchestrator is ready", within: .seconds(30)) {
            try await fleet.api.get(APIPath.ready).status == 200 ? () : nil
        }
    }

    func killOrchestrator() {
        orchestrators.withLock { $0.last }?.kill()
    }

    /// Returns when the worker is registered.
    @discardableResult
    func startWorker(extra: [String: String] = [:]) async throws -> ChildProcess {
        let count = workers.withLock { $0.count }
        let process = try start("flotilla-worker", log: "worker-\(count + 1).log", extra: extra)
        workers.withLock { $0.append(process) }
        try await process.ready("worker \(count + 1) is registered", within: .seconds(20)) {
            try await fleet.workers().first { $0.pid == process.pid && $0.status == "healthy" }.map { _ in }
        }
        return process
    }

    /// The process of a worker that registered.
    func process(of worker: WorkerShape) throws -> ChildProcess {
        guard let process = workers.withLock({ $0.first { $0.pid == worker.pid } }) else {
            throw NotAsExpected("nobody started \(worker.id)")
        }
        return process
    }

    /// Starts workers until so many are alive.
    func fill(to count: Int) async throws {
        while workers.withLock({ $0.count(where: \.isRunning) }) < count { try await startWorker() }
    }

    func signalWorker(_ number: Int, _ signal: Signal) {
        workers.withLock { $0[number - 1] }.signal(signal)
    }

    /// What a program has logged: `orchestrator.log`, `worker-1.log`.
    func log(_ name: String) throws -> String { try scratch.text(name) }

    /// The last lines of every log, for failures.
    var logs: String {
        get throws {
            let names = ["orchestrator.log"] + workers.withLock { $0.indices.map { "worker-\($0 + 1).log" } }
            return try names.map { "== \($0)\n\(try scratch.text($0).suffix(1500))" }.joined(separator: "\n")
        }
    }

    private func start(_ program: String, log: String, extra: [String: String]) throws -> ChildProcess {
        let process = ChildProcess(
            ChildProcess.Command(
                try Programs.path(program),
                [],
                environment: environment.merging(extra) { $1 },
                log: scratch.file(log)
            )
        )
        try process.start()
        return process
    }
}
