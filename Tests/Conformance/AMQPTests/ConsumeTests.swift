import AMQP
import PrivateServers
import TestSupport
import Testing

@Suite("Consuming", .timeLimit(.minutes(2)))
struct ConsumeTests {
    @Test("a message arrives as it was sent: every property, header and byte")
    func faithful() async throws {
        try await BrokerLab.withShared { connection, log in
            let queue = BrokerLab.quorumQueue("faithful")
            _ = try await connection.declare(queue)
            let consumer = try await connection.consume(queue.name, prefetch: 10)
            var message = BrokerLab.message(to: queue.name, [0xFF, 0xFE, 0, 0xCE, 0x80], id: "id-1")
            message.contentType = "application/json"
            message.type = "snmp.get"
            message.correlationID = "corr"
            message.appID = "flotilla"
            message.replyTo = "reply"
            message.timestamp = 1_790_000_000
            message.priority = 3
            message.headers = [
                "x-number": 9_007_199_254_740_993, "x-flag": true, "traceparent": "00-ä-01", "raw": .bytes([0xC0, 0xAF, 0]),
                "real": .real(1.5), "when": .timestamp(5), "nothing": .other, "ключ": "значение",
            ]

            #expect(await connection.publish([message]) == [.confirmed])
            let delivery = try await log.deliveries(1)[0]

            #expect(delivery.body == message.body && Array(delivery.bodySlice) == message.body && !delivery.isTruncated)
            #expect(delivery.consumer.id == consumer.id && delivery.consumer.queue == queue.name)
            #expect(delivery.exchange == "" && delivery.routingKey == queue.name)
            #expect(delivery.contentType == "application/json" && delivery.type == "snmp.get" && delivery.messageID == "id-1")
            #expect(delivery.correlationID == "corr" && delivery.appID == "flotilla" && delivery.replyTo == "reply")
            #expect(delivery.timestamp == 1_790_000_000 && delivery.priority == 3)
            #expect(!delivery.isRedelivered && delivery.deliveryCount == 0)
            #expect(delivery.headers.entries.count == message.headers.entries.count)
            for entry in message.headers.entries { #expect(delivery.headers[entry.key] == entry.value) }
            #expect(delivery.header("x-number") == .integer(9_007_199_254_740_993))
            #expect(delivery.header("absent") == nil)
            connection.settle([.ack(delivery.tag)])
            try await connection.delete(queue: queue.name)
        }
    }

    @Test("bodies of nothing, of one MiB and of just over a frame arrive whole", arguments: [0, 1, 131_064, 131_065, 1 << 20])
    func bodies(size: Int) async throws {
        try await BrokerLab.withShared { connection, log in
            let queue = BrokerLab.quorumQueue("bodies")
            _ = try await connection.declare(queue)
            _ = try await connection.consume(queue.name, prefetch: 10)
            let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }

            let results = await connection.publish([BrokerLab.message(to: queue.name, body), BrokerLab.message(to: queue.name, [9])])
            let deliveries = try await log.deliveries(2)

            #expect(results == [.confirmed, .confirmed])
            #expect(deliveries[0].body == body)
            #expect(deliveries[0].bodyBytes == UInt64(size))
            #expect(deliveries[1].body == [9])
            try await connection.delete(queue: queue.name)
        }
    }

    @Test("a body over the limit is cut, says so, and the connection goes on")
    func cut() async throws {
        var settings = AMQPSettings()
        settings.bodyBytesMax = 1000
        try await BrokerLab.withShared(settings: settings) { connection, log in
            let queue = BrokerLab.quorumQueue("cut")
            _ = try await connection.declare(queue)
            _ = try await connection.consume(queue.name, prefetch: 10)

            _ = await connection.publish([300_000, 1001, 1000].map { BrokerLab.message(to: queue.name, Array(repeating: 5, count: $0)) })
            let deliveries = try await log.deliveries(3)

            #expect(deliveries.map(\.body.count) == [1000, 1000, 1000])
            #expect(deliveries.map(\.isTruncated) == [true, true, false])
            #expect(deliveries[0].bodyBytes == 300_000)
            try await connection.delete(queue: queue.name)
        }
    }

    @Test("texts that are not UTF-8 and headers nested thousands deep neither crash nor close anything")
    func hostile() async throws {
        let server = try await TestServers.shared.rabbitMQ()
        try await BrokerLab.withShared { connection, log in
            let queue = BrokerLab.quorumQueue("hostile")
            _ = try await connection.declare(queue)
            _ = try await connection.consume(queue.name, prefetch: 10)
            let raw = try RawPublisher(port: server.port)
            defer { raw.close() }

            try raw.publish(to: queue.name, headers: RawPublisher.field("k\u{1}", "S", [0xFF, 0xC0, 0xAF, 0x80]), messageID: [0xFE, 0xFF])
            try raw.publish(to: queue.name, headers: RawPublisher.nested(depth: 18_700))
            try raw.publish(to: queue.name, headers: RawPublisher.nestedLists(depth: 26_000))
            try raw.publish(to: queue.name, headers: (0..<4000).flatMap { RawPublisher.field("h\($0)", "S", [1]) })
            _ = await connection.publish([BrokerLab.message(to: queue.name, [1], id: "last")])
            let deliveries = try await log.deliveries(5)

            let named = deliveries.first { $0.messageID == "\u{FFFD}\u{FFFD}" }
            #expect(named?.headers.entries.first?.value == .string(String(decoding: [0xFF, 0xC0, 0xAF, 0x80], as: UTF8.self)))
            #expect(deliveries.contains { $0.header("n") == .other })
            #expect(deliveries.contains { $0.header("a") == .other })
            #expect(deliveries.contains { $0.headers.entries.count == 64 })
            #expect(deliveries.contains { $0.messageID == "last" })
            try await connection.delete(queue: queue.name)
        }
    }

