internal import AMQP
internal import Domain
internal import Logging
internal import Synchronization

/// The connection that publishes with confirm.
///
/// It is apart from the one that consumes: a broker that is out of memory or disk stops reading from publishers only.
final class PublishingLink: Sendable {
    private struct State {
        var failure: String? = "not connected yet"
        var blocked: String?
    }

    private let session: AMQPSession
    private let settings: BrokerSettings
    private let log: Logger
    private let state = Mutex(State())

    init(_ endpoint: AMQPEndpoint, name: String, settings: BrokerSettings, log: Logger) {
        self.settings = settings
        self.log = log
        session = AMQPSession(endpoint, name: name, settings: settings.connection, logger: log) { connection, _ throws(AMQPError) in
            try await settings.topology.declareExchangesLoudly(on: connection, log: log)
        }
    }

    /// Runs until `close` or cancellation.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.session.run() }
            for await event in session.events { take(event) }
            group.cancelAll()
        }
    }

    /// - Returns: one answer per message, in order.
    func publish(_ messages: [AMQPMessage], within limit: Duration) async -> [PublishAnswer] {
        await session.publish(messages, within: limit).map(PublishAnswer.init(_:))
    }

    var health: BrokerHealth {
        state.withLock {
            if let failure = $0.failure { return .disconnected(reason: failure) }
            return $0.blocked.map { .blocked(reason: $0) } ?? .connected
        }
    }

    func close() async {
        await session.close(within: settings.closeWithin)
    }

    private func take(_ event: AMQPSessionEvent) {
        switch event {
        case .connected: state.withLock { $0 = State(failure: nil, blocked: nil) }
        case .disconnected(let error): state.withLock { $0 = State(failure: "\(error)", blocked: nil) }
        case .blocked(let reason):
            log.warning("the broker takes nothing", metadata: ["broker.reason": "\(reason)"])
            state.withLock { $0.blocked = reason }
        case .unblocked:
            log.info("the broker takes messages again")
            state.withLock { $0.blocked = nil }
        case .channelClosed(_, let code, let text):
            log.warning("the broker closed the publishing channel", metadata: ["broker.code": "\(code)", "broker.reason": "\(text)"])
        case .deliveries, .consumerCancelled: break
        }
    }
}

extension PublishAnswer {
    init(_ result: PublishResult) {
        switch result {
        case .confirmed: self = .confirmed
        case .nacked: self = .refused
        case .returned(_, let text): self = .returned(reason: text)
        case .unconfirmed(let reason): self = .unconfirmed(reason: "\(reason)")
        case .unsendable: self = .returned(reason: "a property is longer than AMQP allows")
        }
    }
}
