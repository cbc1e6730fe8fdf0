import Domain

/// One stream of messages out of the broker in memory.
final class MemoryFeed<Item: Sendable>: Feed {
    let batches: AsyncStream<[Inbound<Item>]>

    private let line: AsyncStream<[Inbound<Item>]>.Continuation
    private let settling: @Sendable ([DeliveryHandle], Settlement) -> Void

    init(settling: @escaping @Sendable ([DeliveryHandle], Settlement) -> Void) {
        (batches, line) = AsyncStream.makeStream()
        self.settling = settling
    }

    func deliver(_ items: [Inbound<Item>]) {
        if !items.isEmpty { line.yield(items) }
    }

    func settle(_ handles: [DeliveryHandle], _ settlement: Settlement) { settling(handles, settlement) }

    func finish() { line.finish() }
}
