import Domain

/// One quorum queue: what is ready, who consumes, and when it refuses or gives up.
struct QueueModel: Sendable {
    struct Message: Sendable {
        /// Its place in the order of arrival.
        let place: UInt64
        let cargo: Cargo
        /// How often it was given back.
        var returns = 0
    }

    struct ConsumerID: Hashable, Sendable {
        let client: BrokerModel.ClientID
        let channel: UInt32
    }

    let name: String
    /// Messages that may be ready; a publisher is refused beyond.
    let lengthMax: Int
    /// Returns after which a message is given up; `nil`: never.
    let deliveryLimit: Int?
    /// Whether only the first consumer is served.
    let isSingleActive: Bool

    private(set) var ready: [Message] = []
    /// In the order in which they are served next.
    private(set) var consumers: [ConsumerID] = []

    init(name: String, lengthMax: Int, deliveryLimit: Int? = nil, isSingleActive: Bool = false) {
        self.name = name
        self.lengthMax = lengthMax
        self.deliveryLimit = deliveryLimit
        self.isSingleActive = isSingleActive
    }

    var isFull: Bool { ready.count >= lengthMax }

    mutating func append(_ message: Message) { ready.append(message) }

    /// Gives messages back to their places before those that came later.
    /// - Returns: those that came back too often.
    mutating func giveBack(_ messages: [Message]) -> [Message] {
        var givenUp: [Message] = []
        for message in messages {
            var message = message
            message.returns += 1
            if let deliveryLimit, message.returns > deliveryLimit {
                givenUp.append(message)
            } else {
                ready.append(message)
            }
        }
        ready.sort { $0.place < $1.place }
        return givenUp
    }

    mutating func add(_ consumer: ConsumerID) { consumers.append(consumer) }

    mutating func remove(_ consumer: ConsumerID) { consumers.removeAll { $0 == consumer } }

    /// Takes the next message for the next consumer that has room for it.
    mutating func next(hasRoom: (ConsumerID) -> Bool) -> (consumer: ConsumerID, message: Message)? {
        guard !ready.isEmpty else { return nil }
        let served = isSingleActive ? consumers.prefix(1) : consumers[...]
        guard let place = served.firstIndex(where: hasRoom) else { return nil }
        let consumer = consumers[place]
        if !isSingleActive { consumers.append(consumers.remove(at: place)) }
        return (consumer, ready.removeFirst())
    }

    mutating func purge() { ready = [] }
}
