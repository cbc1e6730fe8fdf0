import AMQP
import PrivateServers
import TestSupport
import Testing

@Suite("A session under rough handling", .timeLimit(.minutes(2)))
struct StressTests {
    @Test("connections that go again and again and callers that are cancelled: every call is answered, every confirmed message is there")
    func rough() async throws {
        let queue = BrokerLab.quorumQueue("rough")
        let setup: AMQPSession.Setup = { connection, _ throws(AMQPError) in _ = try await connection.declare(queue) }
        let url = try await TestServers.shared.rabbitMQ().url

        try await BrokerLab.withSession(url, setup: setup) { session, log in
            async let cuts: Void = Self.cut(session, times: 8)
            let wanted = await withTaskGroup(of: Set<String>.self) { group in
                for caller in 0..<16 {
                    group.addTask { await Self.publish(to: queue.name, through: session, caller: caller) }
                }
                return await group.reduce(into: Set<String>()) { $0.formUnion($1) }
            }
            await cuts
            #expect(!wanted.isEmpty)
            #expect(log.now.epochs.count >= 2)

            guard let connection = await session.connection(within: .seconds(20)) else { throw Unexpected("no connection") }
            _ = try await connection.consume(queue.name, prefetch: 1000)
            var seen: Set<String> = []
            try await eventually("every confirmed message is delivered", within: .seconds(30)) {
                let deliveries = log.takeDeliveries()
                session.settle(deliveries.map { .ack($0.tag) })
                seen.formUnion(deliveries.compactMap(\.messageID))
                return wanted.isSubset(of: seen)
            }
            try await connection.delete(queue: queue.name)
        }
    }

    private static func cut(_ session: AMQPSession, times: Int) async {
        for cut in 1...times {
            guard let connection = await session.connection(within: .seconds(20)) else { return }
            connection.requestClose(within: cut.isMultiple(of: 2) ? .zero : .milliseconds(20))
            _ = await connection.waitUntilClosed()
        }
    }

    /// Returns the ids of what was confirmed.
    private static func publish(to queue: String, through session: AMQPSession, caller: Int) async -> Set<String> {
        var confirmed: Set<String> = []
        for round in 0..<40 {
            let messages = (0..<5).map { BrokerLab.message(to: queue, [1], id: "\(caller)-\(round)-\($0)") }
            let results = await publish(messages, through: session, cancelled: (caller + round).isMultiple(of: 7))
            #expect(results.count == messages.count)
            for (message, result) in zip(messages, results) where result == .confirmed { confirmed.insert(message.messageID) }
        }
        return confirmed
    }

    private static func publish(_ messages: [AMQPMessage], through session: AMQPSession, cancelled: Bool) async -> [PublishResult] {
        await withTaskGroup(of: [PublishResult].self) { group in
            group.addTask { await session.publish(messages, within: .seconds(20)) }
            if cancelled { group.cancelAll() }
            return await group.next() ?? []
        }
    }
}
