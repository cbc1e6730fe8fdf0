import AMQP
import Foundation
import PrivateServers
import Synchronization
import TestSupport
import Testing

@Suite("A session when the broker is not as it should be", .serialized, .timeLimit(.minutes(4)))
struct SessionTests {
    private static func hasSaved(_ queue: String, _ server: PrivateRabbitMQ) -> Bool {
        let data = URL(fileURLWithPath: server.log).deletingLastPathComponent().appendingPathComponent("data")
        let files = FileManager.default.enumerator(at: data, includingPropertiesForKeys: nil)
        let directories = files?.compactMap { $0 as? URL }.filter { $0.lastPathComponent == "names.dets" && $0.path.contains("/quorum/") }
        return directories?.contains { (try? Data(contentsOf: $0))?.range(of: Data(queue.utf8)) != nil } ?? false
    }

    @Test("a killed broker comes back, and the session publishes and consumes again by itself")
    func killedAndBack() async throws {
        let server = try PrivateRabbitMQ()
        try await server.start()
        let queue = BrokerLab.quorumQueue("phoenix")
        let created = Mutex<[Bool?]>([])
        let setup: AMQPSession.Setup = { connection, _ async throws(AMQPError) in
            let state = try await connection.ensure(queue)
            created.withLock { $0.append(state.created) }
            _ = try await connection.consume(queue.name, prefetch: 10)
        }
        try await BrokerLab.withSession(
            server.url,
            setup: setup
        ) { session, log in
            #expect(await session.publish([BrokerLab.message(to: queue.name, [1], id: "one")], within: .seconds(20)) == [.confirmed])
            let old = try await log.deliveries(1)[0]

            // A quorum queue that the broker has not entered in its directory on disk is lost with a SIGKILL, declared or not.
            try await eventually("the queue is in the directory on disk") { Self.hasSaved(queue.name, server) }
            await server.kill()
            try await eventually("the loss") { !session.isConnected && !log.now.ends.isEmpty }
            let lost = await session.publish([BrokerLab.message(to: queue.name, [2], id: "two")], within: .milliseconds(200))
            session.settle([.ack(old.tag)])
            try await server.start()
            let again = await session.publish([BrokerLab.message(to: queue.name, [3], id: "three")], within: .seconds(30))
            session.settle([.ack(old.tag)])

            #expect(lost == [.unconfirmed(.notConnected)])
            #expect(again == [.confirmed], "\(log.now.ends)")
            let deliveries = try await log.deliveries(3)
            #expect(deliveries.map(\.messageID) == ["one", "one", "three"])
            #expect(deliveries[1].isRedelivered)
            session.settle(deliveries.dropFirst().map { .ack($0.tag) })
            try await eventually("both settled") { session.counters.snapshot.settled == 2 }
            #expect(session.counters.snapshot.staleSettlements == 2)
            #expect(log.now.epochs.count == 2)
            #expect(created.withLock { $0 } == [true, false])
        }
        await server.stop()
    }

