import Assembly
import Foundation
import PrivateServers
import Synchronization

/// Drains full lanes through one real worker, each time right after the plain loops on the same broker.
struct WorkerBench: Sendable {
    let tasks: Int
    let rounds: Int
    let servers: BenchServers
    let note: @Sendable (String) -> Void

    /// 256 in all, a lane of each class and priority.
    static let slots = "cpu=51,io=51,memory=51,network=51,general=52"

    func measure() async throws -> WorkerFigures {
        var done: [WorkerFigures.Round] = []
        for place in 1...rounds {
            note("round \(place) of \(rounds): plain loops, then the worker, \(tasks) each")
            let ceiling = try await CeilingRun.measure(url: servers.rabbitMQ.url, messages: tasks, in: servers.folder)
            done.append(try await drain(ceiling))
        }
        return WorkerFigures(tasks: tasks, slots: Self.slots, rounds: done)
    }

    private func drain(_ ceiling: CeilingRun) async throws -> WorkerFigures.Round {
        let worker = ChildProcess(
            ChildProcess.Command(
                try LocalFleet.program("flotilla-worker"),
                [],
                environment: environment,
                log: servers.folder.file("worker.log")
            )
        )
        let start = Meter()
        let drained: LaneDrain.Drained
        do {
            drained = try await LaneDrain(brokerURL: servers.rabbitMQ.url, tasks: tasks, patience: .seconds(300)).run {
                try worker.start()
                start.set(CPUAccount.now())
            }
        } catch {
            worker.kill()
            let log = (try? String(contentsOfFile: servers.folder.file("worker.log"), encoding: .utf8)) ?? ""
            throw CommandError(.failed, "\(error); the worker's log ends with: \(log.suffix(500))")
        }
        let cpu = (CPUAccount.now() - start.value).seconds.mapValues { $0 * 1e6 / Double(tasks) }
        _ = await worker.stop(grace: .seconds(40))
        let seconds = drained.seconds
        return WorkerFigures.Round(
            seconds: seconds,
            tasksPerSecond: Double(tasks) / seconds,
            outcomeMessages: drained.messages,
            workerMicros: cpu["workers"] ?? 0,
            brokerMicros: cpu["RabbitMQ"] ?? 0,
            benchMicros: cpu["submitter"] ?? 0,
            ceiling: ceiling.consume
        )
    }

    private var environment: [String: String] {
        ProcessInfo.processInfo.environment.merging(
            [
                "FLOTILLA_BROKER_URL": servers.rabbitMQ.url, "FLOTILLA_REDIS_URL": servers.redis.url,
                "FLOTILLA_SEAL_KEY": FleetSealKey.makeText(), "FLOTILLA_WORKER_SLOTS": Self.slots, "FLOTILLA_LOG_LEVEL": "warning",
            ].merging(ProfileFolder.found.map { ["FLOTILLA_PROFILES": $0] } ?? [:]) { own, _ in own }
        ) { _, own in own }
    }
}

/// The processor clocks when the worker started.
private final class Meter: Sendable {
    private let account = Mutex(CPUAccount())

    var value: CPUAccount { account.withLock { $0 } }

    func set(_ new: CPUAccount) { account.withLock { $0 = new } }
}
