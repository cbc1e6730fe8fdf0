package import Domain

/// One kind of message from the broker, on its way to its one reader.
package final class BrokerFeed<Item: Sendable>: Feed {
    /// Not bounded here: the consumers' prefetch bounds what is in hand.
    package let batches: AsyncStream<[Inbound<Item>]>

    private let arrivals: AsyncStream<[Inbound<Item>]>.Continuation
    private let settling: @Sendable ([DeliveryHandle], Settlement) -> Void

    init(settling: @escaping @Sendable ([DeliveryHandle], Settlement) -> Void) {
        (batches, arrivals) = AsyncStream.makeStream()
        self.settling = settling
    }

    package func settle(_ handles: [DeliveryHandle], _ settlement: Settlement) {
        settling(handles, settlement)
    }

    func deliver(_ batch: [Inbound<Item>]) {
        if !batch.isEmpty { arrivals.yield(batch) }
    }

    func finish() {
        arrivals.finish()
    }
}
