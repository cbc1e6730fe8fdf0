package import AMQP
internal import Domain

/// The exchanges and queues of Flotilla, their names and their arguments; nobody else knows them.
///
/// Orchestrators make the queues, everybody the exchanges. Declaring again is harmless; declaring with other lengths is refused by the
/// broker.
package struct Topology: Hashable, Sendable {
    /// How many messages each queue may hold; a publisher is refused beyond.
    package struct Lengths: Hashable, Sendable {
        /// Twice the dispatcher's high watermark, and a thousand.
        package var lane = 3_000
        package var intake = 100_000
        package var outcomes = 100_000
        package var fleet = 100_000
        package var dead = 1_000_000

        package init() {}
    }

    package let lengths: Lengths

    /// How often the broker gives a message out again before it moves it to `dead`: a last guard, runs are counted by Flotilla.
    static let deliveryLimit: Int64 = 20

    package init(lengths: Lengths = Lengths()) {
        self.lengths = lengths
    }

    /// Declares everything; about 60 requests.
    ///
    /// - Throws: `.preconditionFailed` when a queue exists with other arguments.
    package func declare(on connection: AMQPConnection) async throws(AMQPError) {
        try await declareExchanges(on: connection)
        try await declareQueues(on: connection)
    }

    /// They hold nothing, so anybody may make them.
    func declareExchanges(on connection: AMQPConnection) async throws(AMQPError) {
        for exchange in exchanges { try await connection.declare(exchange) }
    }

    func declareQueues(on connection: AMQPConnection) async throws(AMQPError) {
        for queue in queues { _ = try await connection.declare(queue) }
        for binding in bindings { try await connection.bind(binding.queue, to: binding.exchange, key: binding.key) }
    }

    var exchanges: [ExchangeDeclaration] {
        [
            ExchangeDeclaration(Exchange.dead, .fanout),
            ExchangeDeclaration(Exchange.intakeOther, .fanout),
            ExchangeDeclaration(Exchange.intake, .direct, arguments: ["alternate-exchange": .string(Exchange.intakeOther)]),
            ExchangeDeclaration(Exchange.work, .direct),
            ExchangeDeclaration(Exchange.outcomes, .direct),
            ExchangeDeclaration(Exchange.fleet, .direct),
            ExchangeDeclaration(Exchange.control, .topic),
            ExchangeDeclaration(Exchange.events, .topic),
        ]
    }

    var queues: [QueueDeclaration] {
        let intake = Priority.allCases.map { quorum(Queue.intake($0), max: lengths.intake, deliveryLimit: Self.deliveryLimit) }
        let lanes = Lane.all.map { quorum(Queue.lane($0), max: lengths.lane, deliveryLimit: Self.deliveryLimit) }
        var outcomes = quorum(Queue.outcomes, max: lengths.outcomes)
        outcomes.arguments["x-single-active-consumer"] = true
        return [dead] + intake + lanes + [outcomes, quorum(Queue.fleet, max: lengths.fleet)]
    }

    /// The key of a lane is its own name; whatever key an intake does not know leads to `intake.normal`.
    var bindings: [(queue: String, exchange: String, key: String)] {
        [
            (Queue.dead, Exchange.dead, ""), (Queue.intake(.normal), Exchange.intakeOther, ""),
            (Queue.outcomes, Exchange.outcomes, Queue.outcomes), (Queue.fleet, Exchange.fleet, Queue.fleet),
        ]
            + Priority.allCases.map { (Queue.intake($0), Exchange.intake, $0.word) }
            + Lane.all.map { (Queue.lane($0), Exchange.work, $0.description) }
    }

    private func quorum(_ name: String, max: Int, deliveryLimit: Int64? = nil) -> QueueDeclaration {
        var queue = QueueDeclaration(
            name,
            arguments: [
                "x-queue-type": "quorum", "x-max-length": .integer(Int64(max)), "x-overflow": "reject-publish",
                "x-dead-letter-exchange": .string(Exchange.dead), "x-dead-letter-strategy": "at-least-once",
            ]
        )
        if let deliveryLimit { queue.arguments["x-delivery-limit"] = .integer(deliveryLimit) }
        return queue
    }

    private var dead: QueueDeclaration {
        QueueDeclaration(
            Queue.dead,
            arguments: ["x-queue-type": "quorum", "x-max-length": .integer(Int64(lengths.dead)), "x-overflow": "reject-publish"]
        )
    }
}
