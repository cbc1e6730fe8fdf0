/// One candidate for a role: says what to ask of the record next, and until when it may trust that it leads.
///
/// `following` → `claiming` → `leading` → `following`; from each → `resigned`, which nothing leaves. A candidate takes over what stood still
/// for the whole span on its own clock, counted from when it was *told* so; a leader trusts itself for less than the span, counted from when
/// its last confirmed renewal was *sent*. Clocks are never compared, only their speeds must agree within `trust` / `span`.
package struct LeaderElection: Sendable {
    package struct Settings: Hashable, Sendable {
        /// How long a mark must stand still before somebody else takes over.
        package var span: Duration = .seconds(8)
        /// Pause between renewals.
        package var renewEvery: Duration = .seconds(2)
        /// Pause between a follower's looks.
        package var lookEvery: Duration = .seconds(1)
        /// For how long after its sending a confirmed renewal is relied on.
        package var trust: Duration { span - renewEvery }

        package init() {}
    }

    /// What the shell does next, and answers with the function of the same name.
    package enum Effect: Hashable, Sendable {
        case wait(until: Instant)
        case look
        case claim(seen: LeaderMark?)
        case renew(Term)
        case none
    }

    private struct Watched: Hashable, Sendable {
        let mark: LeaderMark
        let since: Instant
    }

    private enum State: Hashable, Sendable {
        case following(Watched?, lookAt: Instant)
        case claiming(seen: LeaderMark?)
        /// `until` is `nil` when the term was found to be ours, and no renewal has confirmed it yet.
        case leading(Term, until: Instant?, renewAt: Instant)
        case resigned
    }

    private let role: LeaderRole
    private let holder: String
    private let settings: Settings
    private var state: State

    /// - Parameters:
    ///   - role: what is led.
    ///   - holder: a name that no other process has or had.
    ///   - settings: spans.
    ///   - now: when the first look is due.
    package init(role: LeaderRole, holder: String, settings: Settings, now: Instant) {
        self.role = role
        self.holder = holder
        self.settings = settings
        state = .following(nil, lookAt: now)
    }

    /// The reign, while it is sure that nobody else has begun one.
    package func reign(at now: Instant) -> Reign? {
        guard case .leading(let term, let until?, _) = state, now < until else { return nil }
        return Reign(role: role, term: term, until: until)
    }

    /// What to do now; the one request before has been answered.
    package mutating func tick(now: Instant) -> Effect {
        switch state {
        case .following(_, let lookAt): now < lookAt ? .wait(until: lookAt) : .look
        case .claiming(let seen): .claim(seen: seen)
        case .leading(let term, _, let renewAt): now < renewAt ? .wait(until: renewAt) : .renew(term)
        case .resigned: .none
        }
    }

    /// Somebody may have resigned: a follower looks at once.
    package mutating func heard(now: Instant) {
        guard case .following(let watched, let lookAt) = state else { return }
        state = .following(watched, lookAt: min(lookAt, now))
    }

    package mutating func looked(_ found: LeaderState?, now: Instant) {
        guard case .following(let watched, _) = state else { return }
        guard let found else {
            state = .claiming(seen: nil)
            return
        }
        switch found.holder {
        case nil:
            state = .claiming(seen: found.mark)
        case holder:
            // A claim of ours whose answer was lost.
            state = .leading(found.term, until: nil, renewAt: now)
        case _?:
            let watched = watched.flatMap { $0.mark == found.mark ? $0 : nil } ?? Watched(mark: found.mark, since: now)
            let end = watched.since + settings.span
            state = now >= end ? .claiming(seen: found.mark) : .following(watched, lookAt: min(now + settings.lookEvery, end))
        }
    }

    /// - Parameters:
    ///   - term: `nil`: somebody else was faster.
    ///   - sentAt: when the claim was sent, not when it was answered.
    package mutating func claimed(_ term: Term?, sentAt: Instant) {
        guard case .claiming = state else { return }
        if let term {
            state = .leading(term, until: sentAt + settings.trust, renewAt: sentAt + settings.renewEvery)
        } else {
            state = .following(nil, lookAt: sentAt)
        }
    }

    /// - Parameters:
    ///   - isOurs: false: another term, or nobody, leads.
    ///   - sentAt: when the renewal was sent, not when it was answered.
    package mutating func renewed(_ isOurs: Bool, sentAt: Instant) {
        guard case .leading(let term, _, _) = state else { return }
        if isOurs {
            state = .leading(term, until: sentAt + settings.trust, renewAt: sentAt + settings.renewEvery)
        } else {
            state = .following(nil, lookAt: sentAt)
        }
    }

    /// The record did not answer: whether it did what was asked is unknown.
    package mutating func failed(now: Instant) {
        switch state {
        case .following(let watched, _):
            state = .following(watched, lookAt: now + settings.lookEvery)
        case .claiming:
            state = .following(nil, lookAt: now + settings.lookEvery)
        case .leading(let term, let until, _):
            state = .leading(term, until: until, renewAt: now + settings.renewEvery / 4)
        case .resigned:
            break
        }
    }

    /// Ends the candidacy.
    ///
    /// - Returns: the term to be resigned, if it may be ours.
    package mutating func resign() -> Term? {
        defer { state = .resigned }
        guard case .leading(let term, _, _) = state else { return nil }
        return term
    }
}
