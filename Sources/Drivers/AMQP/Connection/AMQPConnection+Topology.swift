internal import CRabbitMQ

/// Declarations run on a control channel of their own: a refusal closes that channel and nothing else.
extension AMQPConnection {
    package func declare(_ exchange: ExchangeDeclaration) throws(AMQPError) {
        try control("declare exchange \(exchange.name)") { handle, channel throws(BrokerFailure) in
            try handle.declare(exchange, passive: false, on: channel)
        }
    }

    /// Idempotent; `.preconditionFailed` when the queue exists with other arguments.
    package func declare(_ queue: QueueDeclaration) throws(AMQPError) -> QueueState {
        try control("declare queue \(queue.name)") { handle, channel throws(BrokerFailure) in
            try handle.declare(queue, passive: false, on: channel)
        }
    }

    /// Like `declare`, and tells whether the queue had to be made.
    ///
    /// Asks first, so it costs a request more.
    package func ensure(_ queue: QueueDeclaration) throws(AMQPError) -> QueueState {
        var isThere = true
        do { _ = try passive(queue.name) } catch .notFound { isThere = false }
        let state = try declare(queue)
        return QueueState(name: state.name, ready: state.ready, consumers: state.consumers, created: !isThere)
    }

    /// Looks at a queue without changing it; `.notFound` without one.
    package func passive(_ queue: String) throws(AMQPError) -> QueueState {
        try control("look at queue \(queue)") { handle, channel throws(BrokerFailure) in
            try handle.declare(QueueDeclaration(queue), passive: true, on: channel)
        }
    }

    /// Looks whether an exchange is there without changing it; `.notFound` without one.
    package func passive(exchange: String) throws(AMQPError) {
        try control("look at exchange \(exchange)") { handle, channel throws(BrokerFailure) in
            try handle.declare(ExchangeDeclaration(exchange, .direct), passive: true, on: channel)
        }
    }

    package func bind(_ queue: String, to exchange: String, key: String, arguments: AMQPTable = [:]) throws(AMQPError) {
        try control("bind queue \(queue) to \(exchange)") { handle, channel throws(BrokerFailure) in
            try handle.bind(queue, to: exchange, key: key, arguments: arguments, on: channel)
        }
    }

    /// - Returns: the messages that were in it; deleting what is not there returns 0.
    @discardableResult
    package func delete(queue: String, ifUnused: Bool = false, ifEmpty: Bool = false) throws(AMQPError) -> Int {
        try control("delete queue \(queue)") { handle, channel throws(BrokerFailure) in
            try handle.deleteQueue(queue, ifUnused: ifUnused, ifEmpty: ifEmpty, on: channel)
        }
    }

    /// - Returns: the messages that were ready.
    @discardableResult
    package func purge(queue: String) throws(AMQPError) -> Int {
        try control("purge queue \(queue)") { handle, channel throws(BrokerFailure) in
            try handle.purgeQueue(queue, on: channel)
        }
    }

    package func delete(exchange: String) throws(AMQPError) {
        try control("delete exchange \(exchange)") { handle, channel throws(BrokerFailure) in
            try handle.deleteExchange(exchange, on: channel)
        }
    }

    private func control<R>(
        _ operation: String,
        _ body: (BrokerHandle, UInt16) throws(BrokerFailure) -> R
    ) throws(AMQPError) -> R {
        let handle = try openHandle(operation)
        defer { pumpSoon() }
        var channel: UInt16 = 0
        do {
            channel = try controlChannel(handle)
            return try body(handle, channel)
        } catch {
            throw settleRequestFailure(operation, error, channel: channel)
        }
    }

    private func controlChannel(_ handle: BrokerHandle) throws(BrokerFailure) -> UInt16 {
        if let controlChannel { return controlChannel }
        guard let number = channels.freeNumber() else { throw .noChannel }
        try handle.openChannel(number)
        channels.add(number, serial: channels.nextSerial(), consumer: nil)
        controlChannel = number
        return number
    }

    func openHandle(_ operation: String) throws(AMQPError) -> BrokerHandle {
        switch state {
        case .open(let handle): return handle
        case .closed(let reason): throw reason
        case .opening:
            throw .closed(
                failure(operation, BrokerFailure(scope: .FLOTILLA_AMQP_SCOPE_REQUEST, text: "not connected yet"), connectionLost: true)
            )
        }
    }

    /// Draws the consequences of a request that failed and makes the error for its caller.
    @discardableResult
    func settleRequestFailure(_ operation: String, _ error: BrokerFailure, channel: UInt16) -> AMQPError {
        switch error.scope {
        case .FLOTILLA_AMQP_SCOPE_NONE, .FLOTILLA_AMQP_SCOPE_REQUEST:
            return .invalidRequest(failure(operation, error, connectionLost: false))
        case .FLOTILLA_AMQP_SCOPE_CHANNEL:
            forget(channel)
            return .refusal(failure(operation, error, connectionLost: false), atLogin: false)
        case .FLOTILLA_AMQP_SCOPE_CONNECTION:
            lose(operation, error)
            return .refusal(failure(operation, error, connectionLost: true), atLogin: false)
        case .FLOTILLA_AMQP_SCOPE_LIBRARY:
            lose(operation, error)
            return .connectionLost(failure(operation, error, connectionLost: true))
        }
    }

    /// The channel is closed on both sides.
    func forget(_ channel: UInt16) {
        _ = channels.remove(channel)
        if controlChannel == channel { controlChannel = nil }
        if publishChannel == channel { publishChannel = nil }
    }
}

extension BrokerFailure {
    static let noChannel = BrokerFailure(scope: .FLOTILLA_AMQP_SCOPE_REQUEST, text: "all channels of the connection are in use")
}
