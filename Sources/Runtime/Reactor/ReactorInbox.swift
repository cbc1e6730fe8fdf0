/// What other threads hand to a reactor thread.
///
/// Lives behind a mutex.
struct ReactorInbox {
    enum Item {
        case job(UnownedJob)
        case body(@Sendable () -> Void)
    }

    enum Phase {
        /// → stopping
        case running
        /// Takes what still comes; → ended when the inbox is empty.
        case stopping
        /// Nothing runs any more: an enqueue is a mistake and traps.
        case ended
    }

    private(set) var items: [Item] = []
    private(set) var phase = Phase.running
    /// The thread waits or is about to: whoever appends must wake it.
    private var asleep = false

    /// - Returns: whether the thread must be woken.
    mutating func append(_ item: Item) -> Bool {
        precondition(phase != .ended, "a job was enqueued on a reactor thread that has ended")
        items.append(item)
        defer { asleep = false }
        return asleep
    }

    /// Appends unless the thread has ended.
    mutating func offer(_ item: Item) -> (isTaken: Bool, mustWake: Bool) {
        phase == .ended ? (false, false) : (true, append(item))
    }

    /// Exchanges the waiting items with an empty array, so that no array is allocated per turn.
    mutating func swap(with empty: inout [Item]) {
        Swift.swap(&items, &empty)
    }

    /// - Returns: `true` when there is nothing to do and the thread may wait.
    mutating func fallAsleep() -> Bool {
        asleep = items.isEmpty && phase == .running
        return asleep
    }

    mutating func wakeUp() {
        asleep = false
    }

    /// - Returns: whether the thread must be woken.
    mutating func requestStop() -> Bool {
        guard phase == .running else { return false }
        phase = .stopping
        defer { asleep = false }
        return asleep
    }

    /// - Returns: `true` once the thread may end.
    mutating func endIfDrained() -> Bool {
        guard phase == .stopping, items.isEmpty else { return false }
        phase = .ended
        return true
    }
}
