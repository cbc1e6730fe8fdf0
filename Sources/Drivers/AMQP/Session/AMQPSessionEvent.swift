/// What a session tells: the events of its current connection, and how connections come and go.
package enum AMQPSessionEvent: Sendable {
    /// A connection is up and `setup` has run. Deliveries of its consumers may come before this.
    case connected(epoch: Int)
    /// The connection is gone, or an attempt to make one failed; the next attempt follows by itself.
    case disconnected(AMQPError)
    case deliveries(DeliveryBatch)
    case consumerCancelled(Consumer)
    /// `nil` is the publishing channel.
    case channelClosed(Consumer?, code: UInt16, text: String)
    case blocked(reason: String)
    case unblocked
}
