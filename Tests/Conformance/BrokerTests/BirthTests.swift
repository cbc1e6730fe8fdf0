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

        @Test(
            "a binding that somebody removed is back once a message came back, an exchange within the next look, each with nothing written down"
        )
        func bindings() async throws {
            let server = try await TestServers.freshRabbitMQ()
            var settings = BrokerSettings()
            settings.makeAgainAfter = .milliseconds(50)
            settings.lookForQueuesEvery = .seconds(60)
            try await Stage.with(server.url, settings: settings) { stage in
                try await eventually("a task is taken", within: .seconds(20)) {
                    await stage.orchestrator.publish([Stage.task(1)]) == [.confirmed]
                }
                let lane = "rabbit_misc:r(<<\"/\">>, queue, <<\"work.network.high\">>)"
                let work = "rabbit_misc:r(<<\"/\">>, exchange, <<\"\(Exchange.work)\">>)"
                let binding = "{binding, \(work), <<\"network.high\">>, \(lane), []}"
                _ = try await server.control(["eval", "ok = rabbit_binding:remove(\(binding), <<\"test\">>)."])
                #expect(await stage.orchestrator.publish([Stage.task(2)]) == [.returned(reason: "NO_ROUTE")])
                try await eventually("a task is taken again", within: .seconds(10)) {
                    await stage.orchestrator.publish([Stage.task(3)]) == [.confirmed]
                }
                #expect(stage.missed.items.isEmpty)
            }
            settings.lookForQueuesEvery = .milliseconds(200)
            try await Stage.with(server.url, settings: settings, purges: false) { stage in
                try await eventually("connected") { await stage.orchestrator.health() == .connected }
                try await stage.directly { try await $0.delete(exchange: Exchange.work) }
                try await eventually("a task is taken again", within: .seconds(20)) {
                    await stage.orchestrator.publish([Stage.task(4)]) == [.confirmed]
                }
                #expect(stage.missed.items.isEmpty)
            }
            await server.stop()
        }

        private static func queues(of server: PrivateRabbitMQ) async throws -> Set<String> {
            let names = try await server.control(["list_queues", "name", "--silent"]).split(separator: "\n").map(String.init)
            return Set(names.filter { !$0.hasPrefix("control.") })
        }
    }
}
