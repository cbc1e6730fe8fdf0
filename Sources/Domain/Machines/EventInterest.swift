/// Remembers which types of events nobody listens to, so that a fleet without listeners pays next to nothing.
///
/// The broker returns a `mandatory` event that no queue takes. After that, one event of its type is tried per `pause`.
package struct EventInterest: Sendable {
    /// A new listener misses the events of this span at most.
    package let pause: Duration
    private var quietUntil: [String: Instant] = [:]

    package init(pause: Duration = .milliseconds(100)) {
        self.pause = pause
    }

    /// Whether to publish an event of this type now.
    package mutating func wants(_ type: String, now: Instant) -> Bool {
        guard let until = quietUntil[type] else { return true }
        guard now >= until else { return false }
        // Until its answer is known no other one of its type is tried.
        quietUntil[type] = now + pause
        return true
    }

    package mutating func answered(_ type: String, _ answer: EventAnswer, now: Instant) {
        switch answer {
        case .taken: quietUntil[type] = nil
        case .nobodyListens: quietUntil[type] = now + pause
        case .lost: break
        }
    }
}
