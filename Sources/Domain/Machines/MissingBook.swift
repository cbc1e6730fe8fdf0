/// Since when numbers are in nobody's hand.
///
/// One look may come between a delivery and the beat that tells of it, so a number must be missing for a while, and every live worker must
/// have been heard meanwhile.
package struct MissingBook: Sendable {
    private var since: [DispatchNumber: Timestamp] = [:]

    package init() {}

    /// Takes all that are missing now; what is not among them is in somebody's hand, or gone.
    package mutating func note(_ missing: some Sequence<DispatchNumber>, now: Timestamp) {
        var kept: [DispatchNumber: Timestamp] = [:]
        for number in missing { kept[number] = since[number] ?? now }
        since = kept
    }

    /// Numbers that have been missing for `span`, while every live worker was heard (`oldestBeat` is `nil` when there is none).
    package func ripe(after span: Duration, oldestBeat: Timestamp?, now: Timestamp) -> Set<DispatchNumber> {
        Set(
            since.filter { _, since in
                guard now >= since + span else { return false }
                return oldestBeat.map { $0 > since } ?? true
            }.keys
        )
    }
}
