package import Domain

extension BrokerModel {
    // MARK: Publishing

    /// Publishes with confirm and `mandatory`, through a client's connection.
    package mutating func publish(_ cargo: Cargo, to queue: String, by client: ClientID) -> PublishAnswer {
        guard isConnected(client) else { return .unconfirmed(reason: "there is no connection to the broker") }
        if let alarm { return .unconfirmed(reason: "the broker takes nothing: \(alarm)") }
        guard let target = queues[queue] else { return .returned(reason: "NO_ROUTE") }
        guard !target.isFull else { return .refused }
        let message = message(cargo)
        queues[queue]?.append(message)
        return .confirmed
    }

    /// Whom an order reaches; an order that reaches nobody is returned.
    package func listeners(to address: ControlAddress, from client: ClientID) -> Result<[ClientID], PublishRefusal> {
        guard isConnected(client) else { return .failure(PublishRefusal(.unconfirmed(reason: "there is no connection to the broker"))) }
        if let alarm { return .failure(PublishRefusal(.unconfirmed(reason: "the broker takes nothing: \(alarm)"))) }
        let found = clients.filter { _, client in
            guard client.isConnected, let worker = client.worker else { return false }
            switch address {
            case .all: return true
            case .worker(let wanted): return worker == wanted
            }
        }
        return found.isEmpty ? .failure(PublishRefusal(.returned(reason: "NO_ROUTE"))) : .success(found.keys.sorted())
    }

    /// The answer to a publish that did not come through.
    package struct PublishRefusal: Error, Hashable, Sendable {
        package let answer: PublishAnswer

        init(_ answer: PublishAnswer) {
            self.answer = answer
        }
    }

    // MARK: Consuming

    /// Consumes a queue from now on, now and on every later connection; another prefetch takes a channel of its own.
    ///
    /// What an older channel holds stays in hand and can still be settled.
    package mutating func want(_ queue: String, prefetch: Int, by id: ClientID) {
        let prefetch = min(65_535, max(1, prefetch))
        guard clients[id] != nil, clients[id]?.wanted[queue] != prefetch else { return }
        cancel(queue, by: id)
        clients[id]?.wanted[queue] = prefetch
        consume(queue, by: id)
    }

    /// Through a channel of its own, if it is connected.
    mutating func consume(_ queue: String, by id: ClientID) {
        guard isConnected(id), !isAbsent(queue), var client = clients[id], let prefetch = client.wanted[queue] else { return }
        declare(queue)
        client.lastChannel += 1
        client.consumers[client.lastChannel] = Consumer(queue: queue, prefetch: prefetch)
        clients[id] = client
        queues[queue]?.add(QueueModel.ConsumerID(client: id, channel: client.lastChannel))
    }

    /// Cancels a client's consumers of a queue; what they have in hand can still be settled.
    package mutating func cancel(_ queue: String, by id: ClientID) {
        guard let client = clients[id] else { return }
        clients[id]?.wanted[queue] = nil
        for (channel, consumer) in client.consumers where consumer.queue == queue {
            queues[queue]?.remove(QueueModel.ConsumerID(client: id, channel: channel))
            clients[id]?.consumers[channel] = nil
        }
    }

    package mutating func stopConsuming(by id: ClientID) {
        for queue in clients[id]?.wanted.keys.sorted() ?? [] { cancel(queue, by: id) }
    }

    /// Gives out whatever somebody has room for, queue by queue in order of their names.
    package mutating func deliver() -> [Delivery] {
        guard isUp else { return [] }
        var deliveries: [Delivery] = []
        for name in QueueName.all {
            while let next = next(of: name) {
                deliveries.append(handOut(next.message, of: name, to: next.consumer))
            }
        }
        return deliveries
    }

    private mutating func next(of queue: String) -> (consumer: QueueModel.ConsumerID, message: QueueModel.Message)? {
        let clients = clients
        return queues[queue]?.next { consumer in
            clients[consumer.client]?.consumers[consumer.channel].map { $0.inHand < $0.prefetch } ?? false
        }
    }

    private mutating func handOut(_ message: QueueModel.Message, of queue: String, to consumer: QueueModel.ConsumerID) -> Delivery {
        clients[consumer.client]?.lastTag += 1
        let client = clients[consumer.client]
        let handle = DeliveryHandle(connection: client?.connection ?? 0, channel: consumer.channel, tag: client?.lastTag ?? 0)
        clients[consumer.client]?.hands[handle] = Hand(queue: queue, message: message)
        clients[consumer.client]?.consumers[consumer.channel]?.inHand += 1
        return Delivery(client: consumer.client, queue: queue, handle: handle, cargo: message.cargo, redeliveries: message.returns)
    }

    // MARK: Settling

    /// Settles what is in hand; handles of an older connection are ignored.
    package mutating func settle(_ handles: [DeliveryHandle], _ settlement: Settlement, by id: ClientID) {
        for handle in handles {
            guard let hand = clients[id]?.hands.removeValue(forKey: handle) else { continue }
            clients[id]?.consumers[handle.channel]?.inHand -= 1
            switch settlement {
            case .acknowledge: break
            case .reject: bury([hand.message], because: "rejected", from: hand.queue)
            }
        }
        digGraves()
    }

    mutating func bury(_ messages: [QueueModel.Message], because reason: String, from queue: String) {
        for message in messages {
            guard let dead = message.cargo.buried(because: reason, from: queue, form: taskForm) else { continue }
            let buried = self.message(.dead(dead))
            unburied.append(buried)
        }
        digGraves()
    }

    /// Brings what was given up to `dead` as far as that has room: at least once, never lost.
    private mutating func digGraves() {
        while let first = unburied.first, let dead = queues[QueueName.dead], !dead.isFull {
            queues[QueueName.dead]?.append(first)
            unburied.removeFirst()
        }
    }
}
