import Synchronization

/// Hands items from whoever has them to its readers; a reader takes all that came while it was busy.
///
/// Its bound is its writers': unacknowledged messages of a feed, the lanes' room, or `offer` with a bound of its own.
/// Open → closed; a closed one takes nothing more and still gives out what it holds.
final class Mailbox<Item: Sendable>: Sendable {
    private struct State {
        var items: [Item] = []
        var isClosed = false
        /// Who waits, first come first served.
        var readers: [CheckedContinuation<Void, Never>] = []

        mutating func takeFirst(upTo limit: Int, weighing weight: (Item) -> Int) -> [Item] {
            guard !items.isEmpty else { return [] }
            var total = 0
            let end = items.firstIndex { item in
                total += weight(item)
                return total > limit
            }
            let count = max(1, end ?? items.count)
            defer { items.removeFirst(count) }
            return Array(items.prefix(count))
        }
    }

    enum Offer: Hashable, Sendable {
        case taken, full, closed
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.items.count } }

    /// Puts one item in, unless `bound` items are there already.
    func offer(_ item: Item, bound: Int = .max) -> Offer {
        offer(contentsOf: CollectionOfOne(item), bound: bound)
    }

    @discardableResult
    func offer(contentsOf items: some Collection<Item>, bound: Int = .max) -> Offer {
        let (answer, reader) = state.withLock { state -> (Offer, CheckedContinuation<Void, Never>?) in
            if state.isClosed { return (.closed, nil) }
            if state.items.count >= bound { return (.full, nil) }
            state.items.append(contentsOf: items)
            return (.taken, state.items.isEmpty || state.readers.isEmpty ? nil : state.readers.removeFirst())
        }
        reader?.resume()
        return answer
    }

    func close() {
        let readers = state.withLock { state in
            state.isClosed = true
            defer { state.readers = [] }
            return state.readers
        }
        for reader in readers { reader.resume() }
    }

    /// Waits until there is something, then takes from the front while the weights fit; at least one item.
    /// - Returns: `nil` when the mailbox is closed and empty. Cancelling the reader closes it.
    func take(upTo limit: Int, weighing weight: @Sendable (Item) -> Int = { _ in 1 }) async -> [Item]? {
        while true {
            await waitForItems()
            let (items, isClosed, next) = state.withLock { state in
                let items = state.takeFirst(upTo: limit, weighing: weight)
                // What is left over is for the next reader.
                let next = state.items.isEmpty || state.readers.isEmpty ? nil : state.readers.removeFirst()
                return (items, state.isClosed, next)
            }
            next?.resume()
            if !items.isEmpty { return items }
            // Another reader was quicker.
            if isClosed { return nil }
        }
    }

    private func waitForItems() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (reader: CheckedContinuation<Void, Never>) in
                let isReady = state.withLock { state in
                    guard state.items.isEmpty, !state.isClosed else { return true }
                    state.readers.append(reader)
                    return false
                }
                if isReady { reader.resume() }
            }
        } onCancel: {
            close()
        }
    }
}
