import AMQP
import PrivateServers
import TestSupport
import Testing

/// BI-AMQP 29 and 37 to 40: clean, counted, other work goes on.
@Suite("A broker that says what it should not", .timeLimit(.minutes(2)))
struct StrangeBrokerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What is put in between two frames, with nothing under way.
        let frames: @Sendable (_ channel: UInt16) -> [UInt8]
    }

    static let cases = [
        Case(testDescription: "38: ack multiple of tag 0 with nothing open", frames: { FrameProxy.ack(0, multiple: true)($0) }),
        Case(testDescription: "38: ack multiple of a tag never used", frames: { FrameProxy.ack(1 << 40, multiple: true)($0) }),
        Case(testDescription: "38: ack of a tag never used", frames: { FrameProxy.ack(.max, multiple: false)($0) }),
        Case(testDescription: "38: ack of a tag confirmed before", frames: { FrameProxy.ack(1, multiple: false)($0) }),
        Case(testDescription: "39: nack of a number never sent", frames: { FrameProxy.nack(77, multiple: false)($0) }),
        Case(testDescription: "39: nack multiple of a number never sent", frames: { FrameProxy.nack(.max, multiple: true)($0) }),
        Case(testDescription: "40: a return without a message id", frames: { FrameProxy.nameless($0) }),
    ]

    @Test("is counted, answers nobody's publish, and the connection goes on", arguments: cases)
    func unexpected(example: Case) async throws {
        let broker = try await TestServers.shared.rabbitMQ()
        let proxy = try FrameProxy(to: AMQPEndpoint(url: broker.url).port)
        proxy.start()
        defer { proxy.stop() }
        try await BrokerLab.with(proxy.url) { connection, log in
            let queue = QueueDeclaration(TestServers.unique("strange"), isDurable: false, isExclusive: true)
            _ = try await connection.declare(queue)
            _ = try await connection.consume(queue.name, prefetch: 10)
            #expect(await connection.publish([BrokerLab.message(to: queue.name, [1])]) == [.confirmed])

            #expect(proxy.putIn(example.frames))
            try await eventually("it is counted") { connection.counters.snapshot.unexpected == 1 }

            #expect(await connection.publish([BrokerLab.message(to: queue.name, [2])]) == [.confirmed])
            let deliveries = try await log.deliveries(2)
            #expect(deliveries.map(\.body) == [[1], [2]])
            let counted = connection.counters.snapshot
            #expect(counted.confirmed == 2 && counted.nacked == 0 && counted.returned == 0 && counted.unexpected == 1)
            #expect(log.now.ends.isEmpty && log.now.closedChannels.isEmpty)
        }
    }

    /// Found by TableFuzz: the library decodes such a header into a smaller struct, and texts were read behind its end.
    @Test("a content of a class other than basic ends the connection, not the process")
    func foreignClass() async throws {
        let broker = try await TestServers.shared.rabbitMQ()
        let proxy = try FrameProxy(to: AMQPEndpoint(url: broker.url).port)
        proxy.start()
        defer { proxy.stop() }
        try await BrokerLab.with(proxy.url) { connection, log in
            let queue = QueueDeclaration(TestServers.unique("foreign"), isDurable: false, isExclusive: true)
            _ = try await connection.declare(queue)
            #expect(await connection.publish([BrokerLab.message(to: queue.name, [1])]) == [.confirmed])

            #expect(proxy.putIn(FrameProxy.foreignClass))

            try await eventually("the connection ends") { log.now.ends.count == 1 }
            let answer = await connection.publish([BrokerLab.message(to: queue.name, [2])])
            guard case .unconfirmed = answer.first else { throw Unexpected(answer) }
        }
    }

    @Test("37: a hundred queues deleted in a row end their hundred consumers; the connection consumes and publishes on")
    func cancelStorm() async throws {
        let count = 100
        try await BrokerLab.withShared { connection, log in
            let kept = QueueDeclaration(TestServers.unique("kept"), isDurable: false, isExclusive: true)
            _ = try await connection.declare(kept)
            _ = try await connection.consume(kept.name, prefetch: 10)
            var consumers: [Consumer] = []
            for _ in 0..<count {
                let queue = QueueDeclaration(TestServers.unique("storm"), isDurable: false)
                _ = try await connection.declare(queue)
                consumers.append(try await connection.consume(queue.name, prefetch: 1))
            }

            try await BrokerLab.withShared { other, _ in
                for consumer in consumers { try await other.delete(queue: consumer.queue) }
            }

            try await eventually("every consumer has ended", within: .seconds(30)) { log.now.cancelled.count == count }
            #expect(Set(log.now.cancelled.map(\.id)) == Set(consumers.map(\.id)))
            for consumer in consumers { try await connection.closeChannel(of: consumer) }
            #expect(await connection.publish([BrokerLab.message(to: kept.name, [7])]) == [.confirmed])
            #expect(try await log.deliveries(1)[0].body == [7])
            #expect(log.now.ends.isEmpty && log.now.closedChannels.isEmpty)
        }
    }

    @Test("29: a delivery acknowledged twice, in one turn and in two, is acknowledged once and counted; the next one arrives")
    func ackedTwice() async throws {
        try await BrokerLab.withShared { connection, log in
            let queue = QueueDeclaration(TestServers.unique("twice"), isDurable: false, isExclusive: true)
            _ = try await connection.declare(queue)
            let consumer = try await connection.consume(queue.name, prefetch: 1)
            _ = await connection.publish([BrokerLab.message(to: queue.name, [1]), BrokerLab.message(to: queue.name, [2])])
            let first = try await log.deliveries(1)[0]

            connection.settle([.ack(first.tag), .ack(first.tag), .reject(first.tag, requeue: false)])
            let second = try await log.deliveries(2)[1]
            connection.settle([.ack(first.tag)])
            connection.settle([.ack(second.tag)])

            try await eventually("all is settled") { await connection.unsettledCount(of: consumer) == 0 }
            #expect(second.body == [2])
            #expect(connection.counters.snapshot.staleSettlements == 3)
            #expect(log.now.ends.isEmpty && log.now.closedChannels.isEmpty)
        }
    }
}
