/// SHA-256 of what an operator declared of an OLT: equal hashes, nothing changed.
package struct StateHash: Hashable, Sendable {
    /// 32.
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// Makes state hashes.
package protocol StateDigest: Sendable {
    func hash(_ text: String) -> StateHash
}

/// Where the hashes of what was last acted on are kept, outside the coordinator.
///
/// A memory that may be lost: an OLT whose hash is missing is looked at, and nothing comes of it when nothing has changed.
package protocol StateHashes: Sendable {
    /// Those that are kept of these OLTs.
    func hashes(of olts: [OLTID]) async throws(LeaseStoreError) -> [OLTID: StateHash]

    /// All that are kept.
    func all() async throws(LeaseStoreError) -> [OLTID: StateHash]

    func keep(_ hashes: [OLTID: StateHash]) async throws(LeaseStoreError)

    func forget(_ olts: [OLTID]) async throws(LeaseStoreError)
}

/// Tells, as it happens, whose declaration or book needs a look.
package protocol CoordinationNews: Sendable {
    /// Until the task is cancelled; `nil`: news may have been missed.
    func listen(_ heard: @Sendable (OLTID?) -> Void) async
}

/// The file that troubleshooters follow.
///
/// Never waits and never fails: what cannot be written is counted and told there later.
package protocol CoordinatorJournal: Sendable {
    /// One line; `source`: who says so such as `coordinator.loop`.
    func write(_ level: CoordinatorEvent.Level, _ source: String, _ message: String, at time: Timestamp)
}

/// Writes no file.
package struct NoJournal: CoordinatorJournal {
    package init() {}

    package func write(_ level: CoordinatorEvent.Level, _ source: String, _ message: String, at time: Timestamp) {}
}
