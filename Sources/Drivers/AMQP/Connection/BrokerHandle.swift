internal import CRabbitMQ

/// What the shim reports; the connection makes an `AMQPError` of it.
struct BrokerFailure: Error {
    let scope: flotilla_amqp_scope
    let code: Int
    let text: String

    init(_ failure: flotilla_amqp_failure) {
        scope = failure.scope
        code = Int(failure.code)
        var copy = failure
        let words = unsafe withUnsafeBytes(of: &copy.text) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        // A broker may close without a word.
        let said = words.isEmpty ? "no reason was given" : words
        text = failure.system == 0 ? said : "\(said), errno \(failure.system)"
    }

    init(scope: flotilla_amqp_scope, code: Int = 0, text: String) {
        self.scope = scope
        self.code = code
        self.text = text
    }
}

/// The C handle of one connection.
///
/// Not `Sendable`: it belongs to the connection's thread.
@safe
final class BrokerHandle {
    let descriptor: Int32
    /// As negotiated; `nil` when the broker wants none.
    let heartbeat: Duration?
    let channelMax: UInt16
    /// When a request was answered last: its bytes never show at the socket's watch.
    private(set) var lastAnswer = ContinuousClock.now
    private let pointer: OpaquePointer
    private var batch = unsafe flotilla_amqp_batch()
    private var arena = TextArena()

    /// Connects and logs in; waits.
    init(_ endpoint: AMQPEndpoint, name: String, settings: AMQPSettings) throws(BrokerFailure) {
        var failure = flotilla_amqp_failure()
        let opened = unsafe Self.open(endpoint, name, settings, &failure)
        guard let opened = unsafe opened else { throw BrokerFailure(failure) }
        unsafe pointer = unsafe opened
        descriptor = unsafe flotilla_amqp_descriptor(opened)
        let seconds = unsafe flotilla_amqp_heartbeat_seconds(opened)
        heartbeat = seconds > 0 ? .seconds(Int64(seconds)) : nil
        channelMax = UInt16(clamping: unsafe flotilla_amqp_channel_max(opened))
    }

    /// Ends the handle; it must not be used again.
    ///
    /// A good-bye waits for the broker's answer, two seconds at most.
    func close(politely: Bool) {
        unsafe flotilla_amqp_close(pointer, politely ? 2000 : 0)
    }

    // MARK: Requests

    /// Runs one call of the shim.
    func request(_ call: (OpaquePointer, UnsafeMutablePointer<flotilla_amqp_failure>) -> Int32) throws(BrokerFailure) {
        var failure = flotilla_amqp_failure()
        guard unsafe call(pointer, &failure) == 0 else { throw BrokerFailure(failure) }
        lastAnswer = .now
    }

    // MARK: Going out

    /// Encodes one message behind what waits already.
    /// - Returns: `false` when it cannot be encoded.
    func publish(_ message: AMQPMessage, messageID: String, on channel: UInt16) -> Bool {
        arena.removeAll()
        var raw = flotilla_amqp_message()
        raw.exchange = arena.add(message.exchange)
        raw.routing_key = arena.add(message.routingKey)
        raw.content_type = arena.add(message.contentType)
        raw.message_id = arena.add(messageID)
        raw.type = arena.add(message.type)
        raw.correlation_id = arena.add(message.correlationID)
        raw.app_id = arena.add(message.appID)
        raw.reply_to = arena.add(message.replyTo)
        raw.expiration = arena.add(message.expiration)
        raw.timestamp = UInt64(clamping: message.timestamp ?? 0)
        raw.priority = message.priority.map(Int16.init) ?? -1
        raw.persistent = message.isPersistent
        raw.mandatory = message.isMandatory
        arena.add(message.headers)
        let code = unsafe arena.withArguments { arguments in
            unsafe message.body.withUnsafeBufferPointer { body in
                unsafe flotilla_amqp_publish(pointer, channel, &raw, arguments, body.baseAddress, body.count)
            }
        }
        return code == 0
    }

