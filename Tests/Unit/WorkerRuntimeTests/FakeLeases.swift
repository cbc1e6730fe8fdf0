import Domain
import Synchronization

/// What lease stores of several workers share.
final class SharedBook: Sendable {
    private let book = Mutex(LeaseBook())

    func ask<Answer>(_ question: (inout LeaseBook, Instant) -> Answer) -> Answer {
        book.withLock { question(&$0, ContinuousClock.now) }
    }
}

/// A lease store over the domain's book, on the machine's own clock; can fall silent.
final class FakeLeases: LeaseStore {
    private struct State {
        var isSilent = false
        var renewals = 0
    }

    private let state = Mutex(State())
    private let book: SharedBook
    private let journal: Journal
    private let quietGap: Duration

    init(journal: Journal, book: SharedBook = SharedBook(), quietGap: Duration = .milliseconds(1)) {
        self.journal = journal
        self.book = book
        self.quietGap = quietGap
    }

    func fallSilent(_ isSilent: Bool = true) { state.withLock { $0.isSilent = isSilent } }

    var renewals: Int { state.withLock { $0.renewals } }

    /// Another worker's answers, straight from the book.
    func direct<Answer>(_ ask: (inout LeaseBook, Instant) -> Answer) -> Answer {
        book.ask(ask)
    }

    func take(
        _ key: ExclusionKey,
        _ number: DispatchNumber,
        run: RunToken,
        holder: String?,
        span: Duration
    ) async throws(LeaseStoreError) -> TakeAnswer {
        try await answer("take", number) { [quietGap] in
            $0.take(key, number, run: run, holder: holder, span: span, quietGap: quietGap, now: $1)
        }
    }

    func renew(_ key: ExclusionKey, _ number: DispatchNumber, run: RunToken, span: Duration) async throws(LeaseStoreError) -> RenewAnswer {
        state.withLock { $0.renewals += 1 }
        return try await answer("renew", number) { $0.renew(key, number, run: run, span: span, now: $1) }
    }

    func release(_ key: ExclusionKey, _ number: DispatchNumber, run: RunToken, clean: Bool) async throws(LeaseStoreError) -> ReleaseAnswer {
        try await answer(clean ? "release" : "release unclean", number) { $0.release(key, number, run: run, clean: clean, now: $1) }
    }

    func hand(_ key: ExclusionKey, _ number: DispatchNumber) async throws(LeaseStoreError) -> HandAnswer {
        try await answer("hand", number) { $0.hand(key, number, now: $1) }
    }

    func void(_ key: ExclusionKey, _ number: DispatchNumber) async throws(LeaseStoreError) -> VoidAnswer {
        try await answer("void", number) { $0.void(key, number, now: $1) }
    }

    private func answer<Answer: Sendable>(
        _ operation: String,
        _ number: DispatchNumber,
        _ ask: @Sendable (inout LeaseBook, Instant) -> Answer
    ) async throws(LeaseStoreError) -> Answer {
        journal.note("\(operation) \(number)")
        guard !state.withLock({ $0.isSilent }) else { throw .silent(operation: operation, reason: "told to be") }
        return book.ask(ask)
    }
}
