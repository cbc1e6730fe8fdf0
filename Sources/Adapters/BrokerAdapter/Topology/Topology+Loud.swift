internal import AMQP
internal import Logging

extension Topology {
    /// Declares the exchanges, and says at once when the broker refuses: no retry mends that.
    func declareExchangesLoudly(on connection: AMQPConnection, log: Logger) async throws(AMQPError) {
        do {
            try await declareExchanges(on: connection)
        } catch {
            log.error("the broker refused the topology", metadata: ["broker.reason": "\(error)"])
            throw error
        }
    }
}
