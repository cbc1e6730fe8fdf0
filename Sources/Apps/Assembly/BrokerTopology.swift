import AMQP
package import BrokerAdapter
import Logging

/// Compares what stands at a broker with what Flotilla wants, without any orchestrator.
package struct BrokerTopology: Sendable {
    private let url: String

    /// Looks the broker's address up in the environment.
    package init(environment: [String: String]) throws {
        url = try SettingReader(environment: environment).text(.brokerURL)
    }

    /// Changes nothing.
    package func check() async throws -> [TopologyItem] {
        try await connected { topology, connection throws(AMQPError) in try await topology.check(on: connection) }
    }

    /// Makes what is missing; touches nothing that differs.
    package func apply() async throws -> [TopologyItem] {
        try await connected { topology, connection throws(AMQPError) in try await topology.apply(on: connection) }
    }

    private func connected(
        _ work: (Topology, AMQPConnection) async throws(AMQPError) -> [TopologyItem]
    ) async throws -> [TopologyItem] {
        let log = Logger(label: "flotilla") { _ in SwiftLogNoOpLogHandler() }
        let link = try ServerLink(logger: log)
        defer { link.stop() }
        let endpoint = try link.broker(url: url)
        do throws(AMQPError) {
            let settings = BrokerSettings()
            let connection = try await AMQPConnection.open(endpoint, name: "flotilla topology", settings: settings.connection, logger: log)
            do throws(AMQPError) {
                let items = try await work(settings.topology, connection)
                await connection.close()
                return items
            } catch {
                await connection.close()
                throw error
            }
        } catch {
            throw StartupError("RabbitMQ: \(error) (\(SettingKey.brokerURL.variable))", isNobodyThere: true)
        }
    }
}