    @Test("a rejected message reaches the dead-letter exchange with its first reason and queue")
    func deadLetter() async throws {
        try await BrokerLab.withShared { connection, log in
            let exchange = TestServers.unique("dead")
            let dead = BrokerLab.quorumQueue("dead")
            let work = BrokerLab.quorumQueue(
                "work",
                ["x-dead-letter-exchange": .string(exchange), "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"]
            )
            try await connection.declare(ExchangeDeclaration(exchange, .fanout))
            for queue in [dead, work] { _ = try await connection.declare(queue) }
            try await connection.bind(dead.name, to: exchange, key: "")
            _ = try await connection.consume(work.name, prefetch: 10)
            _ = try await connection.consume(dead.name, prefetch: 10)

            _ = await connection.publish([BrokerLab.message(to: work.name, [4, 2], id: "bad")])
            let first = try await log.deliveries(1)[0]
            connection.settle([.reject(first.tag, requeue: true)])
            let second = try await log.deliveries(2)[1]
            connection.settle([.reject(second.tag, requeue: false)])
            let letter = try await log.deliveries(3)[2]

            #expect(second.isRedelivered && second.deliveryCount == 1)
            #expect(letter.consumer.queue == dead.name && letter.messageID == "bad" && letter.body == [4, 2])
            #expect(letter.header("x-first-death-reason") == .string("rejected"))
            #expect(letter.header("x-first-death-queue") == .string(work.name))
            #expect(letter.header("x-death") == .other)
            connection.settle([.ack(letter.tag)])
            for queue in [dead, work] { try await connection.delete(queue: queue.name) }
            try await connection.delete(exchange: exchange)
        }
    }

    @Test("the prefetch changes through a new channel; the old one settles what it holds and closes empty")
    func prefetch() async throws {
        try await BrokerLab.withShared { connection, log in
            let queue = BrokerLab.quorumQueue("prefetch")
            _ = try await connection.declare(queue)
            let small = try await connection.consume(queue.name, prefetch: 2)
            _ = await connection.publish((0..<6).map { BrokerLab.message(to: queue.name, [UInt8($0)]) })
            _ = try await log.deliveries(2)
            try await eventually("the rest waits") { try await connection.passive(queue.name).ready == 4 }

            let large = try await connection.consume(queue.name, prefetch: 100)
            try await connection.cancel(small)
            let all = try await log.deliveries(6)
            #expect(await connection.unsettledCount(of: small) == 2)
            connection.settle(all.map { .ack($0.tag) })
            #expect(await connection.unsettledCount(of: small) == 0)
            try await connection.closeChannel(of: small)

            #expect(all.filter { $0.consumer.id == large.id }.count == 4)
            #expect(all.allSatisfy { !$0.isRedelivered })
            #expect(connection.counters.snapshot.settled == 6)
            try await eventually("the queue is empty") {
                let state = try await connection.passive(queue.name)
                return state.ready == 0 && state.consumers == 1
            }
            try await connection.delete(queue: queue.name)
        }
    }

    @Test("a tag settled twice, of a closed channel or of another connection is ignored and counted")
    func stale() async throws {
        try await BrokerLab.withShared { connection, log in
            let queue = BrokerLab.quorumQueue("stale")
            _ = try await connection.declare(queue)
            let first = try await connection.consume(queue.name, prefetch: 1)
            _ = await connection.publish([BrokerLab.message(to: queue.name, [1]), BrokerLab.message(to: queue.name, [2])])
            let one = try await log.deliveries(1)[0]

            connection.settle([.ack(one.tag), .ack(one.tag)])
            let two = try await log.deliveries(2)[1]
            try await connection.closeChannel(of: first)
            connection.settle([.ack(two.tag)])
            try await BrokerLab.withShared { other, _ in
                other.settle([.ack(two.tag)])
                try await eventually("counted there") { other.counters.snapshot.staleSettlements == 1 }
            }
            _ = try await connection.consume(queue.name, prefetch: 1)
            let again = try await log.deliveries(3)[2]

            #expect(again.body == [2] && again.isRedelivered)
            #expect(connection.counters.snapshot.staleSettlements == 2)
            #expect(log.now.closedChannels.isEmpty && log.now.ends.isEmpty)
            try await connection.delete(queue: queue.name)
        }
    }

    @Test("a deleted queue cancels its consumer, and the connection goes on")
    func deletedQueue() async throws {
        try await BrokerLab.withShared { connection, log in
            let queue = BrokerLab.quorumQueue("deleted")
            _ = try await connection.declare(queue)
            let consumer = try await connection.consume(queue.name, prefetch: 1)

            try await connection.delete(queue: queue.name)

            try await eventually("the cancel") { log.now.cancelled.map(\.id) == [consumer.id] }
            try await connection.cancel(consumer)
            try await connection.closeChannel(of: consumer)
            let refused = await #expect(throws: AMQPError.self) { try await connection.consume(queue.name, prefetch: 1) }
            guard case .notFound = refused else { throw Unexpected(refused) }
        }
    }

    @Test("an exclusive consumer refuses a second one, and the connection survives")
    func exclusive() async throws {
        try await BrokerLab.withShared { connection, _ in
            let queue = QueueDeclaration(TestServers.unique("single"), isDurable: false, autoDelete: true)
            _ = try await connection.declare(queue)
            let consumer = try await connection.consume(queue.name, prefetch: 1, isExclusive: true)

            let refused = await #expect(throws: AMQPError.self) { try await connection.consume(queue.name, prefetch: 1) }

            guard case .accessRefused(let failure) = refused else { throw Unexpected(refused) }
            #expect(failure.code == 403)
            try await connection.closeChannel(of: consumer)
        }
    }
}
