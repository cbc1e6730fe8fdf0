/// Names one delivery for its settlement.
///
/// Valid while the channel it came on is open; later it is a counted no-op.
package struct DeliveryTag: Sendable, Hashable {
    /// Never repeats in the life of the process.
    let connection: UInt32
    /// Never repeats in the life of the connection.
    let channelSerial: UInt32
    let number: UInt64
    let channel: UInt16
}

/// What to do with a delivery.
package struct Settlement: Sendable, Hashable {
    package enum Verdict: Sendable, Hashable {
        case ack
        /// Without requeue the message goes to the queue's dead-letter exchange.
        case reject(requeue: Bool)
    }

    package let tag: DeliveryTag
    package let verdict: Verdict

    package init(_ tag: DeliveryTag, _ verdict: Verdict) {
        self.tag = tag
        self.verdict = verdict
    }

    package static func ack(_ tag: DeliveryTag) -> Settlement { Settlement(tag, .ack) }
    package static func reject(_ tag: DeliveryTag, requeue: Bool) -> Settlement { Settlement(tag, .reject(requeue: requeue)) }
}
