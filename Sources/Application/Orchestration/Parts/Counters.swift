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
    package var eventsPublished = 0
    /// Events that nobody got although somebody may have listened.
    package var eventsDropped = 0
    /// Headers `traceparent` that could not be read and were ignored.
    package var badTraces = 0
    /// Numbers that were given up because the broker had lost their messages.
    package var reconciled = 0

    package init() {}
}

extension Counters {
    /// One counter as metrics name and explain it.
    package struct Entry: Sendable {
        /// The middle of the metric's name: `flotilla_<word>_total`.
        package let word: String
        package let meaning: String
        package let value: @Sendable (Counters) -> Int

        init(_ word: String, _ meaning: String, _ value: @escaping @Sendable (Counters) -> Int) {
            self.word = word
            self.meaning = meaning
            self.value = value
        }
    }

    /// Every counter; a new one is entered here and in the table of `docs/operations.md`.
    package static let table: [Entry] = [
        Entry("tasks_admitted", "Tasks written down by this process.") { $0.admitted },
        Entry("drafts_duplicate", "Drafts that were answered with a task of before.") { $0.duplicates },
        Entry("tasks_dispatched", "Publishes of tasks, again or for the first time.") { $0.dispatched },
        Entry("tasks_republished", "Numbers that were published again because no confirm was known.") { $0.republished },
        Entry("tasks_not_taken", "Publishes that the broker returned or refused.") { $0.notTaken },
        Entry("tasks_succeeded", "Tasks recorded as succeeded.") { $0.succeeded },
        Entry("tasks_retried", "Attempts that failed and are tried again.") { $0.retried },
        Entry("tasks_dead", "Tasks recorded as dead.") { $0.dead },
        Entry("tasks_cancelled", "Tasks that were cancelled.") { $0.cancelled },
        Entry("tasks_expired", "Tasks whose deadline passed.") { $0.expired },
        Entry("tasks_aged", "Tasks raised by a level because they waited long.") { $0.aged },
        Entry("tasks_recalled", "Queued tasks called back for a more urgent one of their key.") { $0.recalled },
        Entry("letters_evidence", "Copies that came back on the dead-letter queue.") { $0.evidence },
        Entry("letters_retried", "Letters whose task was admitted anew.") { $0.lettersRetried },
        Entry("letters_dropped", "Letters that were dropped.") { $0.lettersDropped },
        Entry("letters_trimmed", "Letters removed because more than are kept had come.") { $0.lettersTrimmed },
        Entry("numbers_reconciled", "Numbers given up because the broker had lost their messages.") { $0.reconciled },
        Entry("outcomes_stale", "Outcomes of numbers that were not their task's current one any more.") { $0.stale },
        Entry("workers_lost", "Workers that fell silent.") { $0.lostWorkers },
        Entry("tasks_forgotten", "Tasks found blocked behind nobody: must stay 0.") { $0.forgotten },
        Entry("outcomes_unrecordable", "Outcomes that the database refused as they were.") { $0.unrecordable },
        Entry("events_published", "Events that a listener's queue took.") { $0.eventsPublished },
        Entry("events_dropped", "Events that were lost on their way to the broker, or found no room to wait.") { $0.eventsDropped },
        Entry("traceparent_ignored", "Headers traceparent that could not be read.") { $0.badTraces },
    ]
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
