package import Domain
import Synchronization

/// The orchestrator's side of a broker in memory; it is connected whenever the broker is there.
package final class MemoryOrchestratorBroker: OrchestratorBroker {
    package var intake: any Feed<IntakeDraft> { drafts }
    package var outcomes: any Feed<OutcomeMessage> { reports }
    package var fleet: any Feed<FleetMessage> { words }
    package var dead: any Feed<DeadMessage> { letters }

    private let drafts: MemoryFeed<IntakeDraft>
    private let reports: MemoryFeed<OutcomeMessage>
    private let words: MemoryFeed<FleetMessage>
    private let letters: MemoryFeed<DeadMessage>
    private let broker: MemoryBroker
    private let client: BrokerModel.ClientID

    /// Consumes with a prefetch for each of the intake queues, `outcomes`, `fleet` and `dead`.
    package init(_ broker: MemoryBroker, prefetch: Int = 256) {
        // Settlements need the client, which is known once everything that listens stands.
        let joined = Joined()
        let settling: @Sendable ([DeliveryHandle], Settlement) -> Void = { handles, settlement in
            guard let client = joined.client else { return }
            broker.change { $0.settle(handles, settlement, by: client) }
        }
        let drafts = MemoryFeed<IntakeDraft>(settling: settling)
        let reports = MemoryFeed<OutcomeMessage>(settling: settling)
        let words = MemoryFeed<FleetMessage>(settling: settling)
        let letters = MemoryFeed<DeadMessage>(settling: settling)
        (self.drafts, self.reports, self.words, self.letters) = (drafts, reports, words, letters)
        self.broker = broker
        client = broker.join { event in
            guard case .deliveries(let deliveries) = event else { return }
            let sorted = SortedDeliveries(deliveries)
            drafts.deliver(sorted.drafts)
            reports.deliver(sorted.reports)
            words.deliver(sorted.words)
            letters.deliver(sorted.letters)
        }
        joined.set(client)
        let client = client
        broker.change { model in
            for queue in QueueName.intakes + [QueueName.outcomes, QueueName.fleet, QueueName.dead] {
                model.want(queue, prefetch: prefetch, by: client)
            }
        }
    }

    package func publish(_ tasks: [DispatchedTask]) async -> [PublishAnswer] {
        broker.change { model in tasks.map { model.publish(.task($0), to: QueueName.lane($0.lane), by: client) } }
    }

    package func order(_ order: ControlOrder, to address: ControlAddress) async -> PublishAnswer {
        broker.order(order, to: address, by: client)
    }

    package func mark(_ marker: OutcomeMarker) async -> PublishAnswer {
        broker.change { $0.publish(.report(.marker(marker)), to: QueueName.outcomes, by: client) }
    }

    package func ready(in lane: Lane) async -> Int? {
        await depths().first { $0.name == QueueName.lane(lane) }?.ready
    }

    package func depths() async -> [QueueDepth] {
        broker.change { $0.isConnected(client) ? $0.depths : [] }
    }

    package func health() async -> BrokerHealth { broker.health(of: client) }

    /// Cancels the consumers; what is in hand can still be settled.
    package func stopConsuming() async {
        broker.change { $0.stopConsuming(by: client) }
    }

    package func close() async {
        broker.leave(client)
        drafts.finish()
        reports.finish()
        words.finish()
        letters.finish()
    }
}

/// Who a program is at the broker, once it has joined.
private final class Joined: Sendable {
    private let id = Mutex<BrokerModel.ClientID?>(nil)

    var client: BrokerModel.ClientID? { id.withLock(\.self) }

    func set(_ client: BrokerModel.ClientID) { id.withLock { $0 = client } }
}

/// Deliveries by feed, each in its order.
private struct SortedDeliveries: Sendable {
    var drafts: [Inbound<IntakeDraft>] = []
    var reports: [Inbound<OutcomeMessage>] = []
    var words: [Inbound<FleetMessage>] = []
    var letters: [Inbound<DeadMessage>] = []

    init(_ deliveries: [BrokerModel.Delivery]) {
        for delivery in deliveries {
            let (handle, before) = (delivery.handle, delivery.redeliveries)
            switch delivery.cargo {
            case .draft(let draft): drafts.append(Inbound(handle: handle, content: draft, redeliveries: before))
            case .report(let report): reports.append(Inbound(handle: handle, content: .success(report), redeliveries: before))
            case .word(let word): words.append(Inbound(handle: handle, content: .success(word), redeliveries: before))
            case .dead(let message): letters.append(Inbound(handle: handle, content: .success(message), redeliveries: before))
            case .task: break
            }
        }
    }
}
