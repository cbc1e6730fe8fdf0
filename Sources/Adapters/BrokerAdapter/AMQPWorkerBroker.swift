package import AMQP
package import Domain
package import Logging

/// A worker's side of the broker: lanes come in, reports and heartbeats go out.
///
/// One connection consumes and settles, another publishes and waits for confirms.
package final class AMQPWorkerBroker: WorkerBroker {
    package let events: AsyncStream<WorkEvent>

    private let happen: AsyncStream<WorkEvent>.Continuation
    private let consuming: ConsumingLink
    private let publishing: PublishingLink
    private let undertaker: Undertaker
    private let deadQueue: DeadQueueGauge
    private let settings: BrokerSettings
    private let log: Logger
    private let now: @Sendable () -> Timestamp

    /// The name is shown in the broker's list of connections; the worker gets orders; the clock gives messages their timestamp.
    package init(
        _ endpoint: AMQPEndpoint,
        name: String,
        worker: WorkerID,
        settings: BrokerSettings = BrokerSettings(),
        log: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        (events, happen) = AsyncStream.makeStream()
        consuming = ConsumingLink(endpoint, name: "\(name) consuming", worker: worker, settings: settings, log: log)
        publishing = PublishingLink(endpoint, name: "\(name) publishing", settings: settings, log: log)
        undertaker = Undertaker(consuming: consuming, publishing: publishing, settings: settings, log: log, now: now)
        deadQueue = DeadQueueGauge(lengthMax: settings.topology.lengths.dead, keepFor: settings.deadQueueKnownFor)
        self.settings = settings
        self.log = log
        self.now = now
    }

    /// Keeps both connections; call it once.
    ///
    /// Ends after `close` or cancellation, and with it the events.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.publishing.run() }
            group.addTask { await self.undertaker.run() }
            group.addTask {
                await self.consuming.run { self.take($0) }
                self.undertaker.finish()
            }
        }
        happen.finish()
    }

    package func consume(_ lanes: [Lane: Int]) async {
        consuming.want(
            Dictionary(uniqueKeysWithValues: lanes.map { (Queue.lane($0.key), Self.prefetch($0.value)) })
        )
    }

    package func setPrefetch(_ prefetch: Int, for lane: Lane) async {
        consuming.change(Queue.lane(lane), prefetch: Self.prefetch(prefetch))
    }

    package func stopConsuming() async {
        await consuming.stopConsuming()
    }

    /// A message that is larger than its reader takes is `returned`: it can never arrive, a smaller one may.
    package func report(_ message: OutcomeMessage) async -> PublishAnswer {
        guard let report = OutboundMessage.report(message, at: now()) else {
            return .returned(reason: "the report is larger than its reader takes")
        }
        return await publish(report, within: settings.publishWithin)
    }

    package func settle(_ handles: [DeliveryHandle], _ settlement: Domain.Settlement) {
        consuming.settle(handles, settlement)
    }

    package func tell(_ message: FleetMessage) async -> PublishAnswer {
        await publish(OutboundMessage.fleet(message, at: now()), within: settings.tellWithin)
    }

    package func deadQueueIsNearlyFull() async -> Bool {
        await deadQueue.isNearlyFull(now: .now) { await consuming.depths(of: [Queue.dead]).first }
    }

    package func close() async {
        await publishing.close()
        await consuming.close()
    }

    private func publish(_ message: AMQPMessage, within limit: Duration) async -> PublishAnswer {
        await publishing.publish([message], within: limit).first ?? .unconfirmed(reason: "no answer")
    }

    private static func prefetch(_ wanted: Int) -> UInt16 {
        UInt16(clamping: min(256, max(1, wanted)))
    }

    private func take(_ event: ConsumingLink.Event) {
        switch event {
        case .connected(let epoch): happen.yield(.connected(connection: epoch))
        case .disconnected(let reason): happen.yield(.disconnected(reason: reason))
        case .channelLost(let queue, let connection, let channel):
            if let lane = Queue.lanes[queue] { happen.yield(.laneLost(lane, connection: connection, channel: channel)) }
        case .deliveries(let deliveries): take(deliveries)
        }
    }

    private func take(_ deliveries: [(handle: DeliveryHandle, delivery: Delivery)]) {
        var readable: [WorkDelivery] = []
        readable.reserveCapacity(deliveries.count)
        for (handle, delivery) in deliveries {
            guard let lane = Queue.lanes[delivery.consumer.queue] else {
                takeOrder(delivery, handle)
                continue
            }
            switch InboundMessage.task(delivery) {
            case .success(let task):
                readable.append(WorkDelivery(handle: handle, lane: lane, task: task, redeliveries: delivery.deliveryCount))
            case .failure(let message): undertaker.take(message, of: delivery, handle)
            }
        }
        if !readable.isEmpty { happen.yield(.deliveries(readable)) }
    }

    private func takeOrder(_ delivery: Delivery, _ handle: DeliveryHandle) {
        consuming.settle([handle], .acknowledge)
        switch InboundMessage.order(delivery) {
        case .success(let order): happen.yield(.order(order))
        case .failure(let message):
            log.warning("an order that cannot be read is dropped", metadata: ["broker.reason": "\(message.explanation)"])
        }
    }
}
