/// Permission to use an exclusion key, held for one number at a time.
///
/// Every method is one script: it happens whole or not at all. An answer that does not come within the store's time limit
/// (1 s) is an error; the script may have run all the same.
package protocol LeaseStore: Sendable {
    /// Asks for the lease of `key` for `number`, to last `span` from when the request was sent.
    ///
    /// `holder`: who asks, for people.
    func take(
        _ key: ExclusionKey,
        _ number: DispatchNumber,
        run: RunToken,
        holder: String?,
        span: Duration
    ) async throws(LeaseStoreError) -> TakeAnswer

    /// Moves the end of the run's own lease to `span` from when the request was sent.
    func renew(_ key: ExclusionKey, _ number: DispatchNumber, run: RunToken, span: Duration) async throws(LeaseStoreError) -> RenewAnswer

    /// Gives the run's own lease back. `clean`: no request to the device is under way.
    func release(_ key: ExclusionKey, _ number: DispatchNumber, run: RunToken, clean: Bool) async throws(LeaseStoreError) -> ReleaseAnswer

    /// A worker, before it hands a delivery back that it did not start.
    func hand(_ key: ExclusionKey, _ number: DispatchNumber) async throws(LeaseStoreError) -> HandAnswer

    /// The orchestrator, before a task leaves a number.
    func void(_ key: ExclusionKey, _ number: DispatchNumber) async throws(LeaseStoreError) -> VoidAnswer
}

extension LeaseStore {
    /// Asks for the lease without saying who asks.
    package func take(
        _ key: ExclusionKey,
        _ number: DispatchNumber,
        run: RunToken,
        span: Duration
    ) async throws(LeaseStoreError) -> TakeAnswer {
        try await take(key, number, run: run, holder: nil, span: span)
    }
}

package enum TakeAnswer: Hashable, Sendable {
    /// The lease is held from now on; the first request to the device waits the quiet gap.
    case granted(quietGap: Duration)
    /// The same run asked again after a lost reply; it holds the lease already.
    case mine(quietGap: Duration)
    /// Another number, or another run of this one, is first; the lease ends in this long unless it is renewed.
    case busy(for: Duration)
    /// This number had its answer before and is not granted again.
    case seen(Seen)
}

package enum RenewAnswer: Hashable, Sendable {
    case renewed, lost
}

package enum ReleaseAnswer: Hashable, Sendable {
    case released, notHeld
}

package enum HandAnswer: Hashable, Sendable {
    /// The number will never be granted.
    case deferred
    case seen(Seen)
}

package enum VoidAnswer: Hashable, Sendable {
    case held(for: Duration)
    /// The number will never be granted again; `wasGranted`: it had been, and its lease has ended.
    case void(wasGranted: Bool)
}

package enum LeaseStoreError: Error, Hashable, Sendable {
    /// No answer in time, or no connection: nothing is known about the lease.
    case silent(operation: String, reason: String)
    /// The store answered with an error of its own.
    case refused(operation: String, message: String)
}
