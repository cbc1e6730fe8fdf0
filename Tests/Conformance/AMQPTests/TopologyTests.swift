import AMQP
import TestSupport
import Testing

@Suite("Declaring what the broker holds", .timeLimit(.minutes(2)))
struct TopologyTests {
    @Test("a queue is made, seen, bound, counted and deleted")
    func life() async throws {
        try await BrokerLab.withShared { connection, _ in
            let queue = BrokerLab.quorumQueue("life", ["x-max-length": 100, "x-delivery-limit": 20])
            let exchange = TestServers.unique("exchange")
            try await connection.declare(ExchangeDeclaration(exchange, .topic, arguments: ["alternate-exchange": "amq.fanout"]))

            let made = try await connection.ensure(queue)
            let again = try await connection.ensure(queue)
            try await connection.bind(queue.name, to: exchange, key: "a.*")
            var message = AMQPMessage(exchange: exchange, routingKey: "a.b", body: [1])
            message.messageID = "one"
            #expect(await connection.publish([message]) == [.confirmed])
            let seen = try await eventually("the message is ready") {
                let state = try await connection.passive(queue.name)
                return state.ready == 1 ? state : nil
            }

            #expect(made.created == true && made.ready == 0)
            #expect(again.created == false)
            #expect(seen.consumers == 0 && seen.name == queue.name)
            #expect(try await connection.delete(queue: queue.name) == 1)
            #expect(try await connection.delete(queue: queue.name) == 0)
            try await connection.delete(exchange: exchange)
        }
    }

    @Test("a queue without a name gets one from the broker, and goes with its connection")
    func nameless() async throws {
        let name = try await BrokerLab.withShared { connection, _ in
            let state = try await connection.declare(QueueDeclaration("", isDurable: false, isExclusive: true))
            #expect(try await connection.passive(state.name).ready == 0)
            return state.name
        }

        #expect(name.hasPrefix("amq.gen-"))
        try await BrokerLab.withShared { connection, _ in
            try await eventually("it is gone") {
                do {
                    _ = try await connection.passive(name)
                    return false
                } catch AMQPError.notFound {
                    return true
                } catch AMQPError.resourceLocked {
                    return false
                }
            }
        }
    }

    @Test("refusals are told apart and leave the connection alive")
    func refusals() async throws {
        try await BrokerLab.withShared { connection, _ in
            let queue = BrokerLab.quorumQueue("refused")
            _ = try await connection.declare(queue)
            let exclusive = QueueDeclaration(TestServers.unique("mine"), isDurable: false, isExclusive: true)

            let missing = await #expect(throws: AMQPError.self) { try await connection.passive(TestServers.unique("nothing")) }
            let other = await #expect(throws: AMQPError.self) {
                try await connection.declare(QueueDeclaration(queue.name, arguments: ["x-queue-type": "classic"]))
            }
            let tooLong = await #expect(throws: AMQPError.self) { try await connection.passive(String(repeating: "q", count: 256)) }
            let locked = try await BrokerLab.withShared { holder, _ in
                _ = try await holder.declare(exclusive)
                return await #expect(throws: AMQPError.self) { try await connection.declare(exclusive) }
            }

            guard case .notFound(let notFound) = missing else { throw Unexpected(missing) }
            guard case .preconditionFailed(let mismatch) = other else { throw Unexpected(other) }
            guard case .invalidRequest = tooLong else { throw Unexpected(tooLong) }
            guard case .resourceLocked(let taken) = locked else { throw Unexpected(locked) }
            #expect((notFound.code, mismatch.code, taken.code) == (404, 406, 405))
            #expect(!taken.connectionLost && !mismatch.connectionLost)
            #expect(try await connection.passive(queue.name).ready == 0)
            try await connection.delete(queue: queue.name)
        }
    }
}
