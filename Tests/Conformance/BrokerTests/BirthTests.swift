import AMQP
import BrokerAdapter
import Domain
import PrivateServers
import Synchronization
import TestSupport
import Testing

extension AtTheBroker {
    @Suite("Births of queues")
    struct BirthTests {
        @Test("a new broker's queues are written down before they are made; they are not while that fails, and a worker makes none")
        func births() async throws {
            let server = try await TestServers.freshRabbitMQ()
            let endpoint = try AMQPEndpoint(url: server.url)
            let asked = Collected<[ObservedQueue]>()
            let isRecordAway = Mutex(true)
            let worker = AMQPWorkerBroker(endpoint, name: "worker", worker: WorkerID("w"), log: Stage.log) { Stage.time }
            let lane = Lane(.general, .normal)
            await worker.consume([lane: 1])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await worker.run() }
                try await eventually("the worker is connected", within: .seconds(20)) {
                    await worker.tell(.heartbeat(Stage.beat)) == .returned(reason: "NO_ROUTE")
                }
                #expect(try await Self.queues(of: server).isEmpty)

                let orchestrator = AMQPOrchestratorBroker(
                    endpoint,
                    name: "orchestrator",
                    log: Stage.log,
                    onMissing: { queues in
                        asked.append([queues])
                        return isRecordAway.withLock { !$0 }
                    },
                    now: { Stage.time }
                )
                group.addTask { await orchestrator.run() }
                try await eventually("it was refused twice", within: .seconds(20)) { asked.items.count >= 2 }
                #expect(await orchestrator.health() != .connected)
                #expect(try await Self.queues(of: server).isEmpty)

                isRecordAway.withLock { $0 = false }
                try await eventually("it is connected", within: .seconds(30)) { await orchestrator.health() == .connected }
                #expect(Set(asked.items.last ?? []) == Set(Lane.all.map { ObservedQueue.lane($0) } + [.outcomes]))
                #expect(try await Self.queues(of: server) == Set(Queue.all))
                try await eventually("the worker consumes its lane", within: .seconds(10)) {
                    await orchestrator.depths().first { $0.name == Queue.lane(lane) }?.consumers == 1
                }
                await worker.close()
                await orchestrator.close()
                try await group.waitForAll()
            }
            await server.stop()
        }

        @Test("an orchestrator that finds every queue is connected within half a second")
        func quick() async throws {
            let url = try await TestServers.shared.rabbitMQ().url
            try await Stage.with(url) { _ in }
            let clock = ContinuousClock()
            let times = Collected<Duration>()
            for _ in 0..<5 {
                let begun = clock.now
                try await Stage.with(url, purges: false) { stage in
                    try await eventually("connected", poll: .milliseconds(2)) { await stage.orchestrator.health() == .connected }
                    times.append([clock.now - begun])
                    #expect(stage.missed.items.isEmpty)
                }
            }
            let best = try #require(times.items.min())
            #expect(best < .milliseconds(500), "\(times.items)")
        }

        private static func queues(of server: PrivateRabbitMQ) async throws -> Set<String> {
            let names = try await server.control(["list_queues", "name", "--silent"]).split(separator: "\n").map(String.init)
            return Set(names.filter { !$0.hasPrefix("control.") })
        }
    }
}
