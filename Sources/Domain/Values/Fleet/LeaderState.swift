/// What exactly one orchestrator does for all.
package enum LeaderRole: String, CaseIterable, Hashable, Sendable {
    /// Plans for OLTs, keeps quotas, reports violations.
    case coordinator
}

/// The number of a reign: grows by one each time somebody becomes leader, and never goes back.
package struct Term: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: Int64

    package init(_ value: Int64) {
        self.value = value
    }

    package static func < (first: Term, second: Term) -> Bool { first.value < second.value }

    package var description: String { "\(value)" }
}

/// How far a reign has come: stands still only while nobody renews it.
package struct LeaderMark: Hashable, Sendable {
    package let term: Term
    package let renewals: Int64

    package init(term: Term, renewals: Int64) {
        self.term = term
        self.renewals = renewals
    }
}

/// Who leads, as it is written down.
package struct LeaderState: Hashable, Sendable {
    package let role: LeaderRole
    package let mark: LeaderMark
    /// `nil`: the last one resigned, whoever comes first may take over.
    package let holder: String?
    package let beganAt: Timestamp
    package let renewedAt: Timestamp

    package init(role: LeaderRole, mark: LeaderMark, holder: String?, beganAt: Timestamp, renewedAt: Timestamp) {
        self.role = role
        self.mark = mark
        self.holder = holder
        self.beganAt = beganAt
        self.renewedAt = renewedAt
    }

    package var term: Term { mark.term }
}

/// A leader's own certainty: until then nobody else can have taken over.
package struct Reign: Hashable, Sendable {
    package let role: LeaderRole
    package let term: Term
    /// On this process' monotonic clock.
    package let until: Instant

    package init(role: LeaderRole, term: Term, until: Instant) {
        self.role = role
        self.term = term
        self.until = until
    }
}
