/// A delivery from a lane.
package struct WorkDelivery: Sendable {
    package let handle: DeliveryHandle
    package let lane: Lane
    package let task: DispatchedTask
    package let redeliveries: Int

    package init(handle: DeliveryHandle, lane: Lane, task: DispatchedTask, redeliveries: Int) {
        self.handle = handle
        self.lane = lane
        self.task = task
        self.redeliveries = redeliveries
    }
}

/// What the worker's connection to the broker tells.
package enum WorkEvent: Sendable {
    /// A new connection stands: register again. Unstarted deliveries of older connections are gone.
    case connected(connection: Int)
    case disconnected(reason: String)
    case deliveries([WorkDelivery])
    /// An orchestrator's order; it is acknowledged already.
    case order(ControlOrder)
    /// The channel of one lane is gone, with every unstarted delivery of it; it is consumed again by itself.
    case laneLost(Lane, connection: UInt64, channel: UInt32)
}

/// The worker's view of the broker.
///
/// It connects, declares and consumes again by itself.
package protocol WorkerBroker: Sendable {
    /// One reader. What cannot be read never appears: it was published to the dead-letter exchange, confirmed and acknowledged.
    var events: AsyncStream<WorkEvent> { get }

    /// Begins to consume the lanes, each with its own prefetch (1…256).
    func consume(_ lanes: [Lane: Int]) async

    /// Changes a lane's prefetch: a new channel takes over, the old one is closed once what it holds is settled.
    func setPrefetch(_ prefetch: Int, for lane: Lane) async

    /// Cancels every consumer; deliveries in hand can still be settled.
    func stopConsuming() async

    /// Publishes a message of outcomes, or one part, and waits for the confirm.
    func report(_ message: OutcomeMessage) async -> PublishAnswer

    /// Posts settlements and returns.
    func settle(_ handles: [DeliveryHandle], _ settlement: Settlement)

    /// Publishes a registration or a heartbeat; without a connection it is dropped and said so.
    func tell(_ message: FleetMessage) async -> PublishAnswer

    /// Whether the dead-letter queue is above its alarm: then final failures are acknowledged instead of rejected.
    func deadQueueIsNearlyFull() async -> Bool

    /// Closes after everything posted has been sent.
    func close() async
}
