/// Asks for a lock.
package struct AcquireRequest: Codable, Hashable, Sendable {
    package let holder: String
    /// A span such as `30s`.
    package let ttl: String
    /// A span such as `5s`; missing: the answer comes at once.
    package let wait: String?

    package enum CodingKeys: String, CodingKey, CaseIterable { case holder, ttl, wait }

    package init(holder: String, ttl: String, wait: String?) {
        self.holder = holder
        self.ttl = ttl
        self.wait = wait
    }
}

/// Asks for a lock's end to be moved.
package struct RenewRequest: Codable, Hashable, Sendable {
    package let fence: Int64
    package let token: String
    package let ttl: String
    package let holder: String?

    package enum CodingKeys: String, CodingKey, CaseIterable { case fence, token, ttl, holder }

    package init(fence: Int64, token: String, ttl: String, holder: String?) {
        self.fence = fence
        self.token = token
        self.ttl = ttl
        self.holder = holder
    }
}

/// Gives a lock back.
package struct ReleaseRequest: Codable, Hashable, Sendable {
    package let fence: Int64
    package let token: String

    package enum CodingKeys: String, CodingKey, CaseIterable { case fence, token }

    package init(fence: Int64, token: String) {
        self.fence = fence
        self.token = token
    }
}

/// A lock that is held; give `fence` to what is protected, and keep `token`.
package struct LockShape: Codable, Hashable, Sendable {
    package let acquired: Bool
    package let fence: Int64
    package let acquiredAt: String
    package let expiresAt: String
    package let token: String

    package init(fence: Int64, acquiredAt: String, expiresAt: String, token: String) {
        acquired = true
        self.fence = fence
        self.acquiredAt = acquiredAt
        self.expiresAt = expiresAt
        self.token = token
    }
}

/// A lock was given back.
package struct ReleasedShape: Codable, Hashable, Sendable {
    package let released: Bool

    package init(released: Bool) {
        self.released = released
    }
}

/// The compatibility route's request.
package struct OldAcquireRequest: Codable, Hashable, Sendable {
    package let workerId: String
    /// Seconds.
    package let timeout: Double?

    package enum CodingKeys: String, CodingKey, CaseIterable { case workerId, timeout }
}

/// The compatibility route's answer.
package struct OldLockShape: Codable, Hashable, Sendable {
    package let acquired: Bool
    package let fence: Int64
    package let acquiredAt: String
    package let expiresAt: String

    package init(fence: Int64, acquiredAt: String, expiresAt: String) {
        acquired = true
        self.fence = fence
        self.acquiredAt = acquiredAt
        self.expiresAt = expiresAt
    }
}

extension APIPath {
    package static let locks = base + "/locks"
    package static let oldLocks = "/api/high-scale-tasks/lock"
    package static let lockTTL = "a span of 1 s to 1 h such as 30s"
    package static let lockWait = "a span of 0 to 30 s such as 5s"
}
