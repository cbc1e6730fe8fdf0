package import Domain

/// A lease as people see it, with how many tasks wait for its key.
package struct ShownLease: Hashable, Sendable {
    package let lease: StandingLease
    package let waiters: Int
}

extension ControlDesk {
    /// Leases that hold now, a slice at a time.
    package func leases(containing text: String?, limit: Int, cursor: String?) async throws -> Page<ShownLease> {
        let page = try await parts.leaseBoard.leases(containing: text, limit: limit, cursor: cursor)
        let waiters = try await parts.keys.waiters(for: page.items.map(\.key))
        return Page(items: page.items.map { ShownLease(lease: $0, waiters: waiters[$0.key] ?? 0) }, next: page.next)
    }

    package func lease(_ key: ExclusionKey) async throws -> ShownLease? {
        guard let lease = try await parts.leaseBoard.lease(key) else { return nil }
        return ShownLease(lease: lease, waiters: try await parts.keys.waiters(for: [key])[key] ?? 0)
    }

    /// Ends the renewals of a lease by force; the audit says who asked for it, before it is done.
    package func forceRelease(_ key: ExclusionKey, by actor: AuditActor) async throws -> BarAnswer {
        let lease = try await parts.leaseBoard.lease(key)
        try await audit(
            "lease.release",
            of: key.text,
            by: actor,
            detail: [
                "number": lease.map { .text("\($0.number.value)") } ?? .null, "holder": lease?.holder.map { .text($0) } ?? .null,
                "force": true,
            ]
        )
        return try await parts.leaseBoard.bar(key)
    }
}
