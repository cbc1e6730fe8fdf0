import Domain

/// One delivery in a simulated worker's hands.
final class SimAttempt {
    /// In order of arrival.
    let place: Int
    let run: RunToken
    let delivery: WorkDelivery
    /// The count of connections when it arrived.
    let connection: Int
    var keeper: RunKeeper
    var startedAt: Timestamp?
    var quietGap: Duration = .zero
    /// When it ended while it held its lease, by Redis; `nil`: it did not.
    var endedInOrder: Duration?
    /// The work is over, or was stopped.
    var isOver = false
    /// Less urgent deliveries of its class that started while it waited, and how many started at all.
    var overtaken = 0
    var startsMeanwhile = 0

    var task: DispatchedTask { delivery.task }

    init(place: Int, run: RunToken, delivery: WorkDelivery, connection: Int, now: Instant) {
        self.place = place
        self.run = run
        self.delivery = delivery
        self.connection = connection
        keeper = RunKeeper(delivery.task, receivedAt: now)
    }
}
