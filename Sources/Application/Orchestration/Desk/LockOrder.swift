package import Domain

/// What somebody asks of a lock.
package struct LockOrder: Hashable, Sendable {
    package static let ttlRange: ClosedRange<Duration> = .seconds(1) ... .seconds(3600)
    package static let waitRange: ClosedRange<Duration> = .zero ... .seconds(30)

    package let name: LockName
    /// Who asks, shown to others.
    package let holder: AuditActor
    /// How long the lock is held unless it is renewed, 1 s…1 h.
    package let ttl: Duration
    /// How long to ask again while another holds it, 0…30 s.
    package let wait: Duration

    package init(name: LockName, holder: AuditActor, ttl: Duration, wait: Duration) {
        self.name = name
        self.holder = holder
        self.ttl = ttl
        self.wait = wait
    }
}

/// A lock that was taken: the fence orders holders, the token tells this one from everybody else.
package struct HeldLock: Hashable, Sendable {
    package let name: LockName
    package let fence: DispatchNumber
    package let token: RunToken
    package let acquiredAt: Timestamp
    package let expiresAt: Timestamp
}

/// What stands on a lock for somebody who does not hold it.
package struct StandingLock: Hashable, Sendable {
    /// `nil`: unknown, as after the lease store forgot.
    package let fence: DispatchNumber?
    package let holder: String?
    /// When it is free at the latest, unless it is renewed; `nil`: it is free, or nobody knows.
    package let until: Timestamp?
}

package enum LockAnswer: Hashable, Sendable {
    case held(HeldLock)
    /// Another holds it, or held it when asked last.
    case refused(StandingLock)
}