    @Test("a broker that falls silent is given up after the confirm timeout, everything in flight is unconfirmed")
    func frozen() async throws {
        let server = try PrivateRabbitMQ()
        try await server.start()
        var settings = AMQPSettings()
        settings.confirmTimeout = .seconds(1)
        settings.requestTimeout = .seconds(2)
        settings.handshakeTimeout = .seconds(2)
        let queue = BrokerLab.quorumQueue("frozen")
        let setup: AMQPSession.Setup = { connection, _ async throws(AMQPError) in _ = try await connection.declare(queue) }
        try await BrokerLab.withSession(
            server.url,
            settings: settings,
            setup: setup
        ) { session, log in
            #expect(await session.publish([BrokerLab.message(to: queue.name, [1])], within: .seconds(20)) == [.confirmed])
            var watchful = settings
            watchful.heartbeat = .seconds(1)
            let idle = try await AMQPConnection.open(
                AMQPEndpoint(url: server.url),
                name: "idle",
                settings: watchful,
                logger: BrokerLab.logger
            )
            let leaving = try await AMQPConnection.open(AMQPEndpoint(url: server.url), name: "leaving", logger: BrokerLab.logger)

            await server.signal(.stop)
            async let silence = idle.waitUntilClosed()
            let start = ContinuousClock.now
            await leaving.close(within: .seconds(1))
            #expect(ContinuousClock.now - start < .seconds(5) * patience)
            var hasty = settings
            hasty.handshakeTimeout = .milliseconds(500)
            await #expect(throws: AMQPError.self, "the broker is not frozen at all") {
                _ = try await AMQPConnection.open(AMQPEndpoint(url: server.url), name: "hasty", settings: hasty, logger: BrokerLab.logger)
            }
            let results = await session.publish((0..<2000).map { BrokerLab.message(to: queue.name, [2], id: "\($0)") })
            let verdict = await silence
            await server.signal(.resume)

            guard case .connectionLost(let silent) = verdict else { throw Unexpected(verdict) }
            #expect(silent.operation == "heartbeat")
            #expect(results.count == 2000)
            for result in results {
                guard case .unconfirmed(.connectionLost(.connectionLost)) = result else {
                    throw Unexpected("\(result), \(results.count { $0.isConfirmed }) confirmed, \(log.now.epochs), \(log.now.ends)")
                }
            }
            #expect(await session.publish([BrokerLab.message(to: queue.name, [3])], within: .seconds(30)) == [.confirmed])
            #expect(log.now.epochs.count >= 2)
        }
        await server.stop()
    }

    @Test("a memory alarm blocks: publishing gives up unconfirmed, the connection stays; a forced close brings a new one")
    func blocked() async throws {
        let server = try PrivateRabbitMQ()
        try await server.start()
        var settings = AMQPSettings()
        settings.confirmTimeout = .seconds(1)
        let queue = BrokerLab.quorumQueue("blocked")
        let setup: AMQPSession.Setup = { connection, _ async throws(AMQPError) in _ = try await connection.declare(queue) }
        try await BrokerLab.withSession(
            server.url,
            settings: settings,
            setup: setup
        ) { session, log in
            #expect(await session.publish([BrokerLab.message(to: queue.name, [1])], within: .seconds(20)) == [.confirmed])

            _ = try await server.control(["set_vm_memory_high_watermark", "absolute", "1"])
            let refused = await session.publish([BrokerLab.message(to: queue.name, [2])])
            try await eventually("the notice") { session.isBlocked && log.now.blocks == [true] }
            let waiting = await session.publish([BrokerLab.message(to: queue.name, [3])])
            _ = try await server.control(["set_vm_memory_high_watermark", "absolute", "1GB"])
            try await eventually("the all-clear", within: .seconds(30)) { !session.isBlocked }

            #expect(refused == [.unconfirmed(.blocked)])
            #expect(waiting == [.unconfirmed(.blocked)])
            #expect(await session.publish([BrokerLab.message(to: queue.name, [4])]) == [.confirmed])
            #expect(log.now.epochs == [1])
            #expect(log.now.blocks == [true, false])

            _ = try await server.control(["close_all_connections", "maintenance"])
            try await eventually("a new connection") { log.now.epochs == [1, 2] }
            guard case .refused(let forced) = log.now.ends.first else { throw Unexpected(log.now.ends) }
            #expect(forced.code == 320 && forced.connectionLost)
            #expect(await session.publish([BrokerLab.message(to: queue.name, [5])]) == [.confirmed])
        }
        await server.stop()
    }

    @Test("without a broker a session waits, answers its publishers in time and closes at once")
    func nobodyThere() async throws {
        let setup: AMQPSession.Setup = { _, _ in }
        try await BrokerLab.withSession("amqp://127.0.0.1:1/", setup: setup) { session, log in
            let results = await session.publish([AMQPMessage(exchange: "", routingKey: "q", body: [])], within: .milliseconds(300))
            try await eventually("several attempts") { log.now.ends.count >= 3 }

            #expect(results == [.unconfirmed(.notConnected)])
            for end in log.now.ends {
                guard case .unreachable = end else { throw Unexpected(end) }
            }
        }
    }

    @Test("closing a session answers every publisher, and writes the acks that were posted")
    func close() async throws {
        let url = try await TestServers.shared.rabbitMQ().url
        let queue = BrokerLab.quorumQueue("closing")
        let setup: AMQPSession.Setup = { connection, _ async throws(AMQPError) in
            _ = try await connection.declare(queue)
            _ = try await connection.consume(queue.name, prefetch: 1000)
        }
        let answers = try await BrokerLab.withSession(
            url,
            setup: setup
        ) { session, log in
            _ = await session.publish((0..<500).map { BrokerLab.message(to: queue.name, [1], id: "\($0)") })
            let deliveries = try await log.deliveries(500)
            session.settle(deliveries.map { .ack($0.tag) })
            async let late = session.publish((0..<1000).map { BrokerLab.message(to: queue.name, [2], id: "late\($0)") })
            await session.close()
            return await late
        }

        #expect(answers.count == 1000)
        #expect(answers.allSatisfy { $0 == .confirmed || $0 == .unconfirmed(.closing) })
        try await BrokerLab.withShared { connection, _ in
            try await eventually("only what was confirmed late is left") {
                let ready = try await connection.passive(queue.name).ready
                if ready != answers.filter(\.isConfirmed).count { throw Unexpected((ready, answers.filter(\.isConfirmed).count)) }
                return true
            }
            try await connection.delete(queue: queue.name)
        }
    }
}
