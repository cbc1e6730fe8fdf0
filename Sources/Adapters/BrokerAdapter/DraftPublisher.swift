package import AMQP
package import Domain
package import Logging

/// Publishes drafts to the intake with confirm, for a program that comes and goes.
package struct DraftPublisher: Sendable {
    private let endpoint: AMQPEndpoint
    private let settings: BrokerSettings
    private let log: Logger
    private let now: @Sendable () -> Timestamp

    package init(
        _ endpoint: AMQPEndpoint,
        settings: BrokerSettings = BrokerSettings(),
        log: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.endpoint = endpoint
        self.settings = settings
        self.log = log
        self.now = now
    }

    /// Connects, publishes all drafts, waits for the confirms and closes.
    ///
    /// The answers come in the order of the drafts. Fails when there is no connection, or the broker refuses the topology.
    package func publish(_ drafts: [TaskDraft]) async throws(AMQPError) -> [PublishAnswer] {
        let connection = try await AMQPConnection.open(endpoint, name: "flotilla publish", settings: settings.connection, logger: log)
        do throws(AMQPError) {
            try await settings.topology.declareExchanges(on: connection)
        } catch {
            await connection.close(within: settings.closeWithin)
            throw error
        }
        let time = now()
        let results = await connection.publish(drafts.map { OutboundMessage.draft($0, at: time) })
        await connection.close(within: settings.closeWithin)
        return results.map(PublishAnswer.init(_:))
    }
}
