import AMQP
import BrokerAdapter
import Domain
import PrivateServers
import TestSupport
import Testing

extension AtTheBroker {
    @Suite("What stands at the broker is compared with what is wanted")
    struct TopologyCheckTests {
        @Test("an empty broker misses everything; apply makes it; then all is fine, and a worker can use it")
        func empty() async throws {
            let broker = try await TestServers.freshRabbitMQ()
            let connection = try await Self.open(broker)
            let topology = Topology()

            let before = try await topology.check(on: connection)
            #expect(before.count > 60 && before.allSatisfy { $0.state == .missing })
            #expect(try await broker.control(["list_queues", "name", "--silent"]).isEmpty)

            let made = try await topology.apply(on: connection)
            #expect(made.map(\.name) == before.map(\.name) && made.allSatisfy { $0.state == .made })
            let after = try await topology.check(on: connection)
            #expect(after.allSatisfy { $0.isFine })
            #expect(after.filter { $0.kind != .binding }.allSatisfy { $0.state == .fine })
            await connection.close()

            try await Stage.with(broker.url) { stage in
                await stage.worker.consume([Lane(.general, .normal): 1])
                #expect(await stage.orchestrator.publish([Stage.task(1, lane: Lane(.general, .normal))]) == [.confirmed])
                try await eventually("the task", within: .seconds(10)) { stage.deliveries.count == 1 }
            }
            await broker.stop()
        }

        @Test("what differs is named with its argument, what is wanted and what is there; apply leaves it alone")
        func different() async throws {
            let broker = try await TestServers.freshRabbitMQ()
            let connection = try await Self.open(broker)
            let topology = Topology()
            let lane = Queue.lane(Lane(.io, .high))
            try await connection.declare(ExchangeDeclaration(Exchange.work, .topic))
            _ = try await connection.declare(
                QueueDeclaration(
                    lane,
                    arguments: [
                        "x-queue-type": "quorum", "x-max-length": 7, "x-overflow": "reject-publish",
                        "x-dead-letter-exchange": .string(Exchange.dead), "x-dead-letter-strategy": "at-least-once",
                        "x-delivery-limit": 20,
                    ]
                )
            )
            _ = try await connection.declare(QueueDeclaration(Queue.fleet))
            _ = try await topology.apply(on: connection)

            let wrong = try await topology.check(on: connection).filter { !$0.isFine }

            #expect(Set(wrong.map(\.name)) == [Exchange.work, lane, Queue.fleet])
            let differences = Dictionary(
                uniqueKeysWithValues: wrong.compactMap { item -> (String, TopologyDifference)? in
                    guard case .different(let difference) = item.state else { return nil }
                    return (item.name, difference)
                }
            )
            #expect(differences[Exchange.work]?.argument == "type")
            #expect(differences[Exchange.work]?.wanted == "direct" && differences[Exchange.work]?.found == "topic")
            #expect(differences[lane]?.argument == "x-max-length")
            #expect(differences[lane]?.wanted == "3000" && differences[lane]?.found == "7")
            #expect(differences[Queue.fleet]?.argument?.hasPrefix("x-") == true)
            let state = try await broker.control(["list_queues", "name", "arguments", "--silent"])
            #expect(state.contains("7"))
            await connection.close()
            await broker.stop()
        }

        @Test("one queue that somebody deleted is missed with its bindings, the rest is fine")
        func deleted() async throws {
            let broker = try await TestServers.freshRabbitMQ()
            let connection = try await Self.open(broker)
            let topology = Topology()
            try await topology.declare(on: connection)
            try await connection.delete(queue: Queue.outcomes)

            let missing = try await topology.check(on: connection).filter { $0.state == .missing }
            #expect(missing.map(\.kind) == [.queue, .binding])
            #expect(missing.first?.name == Queue.outcomes)

            _ = try await topology.apply(on: connection)
            #expect(try await topology.check(on: connection).allSatisfy { $0.isFine })
            await connection.close()
            await broker.stop()
        }

        private static func open(_ broker: PrivateRabbitMQ) async throws -> AMQPConnection {
            try await AMQPConnection.open(try AMQPEndpoint(url: broker.url), name: "test", logger: Stage.log)
        }
    }
}

@Suite("The broker's words about what differs")
struct TopologyDifferenceTests {
    @Test(
        "argument, wanted and found are read",
        arguments: [
            (
                "PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'q' in vhost '/': received '10' but current is '20'",
                ["x-max-length", "10", "20"]
            ),
            (
                "PRECONDITION_FAILED - inequivalent arg 'x-overflow' for queue 'q' in vhost '/': "
                    + "received the value 'reject-publish' of type 'longstr' but current is none",
                ["x-overflow", "reject-publish", "none"]
            ),
            (
                "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'e' in vhost '/': received 'direct' but current is 'topic'",
                ["type", "direct", "topic"]
            ),
        ]
    )
    func reads(text: String, expected: [String]) {
        let difference = TopologyDifference(text)

        #expect([difference.argument, difference.wanted, difference.found] == expected)
        #expect(difference.text == text)
    }

    @Test("other words are kept whole")
    func other() {
        let difference = TopologyDifference("something else")

        #expect(difference.argument == nil && difference.wanted == nil && difference.found == nil)
        #expect(difference.text == "something else")
    }
}
