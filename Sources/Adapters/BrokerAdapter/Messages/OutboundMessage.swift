internal import AMQP
internal import Domain
internal import Wire

/// Makes the messages that Flotilla publishes: protobuf, persistent, `mandatory`.
enum OutboundMessage {
    static func task(_ task: DispatchedTask, at time: Timestamp) -> AMQPMessage {
        var message = message(Exchange.work, task.lane.description, TaskCodec.encode(task), type: "task", at: time)
        message.messageID = task.id.description
        message.headers = [MessageKey.number: .integer(task.number.value), MessageKey.attempt: .integer(Int64(task.attempt))]
        message.headers[MessageKey.traceParent] = task.traceParent.map { .string($0.description) }
        return message
    }

    /// - Returns: `nil` when the message is larger than a reader takes.
    static func report(_ content: OutcomeMessage, at time: Timestamp) -> AMQPMessage? {
        let body = OutcomeCodec.encode(content)
        guard body.count <= OutcomeCodec.bytesMax(of: content) else { return nil }
        let type =
            switch content {
            case .outcomes: "outcomes"
            case .part: "part"
            case .marker: "marker"
            }
        return message(Exchange.outcomes, Queue.outcomes, body, type: type, at: time)
    }

    static func fleet(_ content: FleetMessage, at time: Timestamp) -> AMQPMessage {
        let type =
            switch content {
            case .registration: "registration"
            case .heartbeat: "heartbeat"
            }
        return message(Exchange.fleet, Queue.fleet, FleetCodec.encode(content), type: type, at: time)
    }

    /// Cancelled runs in one message, so that it stays below what a worker reads.
    static let cancelledMax = 1000

    /// The order in messages that a worker reads, in order.
    static func parts(of order: ControlOrder) -> [ControlOrder] {
        guard case .cancel(let runs) = order, runs.count > cancelledMax else { return [order] }
        return stride(from: 0, to: runs.count, by: cancelledMax).map { .cancel(Array(runs[$0..<min(runs.count, $0 + cancelledMax)])) }
    }

    /// Not persistent: its queues live in memory, with their connections.
    static func order(_ order: ControlOrder, to address: ControlAddress, at time: Timestamp) -> AMQPMessage {
        let type =
            switch order {
            case .cancel: "cancel"
            case .drain: "drain"
            case .quiet: "quiet"
            case .resume: "resume"
            case .setLogLevel: "log-level"
            case .ping: "ping"
            }
        var message = message(Exchange.control, address.routingKey, ControlCodec.encode(order), type: type, at: time)
        message.isPersistent = false
        return message
    }

    /// Without a priority the key leads to `intake.normal` and says nothing, so that the kind's own priority counts.
    static func draft(_ draft: TaskDraft, at time: Timestamp) -> AMQPMessage {
        let key = draft.priority?.lowercased() ?? ""
        var message = message(Exchange.intake, key, DraftCodec.encode(draft), type: "draft", at: time)
        message.messageID = draft.id?.description ?? ""
        message.headers[MessageKey.traceParent] = draft.traceParent.map { .string($0.description) }
        return message
    }

    /// A message that cannot be read, as it came, with the reason.
    static func unreadable(_ message: UnreadableMessage, original: Delivery, at time: Timestamp) -> AMQPMessage {
        var letter = AMQPMessage(exchange: Exchange.dead, routingKey: original.routingKey, body: message.body)
        letter.contentType = original.contentType ?? ""
        letter.messageID = original.messageID ?? ""
        letter.type = original.type ?? ""
        letter.appID = original.appID ?? ""
        letter.timestamp = time.microseconds / 1_000_000
        for key in [MessageKey.number, MessageKey.attempt] { letter.headers[key] = original.headers[key]?.sendable }
        letter.headers[MessageKey.reason] = .string(message.reason.rawValue)
        letter.headers[MessageKey.explanation] = .string(String(message.explanation.prefix(1000)))
        letter.headers[MessageKey.queue] = .string(message.queue)
        return letter
    }

    private static func message(_ exchange: String, _ key: String, _ body: [UInt8], type: String, at time: Timestamp) -> AMQPMessage {
        var message = AMQPMessage(exchange: exchange, routingKey: key, body: body)
        message.contentType = WireFormat.protobuf.contentType
        message.type = type
        message.appID = MessageKey.application
        message.timestamp = time.microseconds / 1_000_000
        return message
    }
}

extension AMQPValue {
    /// `nil` for what was received but cannot be sent.
    fileprivate var sendable: AMQPValue? { self == .other ? nil : self }
}
