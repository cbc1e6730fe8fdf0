package import Domain

/// The broker as a value: queues, clients and what they have in hand.
///
/// What RabbitMQ promises of the queues that Flotilla declares, and no more: order of arrival, one consumer at a time for a message,
/// return of everything unsettled when a connection goes, a limit of returns, a limit of length, confirms and mandatory returns.
package struct BrokerModel: Sendable {
    /// A program with connections of its own; it keeps its name when it connects again.
    package struct ClientID: Hashable, Comparable, Sendable {
        let value: UInt64

        package static func < (left: ClientID, right: ClientID) -> Bool { left.value < right.value }
    }

    /// How many messages each queue may hold.
    package struct Lengths: Hashable, Sendable {
        package var lane = 3_000
        package var intake = 100_000
        package var outcomes = 100_000
        package var fleet = 100_000
        package var dead = 1_000_000

        package init() {}
    }

    /// A message on its way to whoever consumes its queue.
    package struct Delivery: Sendable {
        package let client: ClientID
        package let queue: String
        package let handle: DeliveryHandle
        package let cargo: Cargo
        package let redeliveries: Int
    }

    struct Consumer: Sendable {
        let queue: String
        let prefetch: Int
        var inHand = 0
    }

    struct Hand: Sendable {
        let queue: String
        let message: QueueModel.Message
    }

    struct Client: Sendable {
        /// The worker that listens to orders through it.
        let worker: WorkerID?
        /// Counts its connections, from 1.
        var connection: UInt64 = 0
        var isConnected = false
        /// The queues it consumes whenever it is connected, with its prefetch for each.
        var wanted: [String: Int] = [:]
        var consumers: [UInt32: Consumer] = [:]
        var hands: [DeliveryHandle: Hand] = [:]
        var lastChannel: UInt32 = 0
        var lastTag: UInt64 = 0
    }

    package let lengths: Lengths
    let deliveryLimit: Int
    let taskForm: Cargo.TaskForm
    var queues: [String: QueueModel] = [:]
    var clients: [ClientID: Client] = [:]
    /// Given up, and not on `dead` yet because that is full: nothing is lost for it.
    var unburied: [QueueModel.Message] = []
    /// Why the broker takes nothing: an alarm of memory or disk.
    package var alarm: String?
    /// Queues that are gone until somebody declares them.
    private var absent: Set<String> = []
    /// Whether it can be reached at all.
    package internal(set) var isUp = true
    private var lastPlace: UInt64 = 0
    private var lastClient: UInt64 = 0

    /// `deliveryLimit`: returns of a task or draft after which it is given up.
    package init(lengths: Lengths = Lengths(), deliveryLimit: Int = 20, taskForm: Cargo.TaskForm = .words) {
        self.lengths = lengths
        self.deliveryLimit = deliveryLimit
        self.taskForm = taskForm
        for name in QueueName.all { queues[name] = fresh(name) }
    }

    /// The empty queue of this name.
    func fresh(_ name: String) -> QueueModel {
        switch name {
        case QueueName.dead: QueueModel(name: name, lengthMax: lengths.dead)
        case QueueName.fleet: QueueModel(name: name, lengthMax: lengths.fleet)
        case QueueName.outcomes: QueueModel(name: name, lengthMax: lengths.outcomes, isSingleActive: true)
        case _ where name.hasPrefix(QueueName.intakePrefix):
            QueueModel(name: name, lengthMax: lengths.intake, deliveryLimit: deliveryLimit)
        default: QueueModel(name: name, lengthMax: lengths.lane, deliveryLimit: deliveryLimit)
        }
    }

    mutating func message(_ cargo: Cargo) -> QueueModel.Message {
        lastPlace += 1
        return QueueModel.Message(place: lastPlace, cargo: cargo)
    }

    // MARK: Clients

    /// A new program; it is not connected yet.
    package mutating func join(worker: WorkerID? = nil) -> ClientID {
        lastClient += 1
        let id = ClientID(value: lastClient)
        clients[id] = Client(worker: worker)
        return id
    }

    /// Connects, and consumes again what the client wants.
    ///
    /// - Returns: the number of the connection; `nil` while the broker is away, or for who left.
    package mutating func connect(_ id: ClientID) -> UInt64? {
        guard isUp, var client = clients[id], !client.isConnected else { return nil }
        client.connection += 1
        client.isConnected = true
        clients[id] = client
        for queue in client.wanted.keys.sorted() { consume(queue, by: id) }
        return client.connection
    }

    /// The connection is gone: what was in hand goes back to its queue.
    package mutating func cut(_ id: ClientID) {
        guard var client = clients[id], client.isConnected else { return }
        let hands = Dictionary(grouping: client.hands.values, by: \.queue)
        for (channel, consumer) in client.consumers {
            queues[consumer.queue]?.remove(QueueModel.ConsumerID(client: id, channel: channel))
        }
        client.isConnected = false
        client.consumers = [:]
        client.hands = [:]
        clients[id] = client
        for queue in hands.keys.sorted() {
            let messages = hands[queue, default: []].map(\.message).sorted { $0.place < $1.place }
            bury(queues[queue]?.giveBack(messages) ?? [], because: "delivery_limit", from: queue)
        }
    }

    /// A program ends for good.
    package mutating func leave(_ id: ClientID) {
        cut(id)
        clients[id] = nil
    }

    func isConnected(_ id: ClientID) -> Bool { isUp && clients[id]?.isConnected == true }

    // MARK: Faults

    /// The broker's process ends, or nobody can reach it; durable queues keep their messages.
    package mutating func stop() {
        for id in clients.keys.sorted() { cut(id) }
        isUp = false
    }

    package mutating func start() { isUp = true }

    /// Its disk is lost: every queue is empty when it is back.
    package mutating func wipe() {
        stop()
        for name in queues.keys { queues[name]?.purge() }
        unburied = []
    }

    /// A queue is gone with everything in it, and nobody can publish to it or consume it before somebody declares it.
    package mutating func lose(_ queue: String) {
        _ = delete(queue)
        queues[queue] = nil
        absent.insert(queue)
        for id in clients.keys {
            for (channel, consumer) in clients[id]?.consumers ?? [:] where consumer.queue == queue { clients[id]?.consumers[channel] = nil }
        }
    }

    /// Somebody deletes a queue with everything in it; who wants it declares and consumes it again.
    ///
    /// - Returns: who consumed it, by channel; what they have in hand of it cannot be settled any more.
    package mutating func delete(_ queue: String) -> [(client: ClientID, connection: UInt64, channel: UInt32)] {
        guard let deleted = queues.removeValue(forKey: queue) else { return [] }
        let consumers = deleted.consumers.sorted { ($0.client, $0.channel) < ($1.client, $1.channel) }
        return consumers.compactMap { consumer in
            guard var client = clients[consumer.client] else { return nil }
            client.consumers[consumer.channel] = nil
            client.hands = client.hands.filter { $0.key.channel != consumer.channel }
            clients[consumer.client] = client
            consume(queue, by: consumer.client)
            return (consumer.client, client.connection, consumer.channel)
        }
    }

    /// Declares a queue again; an existing one stays as it is.
    package mutating func declare(_ queue: String) {
        guard queues[queue] == nil, QueueName.all.contains(queue) else { return }
        queues[queue] = fresh(queue)
        guard absent.remove(queue) != nil else { return }
        for id in clients.keys.sorted() { consume(queue, by: id) }
    }

    /// Whether it waits for somebody who declares it.
    func isAbsent(_ queue: String) -> Bool { absent.contains(queue) }

    /// Messages of a lane that nobody has in hand; `nil`: the broker does not tell.
    package func ready(in lane: Lane) -> Int? { isUp ? queues[QueueName.lane(lane)]?.ready.count : nil }

    /// Whether no queue holds anything, and nobody has anything in hand, but for beats.
    package var isEmptyButBeats: Bool {
        queues.values.allSatisfy { $0.ready.isEmpty || $0.name == QueueName.fleet } && unburied.isEmpty
            && clients.values.allSatisfy { $0.hands.values.allSatisfy { $0.queue == QueueName.fleet } }
    }

    /// Every message of a task that lies in a lane or in somebody's hand.
    package var tasksAbout: Set<DispatchNumber> {
        let cargoes = queues.values.flatMap { $0.ready.map(\.cargo) } + clients.values.flatMap { $0.hands.values.map(\.message.cargo) }
        return Set(cargoes.compactMap { cargo in if case .task(let task) = cargo { task.number } else { nil } })
    }

    /// Every outcome that lies in the queue of outcomes or in somebody's hand, by its number.
    package var outcomesAbout: Set<DispatchNumber> {
        let cargoes = queues.values.flatMap { $0.ready.map(\.cargo) } + clients.values.flatMap { $0.hands.values.map(\.message.cargo) }
        return Set(
            cargoes.flatMap { cargo -> [DispatchNumber] in
                guard case .report(.outcomes(let outcomes)) = cargo else { return [] }
                return outcomes.filter { $0.verdict != .started }.map(\.number)
            }
        )
    }

    /// What every queue holds, by name.
    package var depths: [QueueDepth] {
        QueueName.all.compactMap { name in
            queues[name].map { QueueDepth(name: name, ready: $0.ready.count, consumers: $0.consumers.count) }
        }
    }
}
