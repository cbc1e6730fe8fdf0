import Domain
import Synchronization

/// A lease store that answers `void` as the test says, keeps the other leases in a book, and seals nothing.
final class MemoryLeases: LeaseStore, LeaseBoard, CredentialSeal {
    private let book = Mutex(LeaseBook())
    private let answers = Mutex<[Result<VoidAnswer, LeaseStoreError>]>([])
    private let count = Mutex(0)
    private let health = Mutex<(trouble: String?, asked: Int)>((nil, 0))

    func answerNext(_ answers: Result<VoidAnswer, LeaseStoreError>...) { self.answers.withLock { $0 += answers } }

    /// Why it does not answer from now on; `nil`: it does.
    func set(trouble: String?) { health.withLock { $0 = (trouble, 0) } }

    /// How often its health was asked for since it was set.
    var examined: Int { health.withLock { $0.asked } }

    func examine() -> String? {
        health.withLock { health in
            health.asked += 1
            return health.trouble
        }
    }

    var asked: Int { count.withLock(\.self) }

    func void(_ key: ExclusionKey, _ number: DispatchNumber) async throws(LeaseStoreError) -> VoidAnswer {
        count.withLock { $0 += 1 }
        let answer = answers.withLock { $0.isEmpty ? .success(.void(wasGranted: false)) : $0.removeFirst() }
        return try answer.get()
    }

    func take(
        _ key: ExclusionKey,
        _ number: DispatchNumber,
        run: RunToken,
        holder: String?,
        span: Duration
    ) async throws(LeaseStoreError) -> TakeAnswer {
        book.withLock { $0.take(key, number, run: run, holder: holder, span: span, quietGap: .zero, now: .now) }
    }

    func renew(_ key: ExclusionKey, _ number: DispatchNumber, run: RunToken, span: Duration) async throws(LeaseStoreError) -> RenewAnswer {
        book.withLock { $0.renew(key, number, run: run, span: span, now: .now) }
    }

    func release(_ key: ExclusionKey, _ number: DispatchNumber, run: RunToken, clean: Bool) async throws(LeaseStoreError) -> ReleaseAnswer {
        book.withLock { $0.release(key, number, run: run, clean: clean, now: .now) }
    }

    func leases(containing text: String?, limit: Int, cursor: String?) async throws(LeaseStoreError) -> Page<StandingLease> {
        let keys = book.withLock { $0.leasedKeys(now: .now) }
        var leases: [StandingLease] = []
        for key in keys where text.map({ key.text.contains($0) }) ?? true { leases += [try await lease(key)].compactMap(\.self) }
        return Page(items: leases, next: nil)
    }

    func lease(_ key: ExclusionKey) async throws(LeaseStoreError) -> StandingLease? {
        let wall = Harness.time.wall()
        let now = ContinuousClock.now
        return book.withLock { $0.lease(key, now: now) }.map { held in
            StandingLease(
                key: key,
                number: held.number,
                holder: held.holder,
                since: wall + (held.since - now),
                until: wall + (held.end - now),
                isBarred: held.isBarred
            )
        }
    }

    func bar(_ key: ExclusionKey) async throws(LeaseStoreError) -> BarAnswer { book.withLock { $0.bar(key, now: .now) } }

    /// Everything is wiped, and nobody is kept waiting for it.
    func forget() {
        book.withLock { book in
            book.forget()
            book.begin()
        }
    }

    func hand(_ key: ExclusionKey, _ number: DispatchNumber) async throws(LeaseStoreError) -> HandAnswer { .deferred }

    func seal(_ credentials: Credentials, for olt: OLTID, revision: Int) throws(SealError) -> SealedCredentials { throw .doesNotOpen }

    func open(_ sealed: SealedCredentials, for olt: OLTID) throws(SealError) -> Credentials { throw .doesNotOpen }
}