    func settle(_ settlements: [flotilla_amqp_settlement]) {
        unsafe settlements.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress, !buffer.isEmpty else { return }
            unsafe flotilla_amqp_settle(pointer, start, buffer.count)
        }
    }

    func beat() {
        unsafe flotilla_amqp_beat(pointer)
    }

    var pendingBytes: Int { unsafe flotilla_amqp_pending_bytes(pointer) }

    /// - Returns: whether everything was sent; else the socket must become writable first.
    func flush() throws(BrokerFailure) -> Bool {
        var failure = flotilla_amqp_failure()
        switch unsafe flotilla_amqp_flush(pointer, &failure) {
        case 0: return true
        case 1: return false
        default: throw BrokerFailure(failure)
        }
    }

    // MARK: Coming in

    /// Reads what there is without waiting; look at `signals` and `deliveries` afterwards, also when it throws.
    func pump() throws(BrokerFailure) {
        var failure = flotilla_amqp_failure()
        let code = unsafe flotilla_amqp_pump(
            pointer,
            AMQPSettings.eventsPerPump,
            AMQPSettings.bytesPerPump,
            &batch,
            &failure
        )
        guard code == 0 else { throw BrokerFailure(failure) }
    }

    /// More waits in the library's buffer, of which the socket tells nothing.
    var hasMore: Bool { unsafe batch.more }

    var signals: [flotilla_amqp_event] {
        unsafe Array(UnsafeBufferPointer(start: batch.signals, count: batch.signal_count))
    }

    var deliveryCount: Int { unsafe batch.delivery_count }

    var deliveries: [flotilla_amqp_event] {
        unsafe Array(UnsafeBufferPointer(start: batch.deliveries, count: batch.delivery_count))
    }

    var fields: [flotilla_amqp_field] {
        unsafe Array(UnsafeBufferPointer(start: batch.fields, count: batch.field_count))
    }

    var bytes: [UInt8] {
        unsafe Array(UnsafeBufferPointer(start: batch.arena, count: batch.arena_bytes))
    }

    func text(_ span: flotilla_amqp_span) -> String {
        guard span.length > 0, let arena = unsafe batch.arena else { return "" }
        return unsafe String(
            decoding: UnsafeBufferPointer(start: arena + Int(span.offset), count: Int(span.length)),
            as: UTF8.self
        )
    }

    private static func open(
        _ endpoint: AMQPEndpoint,
        _ name: String,
        _ settings: AMQPSettings,
        _ failure: inout flotilla_amqp_failure
    ) -> OpaquePointer? {
        unsafe endpoint.host.withCString { host in
            unsafe endpoint.user.withCString { user in
                unsafe endpoint.password.withCString { password in
                    unsafe endpoint.virtualHost.withCString { virtualHost in
                        unsafe name.withCString { name in
                            unsafe "Flotilla".withCString { product in
                                var raw = unsafe flotilla_amqp_settings(
                                    host: host,
                                    user: user,
                                    password: password,
                                    virtual_host: virtualHost,
                                    connection_name: name,
                                    product: product,
                                    port: Int32(endpoint.port),
                                    connect_milliseconds: settings.connectTimeout.milliseconds,
                                    handshake_milliseconds: settings.handshakeTimeout.milliseconds,
                                    rpc_milliseconds: settings.requestTimeout.milliseconds,
                                    user_timeout_milliseconds: settings.userTimeout.milliseconds,
                                    heartbeat_seconds: max(1, settings.heartbeat.milliseconds / 1000),
                                    body_bytes_max: UInt64(settings.bodyBytesMax)
                                )
                                return unsafe flotilla_amqp_open(&raw, &failure)
                            }
                        }
                    }
                }
            }
        }
    }
}

extension Duration {
    /// Rounded down; at least 1, as 0 would mean "no limit" to the library.
    fileprivate var milliseconds: Int32 {
        max(1, Int32(clamping: components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000))
    }
}
