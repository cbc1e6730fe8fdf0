import AMQP
import TestSupport
import Testing

@Suite("Publishing with confirm", .timeLimit(.minutes(3)))
struct PublishTests {
    @Test("ten thousand messages of many callers are all confirmed and consumed once")
    func tenThousand() async throws {
        try await BrokerLab.withShared { connection, log in
            let queue = BrokerLab.quorumQueue("many")
            _ = try await connection.declare(queue)
            let consumer = try await connection.consume(queue.name, prefetch: 500)

            let results = await withTaskGroup(of: [PublishResult].self) { group in
                for caller in 0..<40 {
                    group.addTask {
                        await connection.publish(
                            (0..<250).map { BrokerLab.message(to: queue.name, Array(repeating: 7, count: 64), id: "\(caller)-\($0)") }
                        )
                    }
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            var settled = 0
            try await eventually("10,000 deliveries", within: .seconds(60)) {
                let deliveries = log.now.deliveries
                connection.settle(deliveries[settled...].map { .ack($0.tag) })
                settled = deliveries.count
                return settled >= 10_000
            }

            #expect(results.count == 10_000 && results.allSatisfy(\.isConfirmed))
            let ids = Set(log.now.deliveries.compactMap(\.messageID))
            #expect(ids.count == 10_000)
            try await eventually("nothing in hand") { await connection.unsettledCount(of: consumer) == 0 }
            #expect(log.now.deliveries.count == 10_000)
            let counters = connection.counters.snapshot
            #expect(counters.confirmed == 10_000 && counters.settled == 10_000 && counters.staleSettlements == 0)
            #expect(counters.unexpected == 0)
            try await connection.delete(queue: queue.name)
        }
    }

    @Test("more bytes than the socket takes at once go out in their order")
    func large() async throws {
        try await BrokerLab.withShared { connection, log in
            let queue = BrokerLab.quorumQueue("large")
            _ = try await connection.declare(queue)
            _ = try await connection.consume(queue.name, prefetch: 40)
            let bodies = (0..<40).map { [UInt8](repeating: UInt8($0), count: 1 << 20) }

            let results = await connection.publish(bodies.map { BrokerLab.message(to: queue.name, $0) })
            let deliveries = try await log.deliveries(40)

            #expect(results == Array(repeating: .confirmed, count: 40))
            #expect(deliveries.map(\.body) == bodies)
            try await connection.delete(queue: queue.name)
        }
    }

    @Test("a message no queue takes comes back under its own id, its neighbours are confirmed")
    func returned() async throws {
        try await BrokerLab.withShared { connection, _ in
            let queue = BrokerLab.quorumQueue("neighbour")
            _ = try await connection.declare(queue)
            let lost = BrokerLab.message(to: TestServers.unique("nowhere"), [1], id: "lost")
            let nameless = BrokerLab.message(to: TestServers.unique("nowhere"), [1, 2, 3])

            let results = await connection.publish([
                BrokerLab.message(to: queue.name, [1], id: "a"), lost, BrokerLab.message(to: queue.name, [2], id: "b"), nameless,
            ])

            #expect(results[0] == .confirmed && results[2] == .confirmed)
            #expect(results[1] == .returned(code: 312, text: "NO_ROUTE"))
            #expect(results[3] == .returned(code: 312, text: "NO_ROUTE"))
            try await connection.delete(queue: queue.name)
        }
    }

    @Test("a full queue that rejects answers nack")
    func full() async throws {
        try await BrokerLab.withShared { connection, _ in
            let queue = BrokerLab.quorumQueue("full", ["x-max-length": 2, "x-overflow": "reject-publish"])
            _ = try await connection.declare(queue)

            // A quorum queue learns of its length a little later: publish until it says no.
            let nack = try await eventually("a nack") {
                let results = await connection.publish([BrokerLab.message(to: queue.name, [1], id: "x")])
                return results == [.nacked] ? true : nil
            }

            #expect(nack)
            try await connection.delete(queue: queue.name)
        }
    }

    @Test("an exchange that does not exist costs the channel, never the connection or the next message")
    func missingExchange() async throws {
        try await BrokerLab.withShared { connection, log in
            let queue = BrokerLab.quorumQueue("after")
            _ = try await connection.declare(queue)
            let wrong = AMQPMessage(exchange: TestServers.unique("missing"), routingKey: "", body: [1])

            let results = await connection.publish([wrong])

            guard case .unconfirmed(.channelClosed(let code, _)) = results.first else { throw Unexpected(results) }
            #expect(code == 404)
            try await eventually("the event") { log.now.closedChannels.contains { $0.consumer == nil && $0.code == 404 } }
            #expect(await connection.publish([BrokerLab.message(to: queue.name, [1])]) == [.confirmed])
            try await connection.delete(queue: queue.name)
        }
    }

    @Test("what cannot be encoded is refused alone, its neighbours go out")
    func unsendable() async throws {
        try await BrokerLab.withShared { connection, _ in
            let queue = BrokerLab.quorumQueue("encode")
            _ = try await connection.declare(queue)
            var longID = BrokerLab.message(to: queue.name, [1])
            longID.messageID = String(repeating: "i", count: 256)
            var largeHeader = BrokerLab.message(to: queue.name, [1])
            largeHeader.headers["h"] = .string(String(repeating: "h", count: 200_000))
            var manyHeaders = BrokerLab.message(to: queue.name, [1])
            for index in 0..<65 { manyHeaders.headers["h\(index)"] = 1 }

            let results = await connection.publish([longID, BrokerLab.message(to: queue.name, [1]), largeHeader, manyHeaders])

            #expect(results == [.unsendable, .confirmed, .unsendable, .unsendable])
            try await connection.delete(queue: queue.name)
        }
    }

    @Test("a cancelled caller is answered at once, and the connection goes on")
    func cancelled() async throws {
        try await BrokerLab.withShared { connection, _ in
            let queue = BrokerLab.quorumQueue("cancel")
            _ = try await connection.declare(queue)
            let messages = (0..<3000).map { BrokerLab.message(to: queue.name, [1], id: "\($0)") }

            let results = await withTaskGroup(of: [PublishResult].self) { group in
                group.addTask { await connection.publish(messages) }
                group.cancelAll()
                return await group.next() ?? []
            }

            #expect(results.count == 3000)
            #expect(results.allSatisfy { $0 == .confirmed || $0 == .unconfirmed(.cancelled) })
            #expect(results.contains(.unconfirmed(.cancelled)))
            #expect(await connection.publish([BrokerLab.message(to: queue.name, [1])]) == [.confirmed])
            try await connection.delete(queue: queue.name)
        }
    }
}
