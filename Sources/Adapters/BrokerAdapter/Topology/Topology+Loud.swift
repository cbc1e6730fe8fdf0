internal import AMQP
internal import Logging

extension Topology {
    /// Declares everything, and says at once when the broker refuses: no retry mends that.
    func declareLoudly(on connection: AMQPConnection, log: Logger) async throws(AMQPError) {
        do {
            try await declare(on: connection)
        } catch {
            log.error("the broker refused the topology", metadata: ["broker.reason": "\(error)"])
            throw error
        }
    }
}
