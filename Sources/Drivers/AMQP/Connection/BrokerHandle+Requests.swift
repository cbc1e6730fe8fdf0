internal import CRabbitMQ

/// Requests that wait for the broker's answer.
extension BrokerHandle {
    func openChannel(_ channel: UInt16) throws(BrokerFailure) {
        try unsafe request { unsafe flotilla_amqp_open_channel($0, channel, $1) }
    }

    func closeChannel(_ channel: UInt16) throws(BrokerFailure) {
        try unsafe request { unsafe flotilla_amqp_close_channel($0, channel, $1) }
    }

    func confirmSelect(_ channel: UInt16) throws(BrokerFailure) {
        try unsafe request { unsafe flotilla_amqp_confirm_select($0, channel, $1) }
    }

    func prefetch(_ count: UInt16, on channel: UInt16) throws(BrokerFailure) {
        try unsafe request { unsafe flotilla_amqp_prefetch($0, channel, count, $1) }
    }

    func declare(_ exchange: ExchangeDeclaration, passive: Bool, on channel: UInt16) throws(BrokerFailure) {
        var arena = TextArena()
        var raw = flotilla_amqp_exchange()
        raw.name = arena.add(exchange.name)
        raw.type = arena.add(exchange.kind.rawValue)
        raw.passive = passive
        raw.durable = exchange.isDurable
        raw.auto_delete = exchange.autoDelete
        arena.add(exchange.arguments)
        try unsafe request { pointer, failure in
            unsafe arena.withArguments { unsafe flotilla_amqp_declare_exchange(pointer, channel, raw, $0, failure) }
        }
    }

    func declare(_ queue: QueueDeclaration, passive: Bool, on channel: UInt16) throws(BrokerFailure) -> QueueState {
        var arena = TextArena()
        var raw = flotilla_amqp_queue()
        raw.name = arena.add(queue.name)
        raw.passive = passive
        raw.durable = queue.isDurable
        raw.exclusive = queue.isExclusive
        raw.auto_delete = queue.autoDelete
        arena.add(queue.arguments)
        var state = flotilla_amqp_queue_state()
        try unsafe request { pointer, failure in
            unsafe arena.withArguments { unsafe flotilla_amqp_declare_queue(pointer, channel, raw, $0, &state, failure) }
        }
        let name = unsafe withUnsafeBytes(of: &state.name) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return QueueState(name: name, ready: Int(state.ready), consumers: Int(state.consumers), created: nil)
    }

    func bind(
        _ queue: String,
        to exchange: String,
        key: String,
        arguments: AMQPTable,
        on channel: UInt16
    ) throws(BrokerFailure) {
        var arena = TextArena()
        let spans = (arena.add(queue), arena.add(exchange), arena.add(key))
        arena.add(arguments)
        try unsafe request { pointer, failure in
            unsafe arena.withArguments { unsafe flotilla_amqp_bind_queue(pointer, channel, spans.0, spans.1, spans.2, $0, failure) }
        }
    }

    func deleteQueue(_ name: String, ifUnused: Bool, ifEmpty: Bool, on channel: UInt16) throws(BrokerFailure) -> Int {
        var arena = TextArena()
        let span = arena.add(name)
        var messages: UInt32 = 0
        try unsafe request { pointer, failure in
            unsafe arena.withArguments {
                unsafe flotilla_amqp_delete_queue(pointer, channel, span, ifUnused, ifEmpty, $0, &messages, failure)
            }
        }
        return Int(messages)
    }

    func purgeQueue(_ name: String, on channel: UInt16) throws(BrokerFailure) -> Int {
        var arena = TextArena()
        let span = arena.add(name)
        var messages: UInt32 = 0
        try unsafe request { pointer, failure in
            unsafe arena.withArguments { unsafe flotilla_amqp_purge_queue(pointer, channel, span, $0, &messages, failure) }
        }
        return Int(messages)
    }

    func deleteExchange(_ name: String, on channel: UInt16) throws(BrokerFailure) {
        var arena = TextArena()
        let span = arena.add(name)
        try unsafe request { pointer, failure in
            unsafe arena.withArguments { unsafe flotilla_amqp_delete_exchange(pointer, channel, span, $0, failure) }
        }
    }

    func consume(
        _ queue: String,
        tag: String,
        exclusive: Bool,
        arguments: AMQPTable,
        on channel: UInt16
    ) throws(BrokerFailure) {
        var arena = TextArena()
        let spans = (arena.add(queue), arena.add(tag))
        arena.add(arguments)
        try unsafe request { pointer, failure in
            unsafe arena.withArguments { unsafe flotilla_amqp_consume(pointer, channel, spans.0, spans.1, exclusive, $0, failure) }
        }
    }

    func cancel(tag: String, on channel: UInt16) throws(BrokerFailure) {
        var arena = TextArena()
        let span = arena.add(tag)
        try unsafe request { pointer, failure in
            unsafe arena.withArguments { unsafe flotilla_amqp_cancel(pointer, channel, span, $0, failure) }
        }
    }
}
