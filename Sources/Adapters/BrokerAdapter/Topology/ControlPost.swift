internal import AMQP
package import Domain

/// The queue through which one connection of a worker gets its orders.
///
/// Exclusive and gone with its connection, whose count is in its name: while the broker still holds the connection before,
/// the same name would be refused (405).
package struct ControlPost: Hashable, Sendable {
    package let worker: WorkerID
    package let connection: Int

    package init(worker: WorkerID, connection: Int) {
        self.worker = worker
        self.connection = connection
    }

    package var queue: String { "control.\(worker).\(connection)" }

    /// Orders in hand, which are acknowledged as they are read.
    static let prefetch: UInt16 = 64

    /// How many orders wait for a worker that does not read; the oldest go.
    static let lengthMax: Int64 = 10_000

    /// The addresses that lead here.
    private var keys: [String] { [ControlAddress.all.routingKey, ControlAddress.worker(worker).routingKey] }

    /// Declares the queue and binds it; the exchange stands already.
    func declare(on connection: AMQPConnection) async throws(AMQPError) {
        let queue = QueueDeclaration(
            self.queue,
            isDurable: false,
            isExclusive: true,
            autoDelete: true,
            arguments: ["x-max-length": .integer(Self.lengthMax)]
        )
        _ = try await connection.declare(queue)
        for key in keys { try await connection.bind(self.queue, to: Exchange.control, key: key) }
    }
}

extension ControlAddress {
    /// How an order finds its queues.
    package var routingKey: String {
        switch self {
        case .all: "all"
        case .worker(let id): "worker.\(id)"
        }
    }
}
