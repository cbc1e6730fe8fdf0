package import Domain

extension ControlDesk {
    /// What this process has counted since its start.
    package var counted: Counters { counters.now }

    /// Whether the broker takes nothing: it is out of memory or disk.
    package var isPublishBlocked: Bool {
        get async {
            guard case .blocked = await parts.broker.health() else { return false }
            return true
        }
    }

    package var now: Timestamp { parts.time.wall() }

    /// A request came with a `traceparent` that could not be read.
    package func noteBadTrace() {
        counters.count { $0.badTraces += 1 }
    }
}
