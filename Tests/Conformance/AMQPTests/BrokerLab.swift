import AMQP
import Logging
import PrivateServers
import Synchronization
import TestSupport

/// What a test of the driver needs around it.
enum BrokerLab {
    static let logger = Logger(label: "test.amqp")

    /// Runs `body` with a connection of its own to the shared broker.
    @discardableResult
    static func withShared<R: Sendable>(
        settings: AMQPSettings = AMQPSettings(),
        _ body: (AMQPConnection, EventLog) async throws -> R
    ) async throws -> R {
        try await with(TestServers.shared.rabbitMQ().url, settings: settings, body)
    }

    @discardableResult
    static func with<R: Sendable>(
        _ url: String,
        settings: AMQPSettings = AMQPSettings(),
        _ body: (AMQPConnection, EventLog) async throws -> R
    ) async throws -> R {
        let connection = try await AMQPConnection.open(AMQPEndpoint(url: url), name: "test", settings: settings, logger: logger)
        let log = EventLog()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in connection.events { log.append(event) }
            }
            do {
                let value = try await body(connection, log)
                await connection.close()
                return value
            } catch {
                await connection.close()
                throw error
            }
        }
    }

    /// Runs `body` with a running session; `setup` declares and consumes.
    static func withSession<R: Sendable>(
        _ url: String,
        settings: AMQPSettings = AMQPSettings(),
        setup: @escaping AMQPSession.Setup,
        _ body: (AMQPSession, EventLog) async throws -> R
    ) async throws -> R {
        let session = try AMQPSession(AMQPEndpoint(url: url), name: "session", settings: settings, logger: logger, setup: setup)
        let log = EventLog()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await session.run() }
            group.addTask {
                for await event in session.events { log.append(event) }
            }
            do {
                let value = try await body(session, log)
                await session.close()
                return value
            } catch {
                await session.close()
                throw error
            }
        }
    }

    /// A durable quorum queue nobody else uses.
    static func quorumQueue(_ name: String, _ arguments: AMQPTable = [:]) -> QueueDeclaration {
        var all = arguments
        all["x-queue-type"] = "quorum"
        return QueueDeclaration(TestServers.unique(name), arguments: all)
    }

    /// A message straight to a queue.
    static func message(to queue: String, _ body: [UInt8], id: String = "") -> AMQPMessage {
        var message = AMQPMessage(exchange: "", routingKey: queue, body: body)
        message.messageID = id
        return message
    }
}

/// Keeps everything a connection or a session told.
final class EventLog: Sendable {
    struct Content {
        var deliveries: [Delivery] = []
        var cancelled: [Consumer] = []
        var closedChannels: [(consumer: Consumer?, code: UInt16)] = []
        var blocks: [Bool] = []
        var epochs: [Int] = []
        var ends: [AMQPError] = []
    }

    private let content = Mutex(Content())

    var now: Content { content.withLock { $0 } }

    func append(_ event: AMQPEvent) {
        content.withLock { content in
            switch event {
            case .deliveries(let batch): content.deliveries += batch
            case .consumerCancelled(let consumer): content.cancelled.append(consumer)
            case .channelClosed(let consumer, let code, _): content.closedChannels.append((consumer, code))
            case .blocked: content.blocks.append(true)
            case .unblocked: content.blocks.append(false)
            case .closed(let error): content.ends.append(error)
            }
        }
    }

    func append(_ event: AMQPSessionEvent) {
        content.withLock { content in
            switch event {
            case .connected(let epoch): content.epochs.append(epoch)
            case .disconnected(let error): content.ends.append(error)
            case .deliveries(let batch): content.deliveries += batch
            case .consumerCancelled(let consumer): content.cancelled.append(consumer)
            case .channelClosed(let consumer, let code, _): content.closedChannels.append((consumer, code))
            case .blocked: content.blocks.append(true)
            case .unblocked: content.blocks.append(false)
            }
        }
    }

    /// Takes the deliveries out.
    func takeDeliveries() -> [Delivery] {
        content.withLock { content in
            defer { content.deliveries = [] }
            return content.deliveries
        }
    }

    /// Waits for so many deliveries.
    func deliveries(_ count: Int, within: Duration = .seconds(20)) async throws -> [Delivery] {
        try await eventually("\(count) deliveries", within: within) {
            let deliveries = self.now.deliveries
            return deliveries.count >= count ? deliveries : nil
        }
    }
}

/// An error of another kind than the test expects.
struct Unexpected: Error {
    let what: String

    init(_ what: (some Any)?) {
        self.what = "\(String(describing: what))"
    }
}
