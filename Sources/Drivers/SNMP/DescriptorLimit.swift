internal import Glibc

/// How many descriptors the process may have; one session takes one.
package struct DescriptorLimit: Sendable, Hashable {
    /// Left for everything that is no device: brokers, stores, files, the reactor.
    package static let reserve = 512

    /// What is allowed now.
    package let most: Int

    /// Raises the soft limit to the hard one, as far as the system lets us.
    package static func raised() -> DescriptorLimit {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return DescriptorLimit(most: 1024) }
        var higher = limit
        higher.rlim_cur = limit.rlim_max
        if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &higher) == 0 { limit = higher }
        return DescriptorLimit(most: Int(clamping: limit.rlim_cur))
    }

    /// Whether an error of the system says that there is no descriptor left.
    static func isExhausted(_ systemError: Int32) -> Bool {
        systemError == EMFILE || systemError == ENFILE
    }

    package init(most: Int) {
        self.most = most
    }

    /// Devices that fit beside the rest of the process; at least one.
    package var devices: Int { max(1, most - Self.reserve) }
}
