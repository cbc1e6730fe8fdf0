package import AMQP

extension Topology {
    /// Compares what stands at the broker with what Flotilla wants, and changes nothing.
    ///
    /// Without the management plugin: a passive declaration tells what is there, declaring what is there tells what differs.
    package func check(on connection: AMQPConnection) async throws(AMQPError) -> [TopologyItem] {
        var items: [TopologyItem] = []
        var missing: Set<String> = []
        for exchange in exchanges {
            let state = try await Self.state { () async throws(AMQPError) in
                try await connection.passive(exchange: exchange.name)
                try await connection.declare(exchange)
            }
            if state == .missing { missing.insert("exchange \(exchange.name)") }
            items.append(TopologyItem(.exchange, exchange.name, state))
        }
        for queue in queues {
            let state = try await Self.state { () async throws(AMQPError) in
                _ = try await connection.passive(queue.name)
                _ = try await connection.declare(queue)
            }
            if state == .missing { missing.insert("queue \(queue.name)") }
            items.append(TopologyItem(.queue, queue.name, state))
        }
        for binding in bindings {
            // Bindings go with either of their ends.
            let isGone = missing.contains("exchange \(binding.exchange)") || missing.contains("queue \(binding.queue)")
            let name = "\(binding.exchange) → \(binding.queue) (\(binding.key))"
            items.append(TopologyItem(.binding, name, isGone ? .missing : .untold))
        }
        return items
    }

    /// Makes what is missing and binds everything; touches nothing that differs.
    package func apply(on connection: AMQPConnection) async throws(AMQPError) -> [TopologyItem] {
        var items = try await check(on: connection)
        let wasMissing = Set(items.filter { $0.state == .missing }.map(\.name))
        for exchange in exchanges where wasMissing.contains(exchange.name) { try await connection.declare(exchange) }
        for queue in queues where wasMissing.contains(queue.name) { _ = try await connection.declare(queue) }
        for binding in bindings { try await connection.bind(binding.queue, to: binding.exchange, key: binding.key) }
        for place in items.indices where items[place].state == .missing { items[place].state = .made }
        return items
    }

    private static func state(_ look: () async throws(AMQPError) -> Void) async throws(AMQPError) -> TopologyItem.State {
        do {
            try await look()
            return .fine
        } catch {
            switch error {
            case .notFound: return .missing
            case .preconditionFailed(let failure): return .different(TopologyDifference(failure.text))
            case .resourceLocked(let failure): return .held(reason: failure.text)
            case .invalidEndpoint, .unreachable, .wrongCredentials, .virtualHostUnknown, .accessRefused, .notImplemented, .refused,
                .invalidRequest, .connectionLost, .closed:
                throw error
            }
        }
    }
}
