internal import AMQP
internal import Domain
internal import Logging

/// Moves what a worker cannot read to the dead-letter exchange, with its bytes and the reason; other work goes on meanwhile.
final class Undertaker: Sendable {
    private struct Case: Sendable {
        let message: UnreadableMessage
        let delivery: Delivery
        let handle: DeliveryHandle
    }

    private let consuming: ConsumingLink
    private let publishing: PublishingLink
    private let settings: BrokerSettings
    private let log: Logger
    private let now: @Sendable () -> Timestamp
    /// Bounded by the consumers' prefetch.
    private let cases: AsyncStream<Case>
    private let arrive: AsyncStream<Case>.Continuation

    init(
        consuming: ConsumingLink,
        publishing: PublishingLink,
        settings: BrokerSettings,
        log: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.consuming = consuming
        self.publishing = publishing
        self.settings = settings
        self.log = log
        self.now = now
        (cases, arrive) = AsyncStream.makeStream()
    }

    func take(_ message: UnreadableMessage, of delivery: Delivery, _ handle: DeliveryHandle) {
        arrive.yield(Case(message: message, delivery: delivery, handle: handle))
    }

    func run() async {
        for await found in cases { await bury(found) }
    }

    func finish() {
        arrive.finish()
    }

    /// Publishes until it is confirmed, then acknowledges; gives up when the delivery is lost, because then it comes again.
    private func bury(_ found: Case) async {
        log.warning(
            "a message of a lane cannot be read",
            metadata: ["broker.queue": "\(found.message.queue)", "broker.reason": "\(found.message.explanation)"]
        )
        // Its bytes are not all here, but the broker has them.
        guard !found.delivery.isTruncated else { return consuming.settle([found.handle], .reject) }
        while consuming.isInHand(found.handle), !Task.isCancelled {
            let letter = OutboundMessage.unreadable(found.message, original: found.delivery, at: now())
            let answer = await publishing.publish([letter], within: settings.publishWithin).first
            switch answer {
            case .confirmed: return consuming.settle([found.handle], .acknowledge)
            // A property of it cannot be sent again; the broker can move the original.
            case .returned: return consuming.settle([found.handle], .reject)
            case .refused, .unconfirmed, nil: break
            }
            log.warning("a message that cannot be read waits", metadata: ["broker.answer": "\(String(describing: answer))"])
            do { try await Task.sleep(for: settings.buryAgainAfter) } catch { return }
        }
    }
}
