internal import AMQP

/// Which queues shall be consumed, which are, and the next step between the two.
///
/// A changed prefetch needs a new channel: the new consumer starts, the old one is cancelled, and its channel is closed once
/// everything it delivered is settled. Only what happened on the current connection counts.
struct ConsumerKeeper {
    enum Step {
        case start(queue: String, prefetch: UInt16)
        case cancel(Consumer)
        /// Close its channel if nothing of it is in hand.
        case close(Consumer)
    }

    /// The current connection with its count; `nil` between two.
    private(set) var current: (epoch: Int, connection: AMQPConnection)?
    private(set) var wanted: [String: UInt16] = [:]
    private var running: [String: Consumer] = [:]
    private var toCancel: [Consumer] = []
    /// Cancelled, with deliveries still to be settled, and when to look again.
    private var ending: [(consumer: Consumer, lookAt: ContinuousClock.Instant)] = []
    /// Queues that could not be consumed, and when to try again.
    private var refused: [String: ContinuousClock.Instant] = [:]

    /// Queues whose consuming cost the connection, how often in a row, and when to try again.
    private var strikes: [String: (count: Int, retryAt: ContinuousClock.Instant)] = [:]

    /// Deliveries that were under way when a consumer was cancelled arrive within this time.
    static let settleTime: Duration = .milliseconds(500)
    static let retryPause: Duration = .seconds(1)
    /// A queue that cost the connection twice rests this long, so that the others are consumed meanwhile.
    static let strikePause: Duration = .seconds(60)

    mutating func want(_ queues: [String: UInt16]) {
        wanted = queues
    }

    mutating func change(_ queue: String, prefetch: UInt16) {
        guard wanted[queue] != nil else { return }
        wanted[queue] = prefetch
    }

    mutating func connected(_ epoch: Int, _ connection: AMQPConnection) {
        disconnected()
        current = (epoch, connection)
    }

    mutating func disconnected() {
        current = nil
        running = [:]
        toCancel = []
        ending = []
        refused = [:]
    }

    /// Whether no consumer runs: nothing new is delivered.
    var isQuiet: Bool { running.isEmpty && toCancel.isEmpty }

    /// Whether there is something to do now or soon.
    var isUnsettled: Bool {
        current != nil && (!toCancel.isEmpty || !ending.isEmpty || running.mapValues(\.prefetch) != wanted)
    }

    mutating func nextStep(now: ContinuousClock.Instant) -> Step? {
        guard current != nil else { return nil }
        if let surplus = running.first(where: { wanted[$0.key] == nil }) {
            running[surplus.key] = nil
            toCancel.append(surplus.value)
        }
        if let consumer = toCancel.first { return .cancel(consumer) }
        let missing = wanted.filter { queue, prefetch in
            running[queue]?.prefetch != prefetch && mayStart(queue, now: now)
        }.min { (strikes[$0.key]?.count ?? 0) < (strikes[$1.key]?.count ?? 0) }
        if let missing { return .start(queue: missing.key, prefetch: missing.value) }
        return ending.first { now >= $0.lookAt }.map { .close($0.consumer) }
    }

    mutating func started(_ consumer: Consumer, epoch: Int) {
        guard epoch == current?.epoch else { return }
        refused[consumer.queue] = nil
        strikes[consumer.queue] = nil
        if let old = running.updateValue(consumer, forKey: consumer.queue) { toCancel.append(old) }
    }

    mutating func notStarted(_ queue: String, epoch: Int, now: ContinuousClock.Instant) {
        guard epoch == current?.epoch else { return }
        refused[queue] = now + Self.retryPause
    }

    /// The broker did not answer and the connection was given up; it is remembered on the next one.
    ///
    /// - Returns: whether the queue rests now.
    mutating func costTheConnection(_ queue: String, now: ContinuousClock.Instant) -> Bool {
        let count = (strikes[queue]?.count ?? 0) + 1
        strikes[queue] = (count, count < 2 ? now : now + Self.strikePause)
        return count >= 2
    }

    private func mayStart(_ queue: String, now: ContinuousClock.Instant) -> Bool {
        now >= max(refused[queue] ?? now, strikes[queue]?.retryAt ?? now)
    }

    mutating func cancelled(_ consumer: Consumer, now: ContinuousClock.Instant) {
        guard let place = toCancel.firstIndex(where: { $0.id == consumer.id }) else { return }
        toCancel.remove(at: place)
        ending.append((consumer, now + Self.settleTime))
    }

    /// Its deliveries are not all settled: look again later.
    mutating func stillInHand(_ consumer: Consumer, now: ContinuousClock.Instant) {
        guard let place = ending.firstIndex(where: { $0.consumer.id == consumer.id }) else { return }
        ending[place].lookAt = now + Self.settleTime
    }

    /// The broker ended the consumer, its channel stays for what is in hand.
    mutating func endedByBroker(_ consumer: Consumer, now: ContinuousClock.Instant) {
        forget(consumer)
        ending.append((consumer, now + Self.settleTime))
    }

    /// Its channel is closed.
    mutating func forget(_ consumer: Consumer) {
        if running[consumer.queue]?.id == consumer.id { running[consumer.queue] = nil }
        toCancel.removeAll { $0.id == consumer.id }
        ending.removeAll { $0.consumer.id == consumer.id }
    }
}
