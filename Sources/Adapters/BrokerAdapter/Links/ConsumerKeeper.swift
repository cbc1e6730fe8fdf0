internal import AMQP

/// Which queues shall be consumed, which are, and the next step between the two.
///
/// A changed prefetch needs a new channel: the new consumer starts, the old one is cancelled, and its channel is closed once
/// everything it delivered is settled. Only what happened on the current connection counts.
struct ConsumerKeeper {
    enum Step {
        case start(queue: String, prefetch: UInt16)
        /// See on a connection of its own whether it can be consumed again.
        case probe(queue: String)
        case cancel(Consumer)
        /// Close its channel if nothing of it is in hand.
        case close(Consumer)
    }

    /// The current connection with its count; `nil` between two.
    private(set) var current: (epoch: Int, connection: AMQPConnection)?
    /// What shall be consumed on every connection.
    private var asked: [String: UInt16] = [:]
    /// The current connection's own queue, gone with it; consumed first and never stopped.
    private var own: [String: UInt16] = [:]
    private var running: [String: Consumer] = [:]
    private var toCancel: [Consumer] = []
    /// Cancelled, with deliveries still to be settled, and when to look again.
    private var ending: [(consumer: Consumer, lookAt: ContinuousClock.Instant)] = []
    /// Queues that could not be consumed, and when to try again.
    private var refused: [String: ContinuousClock.Instant] = [:]

    /// Queues whose consuming cost a connection, and when to probe them; outlives connections.
    private var broken: [String: ContinuousClock.Instant] = [:]

    /// Deliveries that were under way when a consumer was cancelled arrive within this time.
    static let settleTime: Duration = .milliseconds(500)
    static let retryPause: Duration = .seconds(1)

    mutating func want(_ queues: [String: UInt16]) {
        asked = queues
    }

    mutating func change(_ queue: String, prefetch: UInt16) {
        guard asked[queue] != nil else { return }
        asked[queue] = prefetch
    }

    mutating func connected(_ epoch: Int, _ connection: AMQPConnection, own: [String: UInt16] = [:]) {
        disconnected()
        current = (epoch, connection)
        self.own = own
    }

    mutating func disconnected() {
        current = nil
        running = [:]
        toCancel = []
        ending = []
        refused = [:]
        own = [:]
    }

    private var wanted: [String: UInt16] { own.isEmpty ? asked : asked.merging(own) { $1 } }

    /// Whether no consumer runs but the connection's own: no work is delivered.
    var isQuiet: Bool { running.keys.allSatisfy { own[$0] != nil } && toCancel.isEmpty }

    /// Whether there is something to do now or soon.
    var isUnsettled: Bool {
        current != nil && (!toCancel.isEmpty || !ending.isEmpty || running.mapValues(\.prefetch) != wanted)
    }

    mutating func nextStep(now: ContinuousClock.Instant) -> Step? {
        guard current != nil else { return nil }
        let wanted = wanted
        if let surplus = running.first(where: { wanted[$0.key] == nil }) {
            running[surplus.key] = nil
            toCancel.append(surplus.value)
        }
        if let consumer = toCancel.first { return .cancel(consumer) }
        let missing = wanted.filter { queue, prefetch in running[queue]?.prefetch != prefetch && now >= refused[queue] ?? now }
        let sound = missing.filter { broken[$0.key] == nil }
        if let sound = sound.first(where: { own[$0.key] != nil }) ?? sound.first {
            return .start(queue: sound.key, prefetch: sound.value)
        }
        if let ended = ending.first(where: { now >= $0.lookAt }) { return .close(ended.consumer) }
        return missing.keys.first { now >= broken[$0] ?? now }.map { .probe(queue: $0) }
    }

    mutating func started(_ consumer: Consumer, epoch: Int) {
        guard epoch == current?.epoch else { return }
        refused[consumer.queue] = nil
        if let old = running.updateValue(consumer, forKey: consumer.queue) { toCancel.append(old) }
    }

    /// - Returns: whether it is the first time on this connection.
    mutating func notStarted(_ queue: String, epoch: Int, now: ContinuousClock.Instant) -> Bool {
        guard epoch == current?.epoch else { return false }
        return refused.updateValue(now + Self.retryPause, forKey: queue) == nil
    }

    /// Consuming it cost the connection: it is probed before it is consumed again.
    mutating func brokeDown(_ queue: String, probeAt: ContinuousClock.Instant) {
        broken[queue] = probeAt
    }

    mutating func works(_ queue: String) {
        broken[queue] = nil
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
