/// Keeps one run's lease: says when to renew, when it is lost, and whether one more request may still be sent.
///
/// Ends are counted from the moment a request was *sent*, on the boot-time clock.
/// `held` → `renewing` → `held` …; either → `lost` (answer *lost*, or the end passed) or `released`. Nothing leaves those two.
package struct LeaseKeeper: Sendable {
    package struct Settings: Hashable, Sendable {
        /// How long a lease lasts, 1 s…10 min.
        package var span: Duration = .seconds(30)
        /// Pause between renewals, a third of the span.
        package var renewEvery: Duration = .seconds(10)
        /// Nothing is sent within this of the end, besides the longest life of a request.
        package var margin: Duration = .seconds(2)
        /// How long one request may be under way.
        package var pduLife: Duration = .seconds(5)

        package init() {}
    }

    package enum Effect: Hashable, Sendable {
        case wait(until: Instant)
        case renew
        /// Stop sending at once: the lease cannot be relied on.
        case abort
        case none
    }

    private enum State: Hashable, Sendable {
        case held(end: Instant, renewAt: Instant)
        case renewing(end: Instant, sentAt: Instant)
        case lost
        case released
    }

    private var state: State
    private let settings: Settings

    /// - Parameters:
    ///   - sentAt: when `take` was sent, not when it was answered.
    ///   - settings: span and margins.
    package init(sentAt: Instant, settings: Settings) {
        self.settings = settings
        state = .held(end: sentAt + settings.span, renewAt: sentAt + settings.renewEvery)
    }

    /// Whether one more request may leave now: it must have come back, or been given up, before the lease ends.
    package func maySend(at now: Instant) -> Bool {
        switch state {
        case .held(let end, _), .renewing(let end, _): now < end - settings.margin - settings.pduLife
        case .lost, .released: false
        }
    }

    package mutating func tick(now: Instant) -> Effect {
        switch state {
        case .held(let end, let renewAt):
            if now >= end { return lose() }
            guard now >= renewAt else { return .wait(until: renewAt) }
            state = .renewing(end: end, sentAt: now)
            return .renew
        case .renewing(let end, _):
            return now >= end ? lose() : .wait(until: end)
        case .lost, .released:
            return .none
        }
    }

    package mutating func answered(_ answer: RenewAnswer) -> Effect {
        guard case .renewing(_, let sentAt) = state else { return .none }
        switch answer {
        case .renewed:
            state = .held(end: sentAt + settings.span, renewAt: sentAt + settings.renewEvery)
            return .wait(until: sentAt + settings.renewEvery)
        case .lost:
            return lose()
        }
    }

    /// The store did not answer: the old end stands; try again soon.
    package mutating func unanswered(now: Instant) -> Effect {
        guard case .renewing(let end, _) = state else { return .none }
        if now >= end { return lose() }
        let again = min(end, now + settings.renewEvery / 10)
        state = .held(end: end, renewAt: again)
        return .wait(until: again)
    }

    /// The lease is given back: nothing is sent or renewed any more; a lost lease stays lost.
    package mutating func released() {
        guard state != .lost else { return }
        state = .released
    }

    /// Whether the lease cannot be relied on any more: it was lost, or its end has passed unnoticed.
    package func isLost(at now: Instant) -> Bool {
        switch state {
        case .held(let end, _), .renewing(let end, _): now >= end
        case .lost: true
        case .released: false
        }
    }

    private mutating func lose() -> Effect {
        state = .lost
        return .abort
    }
}
