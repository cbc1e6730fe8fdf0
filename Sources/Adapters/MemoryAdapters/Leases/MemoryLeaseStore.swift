package import Domain
import Synchronization

/// The lease book as a store that everybody in the process may ask; the clock is the caller's.
package final class MemoryLeaseStore: LeaseStore {
    private struct State: Sendable {
        var book = LeaseBook()
        /// While it is silent nothing is asked of the book.
        var silence: String?
    }

    private let state = Mutex(State())
    private let time: TimeSource
    private let quietGap: Duration

    /// After an unclean end the next holder keeps quiet for `quietGap`.
    package init(time: TimeSource, quietGap: Duration = .seconds(7)) {
        self.time = time
        self.quietGap = quietGap
    }

    /// From now on the store does not answer, with this reason; `nil`: it answers again.
    package func fallSilent(_ reason: String?) { state.withLock { $0.silence = reason } }

    /// Something that happens to the book itself such as a server that forgot.
    package func change(_ body: (inout LeaseBook, Instant) -> Void) {
        let now = time.monotonic()
        state.withLock { body(&$0.book, now) }
    }

    package func take(
        _ key: ExclusionKey,
        _ number: DispatchNumber,
        run: RunToken,
        holder: String?,
        span: Duration
    ) async throws(LeaseStoreError) -> TakeAnswer {
        try ask("take") { $0.take(key, number, run: run, holder: holder, span: span, quietGap: self.quietGap, now: $1) }
    }

    package func renew(
        _ key: ExclusionKey,
        _ number: DispatchNumber,
        run: RunToken,
        span: Duration
    ) async throws(LeaseStoreError) -> RenewAnswer {
        try ask("renew") { $0.renew(key, number, run: run, span: span, now: $1) }
    }

    package func release(
        _ key: ExclusionKey,
        _ number: DispatchNumber,
        run: RunToken,
        clean: Bool
    ) async throws(LeaseStoreError) -> ReleaseAnswer {
        try ask("release") { $0.release(key, number, run: run, clean: clean, now: $1) }
    }

    package func hand(_ key: ExclusionKey, _ number: DispatchNumber) async throws(LeaseStoreError) -> HandAnswer {
        try ask("hand") { $0.hand(key, number, now: $1) }
    }

    package func void(_ key: ExclusionKey, _ number: DispatchNumber) async throws(LeaseStoreError) -> VoidAnswer {
        try ask("void") { $0.void(key, number, now: $1) }
    }

    private func ask<Answer: Sendable>(
        _ operation: String,
        _ question: (inout LeaseBook, Instant) -> Answer
    ) throws(LeaseStoreError) -> Answer {
        let now = time.monotonic()
        return try state.withLock { state throws(LeaseStoreError) in
            if let silence = state.silence { throw .silent(operation: operation, reason: silence) }
            return question(&state.book, now)
        }
    }
}
