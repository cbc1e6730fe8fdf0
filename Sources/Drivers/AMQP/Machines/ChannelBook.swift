/// The open channels of a connection.
///
/// Numbers are used again, serials never: a delivery tag names both.
struct ChannelBook {
    struct Entry {
        let serial: UInt32
        /// `nil` for the publishing and the control channel.
        let consumer: Consumer?
        /// Deliveries in hand.
        var open = OpenTags()
        /// When a settlement was last written.
        var lastSettled: ContinuousClock.Instant?
    }

    private var entries: [UInt16: Entry] = [:]
    private let numberMax: UInt16
    private var cursor: UInt16 = 0
    private var lastSerial: UInt32 = 0

    init(numberMax: UInt16) {
        self.numberMax = max(1, numberMax)
    }

    subscript(number: UInt16) -> Entry? { entries[number] }

    var consumers: [Consumer] { entries.values.compactMap(\.consumer) }

    /// A free number, going round so that a number rests as long as possible; `nil` when all are in use.
    mutating func freeNumber() -> UInt16? {
        guard entries.count < Int(numberMax) else { return nil }
        repeat { cursor = cursor >= numberMax ? 1 : cursor + 1 } while entries[cursor] != nil
        return cursor
    }

    mutating func nextSerial() -> UInt32 {
        lastSerial += 1
        return lastSerial
    }

    mutating func add(_ number: UInt16, serial: UInt32, consumer: Consumer?) {
        entries[number] = Entry(serial: serial, consumer: consumer)
    }

    /// - Returns: what was open there.
    mutating func remove(_ number: UInt16) -> Entry? {
        entries.removeValue(forKey: number)
    }

    /// Notes a delivery; `nil` when the channel has no consumer (any more).
    mutating func deliver(_ tag: UInt64, on number: UInt16) -> Consumer? {
        guard let consumer = entries[number]?.consumer else { return nil }
        entries[number]?.open.insert(tag)
        return consumer
    }

    /// - Returns: whether the tag names a delivery in hand; it does not from now on.
    mutating func settle(_ tag: DeliveryTag, now: ContinuousClock.Instant) -> Bool {
        guard entries[tag.channel]?.serial == tag.channelSerial else { return false }
        guard entries[tag.channel]?.open.remove(tag.number) == true else { return false }
        entries[tag.channel]?.lastSettled = now
        return true
    }

    func lowestOpen(on number: UInt16) -> UInt64? {
        entries[number]?.open.lowest
    }

    /// When any channel last settled something.
    var lastSettled: ContinuousClock.Instant? {
        entries.values.compactMap(\.lastSettled).max()
    }

    func unsettledCount(of consumer: Consumer) -> Int {
        guard let entry = entries[consumer.channel], entry.serial == consumer.id.channelSerial else { return 0 }
        return entry.open.count
    }
}
