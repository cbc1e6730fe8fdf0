/// What a connection tells without being asked.
package enum AMQPEvent: Sendable {
    case deliveries(DeliveryBatch)
    /// The broker ended the consumer, e.g. its queue was deleted. Deliveries in hand can still be settled.
    case consumerCancelled(Consumer)
    /// The broker closed a channel; `nil` is the publishing channel. Deliveries of the consumer are lost and come again.
    case channelClosed(Consumer?, code: UInt16, text: String)
    /// Memory or disk alarm: what is published waits until `unblocked`.
    case blocked(reason: String)
    case unblocked
    /// The last event of a connection.
    case closed(AMQPError)
}
