internal import Synchronization

/// Counts since the start; readable from any thread.
///
/// A session keeps one over all its connections.
package final class AMQPCounters: Sendable {
    /// One reading of all counters.
    package struct Snapshot: Sendable, Hashable {
        package var published = 0
        package var confirmed = 0
        package var nacked = 0
        package var returned = 0
        package var unconfirmed = 0
        package var delivered = 0
        package var settled = 0
        /// Settlements of a delivery that was settled before or whose channel is gone: ignored.
        package var staleSettlements = 0
        /// Methods nobody expects, confirms of unknown numbers, returns that match no message.
        package var unexpected = 0
    }

    private let state = Mutex(Snapshot())

    package init() {}

    package var snapshot: Snapshot { state.withLock { $0 } }

    func add(_ change: (inout Snapshot) -> Void) {
        state.withLock { change(&$0) }
    }
}
