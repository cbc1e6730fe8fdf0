package import Domain

/// A worker's side of a broker in memory; it is connected whenever the broker is there.
package final class MemoryWorkerBroker: WorkerBroker {
    package let events: AsyncStream<WorkEvent>

    private let happen: AsyncStream<WorkEvent>.Continuation
    private let broker: MemoryBroker
    private let client: BrokerModel.ClientID

    package init(_ broker: MemoryBroker, worker: WorkerID) {
        let (events, happen) = AsyncStream<WorkEvent>.makeStream()
        (self.events, self.happen) = (events, happen)
        self.broker = broker
        client = broker.join(worker: worker) { event in
            switch event {
            case .connected(let connection): happen.yield(.connected(connection: Int(connection)))
            case .disconnected(let reason): happen.yield(.disconnected(reason: reason))
            case .order(let order): happen.yield(.order(order))
            case .queueLost(let queue, let connection, let channel):
                guard let lane = QueueName.lanes[queue] else { return }
                happen.yield(.laneLost(lane, connection: connection, channel: channel))
            case .deliveries(let deliveries):
                happen.yield(
                    .deliveries(
                        deliveries.compactMap { delivery in
                            guard case .task(let task) = delivery.cargo, let lane = QueueName.lanes[delivery.queue] else { return nil }
                            return WorkDelivery(handle: delivery.handle, lane: lane, task: task, redeliveries: delivery.redeliveries)
                        }
                    )
                )
            }
        }
    }

    package func consume(_ lanes: [Lane: Int]) async {
        broker.change { model in
            for lane in Lane.all {
                if let prefetch = lanes[lane] { model.want(QueueName.lane(lane), prefetch: min(256, prefetch), by: client) }
            }
        }
    }

    package func setPrefetch(_ prefetch: Int, for lane: Lane) async {
        broker.change { $0.want(QueueName.lane(lane), prefetch: min(256, prefetch), by: client) }
    }

    package func stopConsuming() async {
        broker.change { $0.stopConsuming(by: client) }
    }

    /// Messages in memory have no size: none is too large for its reader.
    package func report(_ message: OutcomeMessage) async -> PublishAnswer {
        broker.change { $0.publish(.report(message), to: QueueName.outcomes, by: client) }
    }

    package func settle(_ handles: [DeliveryHandle], _ settlement: Settlement) {
        broker.change { $0.settle(handles, settlement, by: client) }
    }

    package func tell(_ message: FleetMessage) async -> PublishAnswer {
        broker.change { $0.publish(.word(message), to: QueueName.fleet, by: client) }
    }

    /// The alarm is at half of what the queue holds.
    package func deadQueueIsNearlyFull() async -> Bool {
        broker.change { model in
            (model.depths.first { $0.name == QueueName.dead }?.ready ?? 0) >= model.lengths.dead / 2
        }
    }

    package func close() async {
        broker.leave(client)
        happen.finish()
    }
}
