package import AMQP
package import Domain
package import Logging

/// The orchestrator's side of the broker: drafts, outcomes, the fleet's words and dead messages come in, tasks go out.
///
/// One connection consumes and settles, another publishes and waits for confirms. Both connect, declare and consume again by themselves.
package final class AMQPOrchestratorBroker: OrchestratorBroker {
    package var intake: any Feed<IntakeDraft> { drafts }
    package var outcomes: any Feed<OutcomeMessage> { reports }
    package var fleet: any Feed<FleetMessage> { words }
    package var dead: any Feed<DeadMessage> { letters }

    private let drafts: BrokerFeed<IntakeDraft>
    private let reports: BrokerFeed<OutcomeMessage>
    private let words: BrokerFeed<FleetMessage>
    private let letters: BrokerFeed<DeadMessage>
    private let consuming: ConsumingLink
    private let publishing: PublishingLink
    private let settings: BrokerSettings
    private let now: @Sendable () -> Timestamp
    /// Queues to look for, with their bindings, because what was published to them came back; `nil`: all.
    private let doubts: AsyncStream<Set<String>?>
    private let doubt: AsyncStream<Set<String>?>.Continuation

    /// The name is shown in the broker's list of connections; the clock gives messages their timestamp.
    ///
    /// `onMissing` writes down that these queues are made anew; when it answers false they are not made yet.
    package init(
        _ endpoint: AMQPEndpoint,
        name: String,
        settings: BrokerSettings = BrokerSettings(),
        log: Logger,
        onMissing: @escaping @Sendable ([ObservedQueue]) async -> Bool,
        now: @escaping @Sendable () -> Timestamp
    ) {
        let maker = QueueMaker(topology: settings.topology, onMissing: onMissing, log: log)
        let consuming = ConsumingLink(endpoint, name: "\(name) consuming", maker: maker, settings: settings, log: log)
        (doubts, doubt) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let settling: @Sendable ([DeliveryHandle], Domain.Settlement) -> Void = { consuming.settle($0, $1) }
        self.consuming = consuming
        self.settings = settings
        self.now = now
        publishing = PublishingLink(endpoint, name: "\(name) publishing", settings: settings, log: log)
        drafts = BrokerFeed(settling: settling)
        reports = BrokerFeed(settling: settling)
        words = BrokerFeed(settling: settling)
        letters = BrokerFeed(settling: settling)
    }

    /// Keeps both connections; call it once.
    ///
    /// Ends after `close` or cancellation, and with it the feeds.
    package func run() async {
        var queues = [
            Queue.outcomes: settings.outcomesPrefetch, Queue.fleet: settings.fleetPrefetch, Queue.dead: settings.deadPrefetch,
        ]
        for queue in Queue.intakes { queues[queue] = settings.intakePrefetch }
        consuming.want(queues)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.publishing.run() }
            group.addTask { await self.lookForQueues() }
            group.addTask { await self.remindToLook() }
            await self.consuming.run { self.take($0) }
            self.doubt.finish()
            group.cancelAll()
        }
        drafts.finish()
        reports.finish()
        words.finish()
        letters.finish()
    }

    package func publish(_ tasks: [DispatchedTask]) async -> [PublishAnswer] {
        let time = now()
        let answers = await publish(tasks.map { OutboundMessage.task($0, at: time) })
        let returned = zip(tasks, answers).compactMap { $1.isReturned ? Queue.lane($0.lane) : nil }
        if !returned.isEmpty { doubt.yield(Set(returned)) }
        return answers
    }

    /// Publishes on the connection that does not consume, and waits for the answers.
    func publish(_ messages: [AMQPMessage]) async -> [PublishAnswer] {
        await publishing.publish(messages, within: settings.publishWithin)
    }

    /// A long list of cancelled runs leaves in several messages; the answer is the first that is not `confirmed`.
    package func order(_ order: ControlOrder, to address: ControlAddress) async -> PublishAnswer {
        let time = now()
        let messages = OutboundMessage.parts(of: order).map { OutboundMessage.order($0, to: address, at: time) }
        let answers = await publishing.publish(messages, within: settings.tellWithin)
        return answers.first { $0 != .confirmed } ?? .confirmed
    }

    package func mark(_ marker: OutcomeMarker) async -> PublishAnswer {
        guard let message = OutboundMessage.report(.marker(marker), at: now()) else {
            return .returned(reason: "the marker is larger than its reader takes")
        }
        let answers = await publishing.publish([message], within: settings.publishWithin)
        return answers.first ?? .unconfirmed(reason: "no answer")
    }

    package func ready(in lane: Lane) async -> Int? {
        await consuming.depths(of: [Queue.lane(lane)]).first?.ready
    }

    /// Lanes, intake, `outcomes`, `fleet` and `dead`; empty without a connection.
    package func depths() async -> [QueueDepth] {
        await consuming.depths(of: Queue.all)
    }

    package func health() async -> BrokerHealth {
        consuming.failure.map { .disconnected(reason: $0) } ?? publishing.health
    }

    /// Cancels the consumers; what is in hand can still be settled.
    package func stopConsuming() async {
        await consuming.stopConsuming()
    }

    /// Closes after everything posted has been sent.
    package func close() async {
        await publishing.close()
        await consuming.close()
    }

    private func lookForQueues() async {
        for await names in doubts {
            // A queue that is made again at once may come before the broker has told the consumers of the old one.
            if names != nil { try? await Task.sleep(for: settings.makeAgainAfter) }
            await consuming.restore(names)
        }
    }

    /// A poll, because nobody tells when a queue that is not consumed here is deleted, or a binding.
    private func remindToLook() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: settings.lookForQueuesEvery) } catch { return }
            guard case .terminated = doubt.yield(nil) else { continue }
            return
        }
    }

    private func take(_ event: ConsumingLink.Event) {
        guard case .deliveries(let deliveries) = event else { return }
        var drafts: [Inbound<IntakeDraft>] = []
        var reports: [Inbound<OutcomeMessage>] = []
        var words: [Inbound<FleetMessage>] = []
        var letters: [Inbound<DeadMessage>] = []
        for (handle, delivery) in deliveries {
            let before = delivery.deliveryCount
            switch delivery.consumer.queue {
            case Queue.outcomes:
                reports.append(Inbound(handle: handle, content: InboundMessage.outcomes(delivery), redeliveries: before))
            case Queue.fleet: words.append(Inbound(handle: handle, content: InboundMessage.fleet(delivery), redeliveries: before))
            case Queue.dead: letters.append(Inbound(handle: handle, content: .success(InboundMessage.dead(delivery)), redeliveries: before))
            default: drafts.append(Inbound(handle: handle, content: InboundMessage.draft(delivery), redeliveries: before))
            }
        }
        self.drafts.deliver(drafts)
        self.reports.deliver(reports)
        self.words.deliver(words)
        self.letters.deliver(letters)
    }
}

extension PublishAnswer {
    fileprivate var isReturned: Bool {
        if case .returned = self { true } else { false }
    }
}
