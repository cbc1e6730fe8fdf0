internal import AMQP
internal import Synchronization

/// What the parts of a consuming link share; behind a mutex, for short decisions only.
final class LinkState: Sendable {
    struct Content {
        var keeper = ConsumerKeeper()
        var handles = HandleTable()
        /// Set up by the session, its events are not read yet.
        var fresh: (epoch: Int, connection: AMQPConnection)?
        /// Why there is no connection.
        var failure: String? = "not connected yet"
        var quietWaiters: [Int: CheckedContinuation<Void, Never>] = [:]
        private var lastTicket = 0
        var isEnded = false

        mutating func nextTicket() -> Int {
            lastTicket += 1
            return lastTicket
        }

        /// Whoever waits for the end of consuming, when it has come.
        mutating func takeQuietWaiters() -> [CheckedContinuation<Void, Never>] {
            guard isEnded || keeper.current == nil || keeper.isQuiet else { return [] }
            defer { quietWaiters = [:] }
            return Array(quietWaiters.values)
        }
    }

    private let content = Mutex(Content())

    func withLock<Result: ~Copyable>(_ body: (inout sending Content) -> sending Result) -> sending Result {
        content.withLock(body)
    }
}
