internal import AMQP
internal import Domain

/// Which delivery of the broker stands behind a handle; forgets it when it is settled or lost.
struct HandleTable {
    private var connection: UInt64 = 0
    private var channels: [Consumer.ID: UInt32] = [:]
    private var tags: [DeliveryHandle: DeliveryTag] = [:]
    private var lastChannel: UInt32 = 0
    private var lastTag: UInt64 = 0

    /// Deliveries in hand.
    var count: Int { tags.count }

    /// A new connection: nothing of older ones can be settled any more.
    mutating func begin(connection: UInt64) {
        self.connection = connection
        channels = [:]
        tags = [:]
    }

    mutating func add(_ tag: DeliveryTag, of consumer: Consumer) -> DeliveryHandle {
        lastTag += 1
        let handle = DeliveryHandle(connection: connection, channel: channel(of: consumer), tag: lastTag)
        tags[handle] = tag
        return handle
    }

    /// The tags of the handles that are in hand; they are not from now on.
    mutating func take(_ handles: [DeliveryHandle]) -> [DeliveryTag] {
        handles.compactMap { tags.removeValue(forKey: $0) }
    }

    func isInHand(_ handle: DeliveryHandle) -> Bool { tags[handle] != nil }

    /// The channel is gone with all deliveries that came through it.
    ///
    /// - Returns: how its handles name it.
    mutating func drop(_ consumer: Consumer) -> (connection: UInt64, channel: UInt32) {
        let number = channel(of: consumer)
        channels[consumer.id] = nil
        tags = tags.filter { $0.key.channel != number }
        return (connection, number)
    }

    private mutating func channel(of consumer: Consumer) -> UInt32 {
        if let known = channels[consumer.id] { return known }
        lastChannel += 1
        channels[consumer.id] = lastChannel
        return lastChannel
    }
}
