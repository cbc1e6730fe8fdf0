import AMQP
import PrivateServers
import TestSupport
import Testing

@Suite("Headers that are larger than they should be", .timeLimit(.minutes(2)))
struct LargeHeaderTests {
    /// What RabbitMQ and the driver agree upon.
    private static let frameMax = 131_072

    private static func message(to queue: String, headerBytes: Int) -> AMQPMessage {
        var message = BrokerLab.message(to: queue, [7])
        message.headers = ["ballast": .bytes([UInt8](repeating: 0x2A, count: headerBytes))]
        return message
    }

    @Test("a letter whose header the broker made larger than a frame arrives, and the connection stays")
    func deadLetter() async throws {
        try await BrokerLab.withShared { connection, log in
            let exchange = TestServers.unique("heavy-dead")
            let dead = BrokerLab.quorumQueue("heavy-dead")
            let work = BrokerLab.quorumQueue("heavy", ["x-dead-letter-exchange": .string(exchange)])
            try await connection.declare(ExchangeDeclaration(exchange, .fanout))
            for queue in [dead, work] { _ = try await connection.declare(queue) }
            try await connection.bind(dead.name, to: exchange, key: "")
            for queue in [dead, work] { _ = try await connection.consume(queue.name, prefetch: 10) }

            // The broker adds more than 300 bytes: why, when and from where it died.
            let results = await connection.publish([Self.message(to: work.name, headerBytes: Self.frameMax - 250)])
            #expect(results == [.confirmed])
            let delivery = try await log.deliveries(1)[0]
            connection.settle([.reject(delivery.tag, requeue: false)])
            let letter = try await log.deliveries(2)[1]

            #expect(letter.consumer.queue == dead.name && letter.body == [7])
            #expect(letter.header("x-first-death-reason") == .string("rejected"))
            guard case .bytes(let ballast) = letter.header("ballast") else { throw Unexpected(letter.header("ballast")) }
            #expect(ballast.count == Self.frameMax - 250)
            connection.settle([.ack(letter.tag)])
            #expect(log.now.ends.isEmpty)
            for queue in [dead, work] { try await connection.delete(queue: queue.name) }
            try await connection.delete(exchange: exchange)
        }
    }

    @Test("what is larger than the frame that was agreed upon is not sent, and the connection stays")
    func outgoing() async throws {
        try await BrokerLab.withShared { connection, log in
            let queue = BrokerLab.quorumQueue("too-heavy")
            _ = try await connection.declare(queue)
            var large = BrokerLab.quorumQueue("too-heavy")
            large.arguments["x-note"] = .string(String(repeating: "n", count: Self.frameMax))

            #expect(await connection.publish([Self.message(to: queue.name, headerBytes: Self.frameMax)]) == [.unsendable])
            let error = await #expect(throws: AMQPError.self) { _ = try await connection.declare(large) }

            guard case .invalidRequest = error else { throw Unexpected(error) }
            #expect(await connection.publish([BrokerLab.message(to: queue.name, [1])]) == [.confirmed])
            #expect(log.now.ends.isEmpty)
            try await connection.delete(queue: queue.name)
        }
    }

    @Test("a broker with larger frames: a deep header of 250 kB arrives, one over the limit does not cause a storm of connections")
    func largerFrames() async throws {
        let server = try await TestServers.freshRabbitMQ(configuration: ["frame_max = 4194304"])
        let raw = try RawPublisher(port: server.port, frameMax: 4_194_304)
        defer { raw.close() }
        let queue = BrokerLab.quorumQueue("deep")
        let poisoned = BrokerLab.quorumQueue("poisoned")
        try await BrokerLab.with(server.url) { connection, log in
            for queue in [queue, poisoned] { _ = try await connection.declare(queue) }
            _ = try await connection.consume(queue.name, prefetch: 10)

            // The broker itself needs seconds for it.
            try raw.publish(to: queue.name, headers: RawPublisher.nestedLists(depth: 50_000))
            let delivery = try await log.deliveries(1, within: .seconds(60))[0]

            #expect(delivery.headers.entries.map(\.key) == ["a"])
            #expect(log.now.ends.isEmpty)
        }

        try raw.publish(to: poisoned.name, headers: RawPublisher.field("k", "S", [UInt8](repeating: 0x2A, count: 2 << 20)))
        let setup: AMQPSession.Setup = { connection, _ async throws(AMQPError) in
            _ = try await connection.consume(poisoned.name, prefetch: 1)
        }
        let start = ContinuousClock.now
        try await BrokerLab.withSession(server.url, setup: setup) { _, log in
            try await eventually("six connections are lost", within: .seconds(30)) { log.now.ends.count >= 6 }
            // The pauses are at least 50, 100, 200, 400 and 800 ms.
            #expect(ContinuousClock.now - start >= .milliseconds(1_550))
        }
        await server.stop()
    }
}
