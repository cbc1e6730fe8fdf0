import Domain
import Synchronization

/// A lease store that answers `void` as the test says, and seals nothing.
final class MemoryLeases: LeaseStore, CredentialSeal {
    private let answers = Mutex<[Result<VoidAnswer, LeaseStoreError>]>([])
    private let count = Mutex(0)

    func answerNext(_ answers: Result<VoidAnswer, LeaseStoreError>...) { self.answers.withLock { $0 += answers } }

    var asked: Int { count.withLock(\.self) }

    func void(_ key: ExclusionKey, _ number: DispatchNumber) async throws(LeaseStoreError) -> VoidAnswer {
        count.withLock { $0 += 1 }
        let answer = answers.withLock { $0.isEmpty ? .success(.void(wasGranted: false)) : $0.removeFirst() }
        return try answer.get()
    }

    func take(_ key: ExclusionKey, _ number: DispatchNumber, run: RunToken, span: Duration) async throws(LeaseStoreError) -> TakeAnswer {
        throw .refused(operation: "take", message: "not here")
    }

    func renew(_ key: ExclusionKey, _ number: DispatchNumber, run: RunToken, span: Duration) async throws(LeaseStoreError) -> RenewAnswer {
        .lost
    }

    func release(_ key: ExclusionKey, _ number: DispatchNumber, run: RunToken, clean: Bool) async throws(LeaseStoreError) -> ReleaseAnswer {
        .notHeld
    }

    func hand(_ key: ExclusionKey, _ number: DispatchNumber) async throws(LeaseStoreError) -> HandAnswer { .deferred }

    func seal(_ credentials: Credentials, for olt: OLTID, revision: Int) throws(SealError) -> SealedCredentials { throw .doesNotOpen }

    func open(_ sealed: SealedCredentials, for olt: OLTID) throws(SealError) -> Credentials { throw .doesNotOpen }
}
