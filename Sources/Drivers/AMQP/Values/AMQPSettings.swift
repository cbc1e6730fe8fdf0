/// Time limits and sizes of one connection.
///
/// The defaults suit a broker in the same network.
package struct AMQPSettings: Sendable, Hashable {
    /// Negotiated with the broker, which may ask for less.
    ///
    /// The broker closes after two missed ones, and so do we.
    package var heartbeat: Duration = .seconds(20)
    package var connectTimeout: Duration = .seconds(5)
    package var handshakeTimeout: Duration = .seconds(5)
    /// The longest wait for the answer of a declare, consume, cancel, …; after it the connection is garbage.
    package var requestTimeout: Duration = .seconds(10)
    /// TCP_USER_TIMEOUT: how long sent bytes may stay unacknowledged, also behind a closed window.
    package var userTimeout: Duration = .seconds(20)
    /// Without any confirm for so long the connection is garbage.
    ///
    /// While the broker is blocked, what waits is given up as unconfirmed and the connection stays.
    package var confirmTimeout: Duration = .seconds(10)
    /// Bytes of a body that are kept; the rest is dropped and counted.
    package var bodyBytesMax = 16 << 20

    /// Messages without a confirm, at most; further ones wait in order.
    package static let unconfirmedMax = 1024
    /// Bytes encoded and not yet taken by the socket, above which further messages wait.
    package static let outgoingBytesMax = 4 << 20
    /// Frames and bytes that one turn reads before the thread serves others.
    package static let eventsPerPump = 256
    package static let bytesPerPump = 1 << 20

    /// Between the last settlement and the closing of its channel: a quorum queue of RabbitMQ 3.10 holds acks back
    /// beyond 32 commands under way, and forgets those whose channel closes (467 of 500 single acks were lost so).
    package static let settleGrace = Duration.milliseconds(250)

    package init() {}
}
