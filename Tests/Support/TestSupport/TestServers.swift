import Foundation
package import PrivateServers

/// Real servers for tests: one of each for the whole test process, started when first asked for, ended when the process ends.
///
/// Tests that stop, kill or freeze a server take a fresh one of their own; `defer`ring its end is not needed, it goes with the value.
package final class TestServers: Sendable {
    package static let shared = TestServers()

    private let broker = OnceStarted { try PrivateRabbitMQ() }
    private let store = OnceStarted { try PrivateRedis() }
    private let database = OnceStarted { try PrivatePostgres(durable: false) }
    private let agent = OnceStarted { try PrivateSNMPD() }

    private init() {}

    /// The shared RabbitMQ: name queues and exchanges with something unique (`TestServers.unique`).
    package func rabbitMQ() async throws -> PrivateRabbitMQ { try await broker.server() }

    /// The shared Redis: prefix keys with something unique, never flush.
    package func redis() async throws -> PrivateRedis { try await store.server() }

    /// The shared PostgreSQL, without fsync; take `freshDatabase()` for anything that writes.
    package func postgres() async throws -> PrivatePostgres { try await database.server() }

    /// The shared SNMP agent.
    package func snmpd() async throws -> PrivateSNMPD { try await agent.server() }

    /// A new empty database on the shared PostgreSQL; returns its URL.
    package func freshDatabase() async throws -> String {
        try await postgres().createDatabase(Self.unique("test").replacingOccurrences(of: "-", with: "_"))
    }

    /// A RabbitMQ of one's own, running.
    package static func freshRabbitMQ(configuration: [String] = []) async throws -> PrivateRabbitMQ {
        let server = try PrivateRabbitMQ(configuration: configuration)
        try await server.start()
        return server
    }

    /// A Redis of one's own, running.
    package static func freshRedis(arguments: [String] = []) async throws -> PrivateRedis {
        let server = try PrivateRedis(arguments: arguments)
        try await server.start()
        return server
    }

    /// A PostgreSQL of one's own, running.
    package static func freshPostgres(durable: Bool = false, settings: [String: String] = [:]) async throws -> PrivatePostgres {
        let server = try PrivatePostgres(durable: durable, settings: settings)
        try await server.start()
        return server
    }

    /// An SNMP agent of one's own, running.
    package static func freshSNMPD(community: String = "public", configuration: [String] = []) async throws -> PrivateSNMPD {
        let server = try PrivateSNMPD(community: community, configuration: configuration)
        try await server.start()
        return server
    }

    /// A name nobody else uses: the prefix, a dash and twelve lower-case hexadecimal digits.
    package static func unique(_ prefix: String) -> String {
        "\(prefix)-\(UUID().uuidString.replacingOccurrences(of: "-", with: "").prefix(12).lowercased())"
    }
}
