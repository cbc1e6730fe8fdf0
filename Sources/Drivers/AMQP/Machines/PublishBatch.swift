/// One call of `publish`: its messages, what became of each, and who waits for all of them.
///
/// Touched by the connection's thread only.
final class PublishBatch {
    let ticket: UInt64
    let messages: [AMQPMessage]
    let started: ContinuousClock.Instant
    /// The next message to send.
    var nextIndex = 0
    private var results: [PublishResult?]
    private var open: Int
    private var waiter: CheckedContinuation<[PublishResult], Never>?

    init(
        ticket: UInt64,
        messages: [AMQPMessage],
        started: ContinuousClock.Instant,
        waiter: CheckedContinuation<[PublishResult], Never>
    ) {
        self.ticket = ticket
        self.messages = messages
        self.started = started
        self.waiter = waiter
        results = Array(repeating: nil, count: messages.count)
        open = messages.count
    }

    var isResolved: Bool { open == 0 }

    /// The first result of a message counts; later ones (a confirm after a cancel) change nothing.
    /// - Returns: whether this was the last one, and the waiter was resumed.
    func resolve(_ index: Int, _ result: PublishResult) -> Bool {
        guard results[index] == nil else { return false }
        results[index] = result
        open -= 1
        guard open == 0, let waiter = waiter.take() else { return false }
        waiter.resume(returning: results.map { $0 ?? .unconfirmed(.closing) })
        return true
    }

    /// - Returns: how many messages had no result before.
    func resolveRest(_ reason: UnconfirmedReason) -> Int {
        let count = open
        for index in results.indices where results[index] == nil { _ = resolve(index, .unconfirmed(reason)) }
        return count
    }
}

extension Optional {
    fileprivate mutating func take() -> Wrapped? {
        defer { self = nil }
        return self
    }
}
