import Synchronization

/// What a reader has seen so far.
final class Collected<Item: Sendable>: Sendable {
    private let seen = Mutex<[Item]>([])

    var items: [Item] { seen.withLock { $0 } }

    func append(_ items: [Item]) {
        seen.withLock { $0 += items }
    }
}
