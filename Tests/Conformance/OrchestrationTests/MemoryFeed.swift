import Domain
import Synchronization

/// A feed that a test fills, and that tells what was settled.
final class MemoryFeed<Item: Sendable>: Feed {
    let batches: AsyncStream<[Inbound<Item>]>
    private let continuation: AsyncStream<[Inbound<Item>]>.Continuation
    private let state = Mutex((tag: UInt64(0), settled: [UInt64](), rejected: [UInt64]()))

    init() {
        (batches, continuation) = AsyncStream.makeStream()
    }

    /// Delivers messages as one batch; returns their tags.
    @discardableResult
    func deliver(_ contents: [Result<Item, UnreadableMessage>]) -> [UInt64] {
        let tags = state.withLock { state in
            contents.map { _ in
                state.tag += 1
                return state.tag
            }
        }
        continuation.yield(
            zip(tags, contents).map {
                Inbound(handle: DeliveryHandle(connection: 1, channel: 1, tag: $0), content: $1, redeliveries: 0)
            }
        )
        return tags
    }

    func deliver(_ items: Item...) {
        deliver(items.map { .success($0) })
    }

    func settle(_ handles: [DeliveryHandle], _ settlement: Settlement) {
        state.withLock { state in
            switch settlement {
            case .acknowledge: state.settled += handles.map(\.tag)
            case .reject: state.rejected += handles.map(\.tag)
            }
        }
    }

    /// Messages that were delivered.
    var delivered: Int { state.withLock { Int($0.tag) } }

    /// Tags that were acknowledged, in order.
    var acknowledged: [UInt64] { state.withLock { $0.settled } }

    /// Tags that were rejected, in order.
    var rejected: [UInt64] { state.withLock { $0.rejected } }
}
