internal import Synchronization

/// Where settlements wait for the connection's next turn.
///
/// Any thread appends, none waits.
final class SettleOutbox: Sendable {
    private let waiting = Mutex<[Settlement]>([])

    /// - Returns: whether the outbox was empty, so that the thread must be told.
    func append(_ settlements: [Settlement]) -> Bool {
        waiting.withLock { waiting in
            defer { waiting.append(contentsOf: settlements) }
            return waiting.isEmpty
        }
    }

    /// Exchanges what waits with an empty array, which keeps the allocation.
    func swap(with empty: inout [Settlement]) {
        waiting.withLock { Swift.swap(&$0, &empty) }
    }
}
