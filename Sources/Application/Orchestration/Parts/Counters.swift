import Synchronization

/// What this process has done since it started.
package struct Counters: Hashable, Sendable {
    package var admitted = 0
    package var duplicates = 0
    package var dispatched = 0
    package var republished = 0
    /// Publishes that the broker returned or refused.
    package var notTaken = 0
    package var succeeded = 0
    package var retried = 0
    package var dead = 0
    package var cancelled = 0
    package var expired = 0
    /// Tasks that were raised by a level because they waited long.
    package var aged = 0
    /// Queued tasks that were asked back for a more urgent one of their key.
    package var recalled = 0
    /// Due tasks that no living worker can run, as last counted.
    package var unroutable = 0
    package var stale = 0
    package var lostWorkers = 0
    /// Tasks found blocked behind nobody: must stay 0.
    package var forgotten = 0
    package var unrecordable = 0
    /// Copies that came back on the dead-letter queue.
    package var evidence = 0
    package var lettersRetried = 0
    package var lettersDropped = 0
    /// Letters removed because more than are kept had come.
    package var lettersTrimmed = 0

    package init() {}
}

/// The counters, shared by the parts.
package final class CounterBook: Sendable {
    private let counters = Mutex(Counters())

    package init() {}

    package var now: Counters { counters.withLock { $0 } }

    package func count(_ change: (inout Counters) -> Void) {
        counters.withLock { change(&$0) }
    }
}
