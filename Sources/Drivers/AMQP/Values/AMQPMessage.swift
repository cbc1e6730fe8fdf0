/// One message to publish.
///
/// Empty texts are left out. Texts but the body and header values are at most 255 bytes.
package struct AMQPMessage: Sendable, Hashable {
    package var exchange: String
    package var routingKey: String
    package var body: [UInt8]
    package var contentType = ""
    /// Names the message in a return.
    ///
    /// A mandatory message without one gets one of the driver's own.
    package var messageID = ""
    package var type = ""
    package var correlationID = ""
    package var appID = ""
    package var replyTo = ""
    /// Milliseconds as text, as AMQP wants it.
    package var expiration = ""
    /// Seconds since 1970.
    package var timestamp: Int64?
    package var priority: UInt8?
    /// Written to disk by durable queues.
    package var isPersistent = true
    /// Comes back as `.returned` when no queue takes it; else it would be dropped and confirmed.
    package var isMandatory = true
    package var headers = AMQPTable()

    package init(exchange: String, routingKey: String, body: [UInt8]) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.body = body
    }
}

/// What became of one published message.
package enum PublishResult: Sendable, Hashable {
    /// The broker took responsibility.
    case confirmed
    /// The broker did not take it: a full queue, or a fault of its own.
    case nacked
    /// No queue was bound (312), or an immediate consumer was missing.
    case returned(code: UInt16, text: String)
    /// Nobody knows: it may have been taken, and may be published again by whoever can stand a second copy.
    case unconfirmed(UnconfirmedReason)
    /// It cannot be encoded (a text over 255 bytes, headers larger than a frame) and was not sent.
    case unsendable

    package var isConfirmed: Bool { self == .confirmed }
}

/// Why the fate of a message is unknown.
package enum UnconfirmedReason: Sendable, Hashable {
    /// There was no connection in the time given: it was not sent.
    case notConnected
    case connectionLost(AMQPError)
    /// The broker closed the publishing channel, e.g. for an exchange that does not exist (404).
    case channelClosed(code: UInt16, text: String)
    /// The task that published was cancelled.
    case cancelled
    /// The broker is out of memory or disk and did not take it in time.
    case blocked
    /// The connection is being closed: it was not sent.
    case closing
}
