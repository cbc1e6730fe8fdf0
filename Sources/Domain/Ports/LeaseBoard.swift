/// Leases as people see them, and the one step that people may force.
package protocol LeaseBoard: Sendable {
    /// Leases that hold now, in no order, a slice at a time; one that changes meanwhile may be told twice or be missing.
    ///
    /// `text`: part of the key, `nil` finds all; of `limit` leases a little more may come.
    func leases(containing text: String?, limit: Int, cursor: String?) async throws(LeaseStoreError) -> Page<StandingLease>

    /// The lease of a key; `nil`: it is free, as far as the store knows.
    func lease(_ key: ExclusionKey) async throws(LeaseStoreError) -> StandingLease?

    /// Ends the renewals of a lease: its holder is told *lost*, and the key is free when the holder's own end has passed.
    func bar(_ key: ExclusionKey) async throws(LeaseStoreError) -> BarAnswer
}

/// A lease that holds now.
package struct StandingLease: Hashable, Sendable {
    package let key: ExclusionKey
    package let number: DispatchNumber
    /// `nil`: not told, or put back after the store forgot.
    package let holder: String?
    package let since: Timestamp?
    package let until: Timestamp
    /// By force: it ends by itself and is not renewed.
    package let isBarred: Bool

    package init(key: ExclusionKey, number: DispatchNumber, holder: String?, since: Timestamp?, until: Timestamp, isBarred: Bool) {
        self.key = key
        self.number = number
        self.holder = holder
        self.since = since
        self.until = until
        self.isBarred = isBarred
    }
}

package enum BarAnswer: Hashable, Sendable {
    /// The lease ends in this long; `holder`: as it was told at `take`.
    case barred(DispatchNumber, holder: String?, for: Duration)
    /// Nobody holds it.
    case free
}
