package import Domain

/// What follows once outcomes or rescues are committed: room in the lanes, due tasks, watches.
package struct RecordEffects: Sendable {
    private let ledger: LaneLedger
    private let counters: CounterBook
    private let somethingIsDue: @Sendable () -> Void
    private let somethingIsWatched: @Sendable () -> Void

    package init(
        ledger: LaneLedger,
        counters: CounterBook,
        somethingIsDue: @escaping @Sendable () -> Void,
        somethingIsWatched: @escaping @Sendable () -> Void
    ) {
        self.ledger = ledger
        self.counters = counters
        self.somethingIsDue = somethingIsDue
        self.somethingIsWatched = somethingIsWatched
    }

    package func follow(_ summary: RecordSummary) {
        let mayRefill = ledger.left(summary.left)
        counters.count {
            $0.succeeded += summary.succeeded
            $0.retried += summary.retried
            $0.dead += summary.dead
            $0.cancelled += summary.cancelled
            $0.expired += summary.expired
            $0.stale += summary.stale
            $0.unrecordable += summary.unrecordable
        }
        if summary.due > 0 || mayRefill { somethingIsDue() }
        if summary.watched > 0 { somethingIsWatched() }
    }
}
