import Synchronization

/// Hands items from whoever has them to one reader, who takes all that came while it was busy.
///
/// Its bound is its writers': unacknowledged messages of a feed, the lanes' room, or `offer` with a bound of its own.
/// Open → closed; a closed one takes nothing more and still gives out what it holds.
final class Mailbox<Item: Sendable>: Sendable {
    private struct State {
        var items: [Item] = []
        var isClosed = false
        var reader: CheckedContinuation<Void, Never>?
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
            return (.taken, state.items.isEmpty ? nil : state.reader.take())
        }
        reader?.resume()
        return answer
    }

    func close() {
        let reader = state.withLock { state in
            state.isClosed = true
            return state.reader.take()
        }
        reader?.resume()
    }

    /// Waits until there is something, then takes from the front while the weights fit; at least one item.
    /// - Returns: `nil` when the mailbox is closed and empty. Cancelling the reader closes it.
    func take(upTo limit: Int, weighing weight: @Sendable (Item) -> Int = { _ in 1 }) async -> [Item]? {
        await waitForItems()
        return state.withLock { state in
            guard !state.items.isEmpty else { return nil }
            var total = 0
            let end = state.items.firstIndex { item in
                total += weight(item)
                return total > limit
            }
            let count = max(1, end ?? state.items.count)
            defer { state.items.removeFirst(count) }
            return Array(state.items.prefix(count))
        }
    }

    private func waitForItems() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (reader: CheckedContinuation<Void, Never>) in
                let isReady = state.withLock { state in
                    guard state.items.isEmpty, !state.isClosed else { return true }
                    state.reader = reader
                    return false
                }
                if isReady { reader.resume() }
            }
        } onCancel: {
            close()
        }
    }
}
