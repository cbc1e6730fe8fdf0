/// What the record knows of keys: numbers for locks, who waits, and locks that outlive a lease store's barrier.
package protocol KeyRecord: Sendable {
    /// A number for a lock, from the sequence that tasks get theirs from, and the long lock that stands on its key.
    func draw(for lock: LockName) async throws(RecordError) -> LockDraw

    /// Writes down a lock that is held for longer than the lease store's barrier.
    ///
    /// - Returns: false when another number's long lock stands: the lease must be given back.
    func keep(_ lock: LockName, _ number: DispatchNumber, holder: String, for span: Duration) async throws(RecordError) -> Bool

    /// Takes the number's long lock off, if there is one.
    func drop(_ lock: LockName, _ number: DispatchNumber) async throws(RecordError)

    /// Blocked tasks by key; keys without any are missing.
    func waiters(for keys: [ExclusionKey]) async throws(RecordError) -> [ExclusionKey: Int]

    /// Whether a number was ever drawn; if not, nobody can hold a lease.
    func hasDrawn() async throws(RecordError) -> Bool
}

/// A number drawn for a lock.
package struct LockDraw: Hashable, Sendable {
    package let number: DispatchNumber
    /// A long lock that has not ended; the lease store may have forgotten it.
    package let standing: LongLock?

    package init(number: DispatchNumber, standing: LongLock?) {
        self.number = number
        self.standing = standing
    }
}

/// A lock that was taken, or renewed, for longer than a lease store's barrier lasts.
package struct LongLock: Hashable, Sendable {
    package let number: DispatchNumber
    package let holder: String
    package let until: Timestamp

    package init(number: DispatchNumber, holder: String, until: Timestamp) {
        self.number = number
        self.holder = holder
        self.until = until
    }
}
