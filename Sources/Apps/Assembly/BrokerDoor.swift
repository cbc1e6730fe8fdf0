import AMQP
import Logging
import Reactor

/// Knocks at the broker once at the start: later losses are waited out, but a wrong address or password shall be said at once.
enum BrokerDoor {
    /// Returns when the broker has let this program in.
    ///
    /// - Throws: what kept it out for `limit`, or at once what no patience mends.
    static func knock(_ endpoint: AMQPEndpoint, name: String, within limit: Duration = .seconds(10), log: Logger) async throws {
        let deadline = ContinuousClock.now + limit
        while true {
            do throws(AMQPError) {
                let connection = try await AMQPConnection.open(endpoint, name: name, logger: log)
                return await connection.close()
            } catch {
                guard error.retry != .never, ContinuousClock.now < deadline else {
                    throw StartupError("RabbitMQ: \(error) (\(SettingKey.brokerURL.variable))", isNobodyThere: true)
                }
                log.warning("the broker does not answer yet", metadata: ["broker.reason": "\(error)"])
            }
            try await Task.sleep(for: .seconds(1))
        }
    }
}
