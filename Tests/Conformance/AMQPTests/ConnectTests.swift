import AMQP
import Foundation
import PrivateServers
import TestSupport
import Testing

@Suite("Connecting to a broker", .timeLimit(.minutes(2)))
struct ConnectTests {
    private func failure(_ url: String) async throws -> AMQPError {
        let error = await #expect(throws: AMQPError.self) {
            _ = try await AMQPConnection.open(AMQPEndpoint(url: url), name: "refused", logger: BrokerLab.logger)
        }
        guard let error else { throw Unexpected("no error") }
        return error
    }

    @Test("a closed port, a wrong password and an unknown virtual host are told apart")
    func refusals() async throws {
        let port = try await TestServers.shared.rabbitMQ().port

        guard case .unreachable(let closed) = try await failure("amqp://127.0.0.1:1/") else { throw Unexpected("closed port") }
        guard case .unreachable(let unknown) = try await failure("amqp://no-such-host.invalid/") else { throw Unexpected("unknown name") }
        guard case .wrongCredentials(let password) = try await failure("amqp://guest:hush@127.0.0.1:\(port)/") else {
            throw Unexpected("wrong password")
        }
        guard case .virtualHostUnknown(let host) = try await failure("amqp://guest:guest@127.0.0.1:\(port)/nowhere") else {
            throw Unexpected("virtual host")
        }

        #expect(closed.endpoint == "amqp://guest@127.0.0.1:1/")
        #expect(unknown.code != closed.code)
        #expect(password.code == 403)
        #expect(!"\(AMQPError.wrongCredentials(password))".contains("hush"))
        #expect(host.code == 530)
        #expect(closed.connectionLost && host.connectionLost)
    }

    @Test("closing from this side ends the stream with `closed`, and what comes later is refused, not trapped")
    func close() async throws {
        let url = try await TestServers.shared.rabbitMQ().url
        let connection = try await AMQPConnection.open(AMQPEndpoint(url: url), name: "closing", logger: BrokerLab.logger)

        await connection.close()
        await connection.close()
        var last: AMQPEvent?
        for await event in connection.events { last = event }

        guard case .closed(.closed) = last else { throw Unexpected(last) }
        let late = await connection.publish([AMQPMessage(exchange: "", routingKey: "q", body: [])])
        guard case .unconfirmed(.connectionLost(.closed)) = late.first else { throw Unexpected(late) }
        await #expect(throws: AMQPError.self) { try await connection.passive("q") }
        connection.settle([])
    }

    @Test("an idle connection keeps its heartbeat up by itself")
    func idle() async throws {
        var settings = AMQPSettings()
        settings.heartbeat = .seconds(1)
        try await BrokerLab.withShared(settings: settings) { connection, log in
            // The broker gives up on a client after two silent seconds.
            let start = ContinuousClock.now
            try await eventually("five heartbeats have passed") { ContinuousClock.now - start > .seconds(5) }

            var message = AMQPMessage(exchange: "amq.fanout", routingKey: "", body: [1])
            message.isMandatory = false
            #expect(await connection.publish([message]) == [.confirmed])
            #expect(log.now.ends.isEmpty)
        }
    }

    @Test("a broker that does nothing but answer requests is not called silent")
    func answering() async throws {
        var settings = AMQPSettings()
        settings.heartbeat = .seconds(1)
        try await BrokerLab.withShared(settings: settings) { connection, log in
            // Two silent seconds would end it.
            let start = ContinuousClock.now
            while ContinuousClock.now - start < .seconds(5) { try await connection.passive(exchange: "amq.fanout") }

            #expect(log.now.ends.isEmpty)
        }
    }

    @Test("a closed connection leaves nothing behind, neither itself nor its thread")
    func nothingLeft() async throws {
        let url = try await TestServers.shared.rabbitMQ().url
        weak var left: AMQPConnection?
        do {
            let connection = try await AMQPConnection.open(AMQPEndpoint(url: url), name: "leftover", logger: BrokerLab.logger)
            left = connection
            let names = try Self.threadNames()
            #expect(names.contains("amqp-leftover"))
            await connection.close()
        }

        try await eventually("the connection is gone") { left == nil }
        try await eventually("the thread is gone") { try !Self.threadNames().contains("amqp-leftover") }
    }

    private static func threadNames() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").map {
            let name = try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)
            return name?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        }
    }

    @Test("many connections open and close at the same time")
    func storm() async throws {
        let url = try await TestServers.shared.rabbitMQ().url
        let endpoint = try AMQPEndpoint(url: url)
        let confirmed = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<24 {
                group.addTask {
                    guard let connection = try? await AMQPConnection.open(endpoint, name: "storm\(index)", logger: BrokerLab.logger) else {
                        return false
                    }
                    var message = AMQPMessage(exchange: "amq.fanout", routingKey: "", body: [1])
                    message.isMandatory = false
                    let results = await connection.publish([message])
                    if index.isMultiple(of: 2) { await connection.close() } else { connection.requestClose() }
                    return results == [.confirmed]
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }

        #expect(confirmed == 24)
    }
}
