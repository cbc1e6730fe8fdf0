internal import AMQP
internal import Domain
internal import Logging

/// Makes what is missing of the topology, and has every birth of a queue written down before.
///
/// Only orchestrators make queues: a queue that had to be made anew may have held messages, and somebody must ask for them.
struct QueueMaker: Sendable {
    let topology: Topology
    let onMissing: @Sendable ([ObservedQueue]) async -> Bool
    let log: Logger

    /// Declares everything; queues that exist are only checked.
    func make(on connection: AMQPConnection) async throws(AMQPError) {
        do {
            try await topology.declareExchanges(on: connection)
            try await makeMissing(on: connection)
            try await topology.declareQueues(on: connection)
        } catch {
            log.error("the broker refused the topology", metadata: ["broker.reason": "\(error)"])
            throw error
        }
    }

    /// Makes what somebody took away: exchanges, queues, and the bindings of these queues or of all.
    ///
    /// Nobody can ask for a binding; binding again changes nothing when it is there. Of all, those of lanes are left out while every exchange
    /// stands: a task that comes back tells of them.
    func restore(_ names: Set<String>?, on connection: AMQPConnection) async throws(AMQPError) {
        var bindsAll = false
        for exchange in topology.exchanges {
            do {
                try await connection.passive(exchange: exchange.name)
            } catch .notFound {
                log.notice("an exchange is missing and made", metadata: ["broker.exchange": "\(exchange.name)"])
                try await connection.declare(exchange)
                bindsAll = true
            }
        }
        try await makeMissing(names, on: connection)
        for binding in topology.bindings where bindsAll || names?.contains(binding.queue) ?? (Queue.lanes[binding.queue] == nil) {
            try await connection.bind(binding.queue, to: binding.exchange, key: binding.key)
        }
    }

    /// Asks for every queue, or for some, and makes those that are missing.
    func makeMissing(_ names: Set<String>? = nil, on connection: AMQPConnection) async throws(AMQPError) {
        var missing: [QueueDeclaration] = []
        for queue in topology.queues where names?.contains(queue.name) ?? true {
            do { _ = try await connection.passive(queue.name) } catch .notFound { missing.append(queue) }
        }
        guard !missing.isEmpty else { return }
        log.notice("queues are missing and made", metadata: ["broker.queues": "\(missing.map(\.name).joined(separator: " "))"])
        let observed = missing.compactMap { Queue.observed($0.name) }
        if !observed.isEmpty, await !onMissing(observed) {
            throw .refused(
                AMQPFailure(
                    operation: "make queues",
                    endpoint: connection.endpoint.description,
                    code: 0,
                    text: "\(missing.count) queues are missing, and that cannot be written down now",
                    connectionLost: false
                )
            )
        }
        for queue in missing { _ = try await connection.declare(queue) }
        let made = Set(missing.map(\.name))
        for binding in topology.bindings where made.contains(binding.queue) {
            try await connection.bind(binding.queue, to: binding.exchange, key: binding.key)
        }
    }
}
