internal import Logging
internal import Reactor

/// What comes over a channel.
package enum PostgresNotification: Sendable, Hashable {
    /// The subscription stands from here on; what was sent before may have been missed.
    case listening
    case notified(payload: String)
}

/// One subscription that lives through reconnects.
struct PostgresListener: Sendable {
    /// Notifications that wait for their reader; older ones are dropped first.
    static let bufferMax = 1024

    let channel: String
    let endpoint: PostgresEndpoint
    let reactor: ReactorThread
    let blockingPool: BlockingPool
    let logger: Logger
    let settings: PostgresSettings

    /// Listens until the task is cancelled.
    func run(into continuation: AsyncStream<PostgresNotification>.Continuation) async {
        var pause = settings.backoff.lowerBound
        while !Task.isCancelled {
            do {
                let error = try await listenOnce(into: continuation) { pause = settings.backoff.lowerBound }
                if Task.isCancelled { break }
                log("PostgreSQL listener lost its connection", error)
            } catch {
                if Task.isCancelled { break }
                log("PostgreSQL listener has no connection", error)
            }
            // A cancelled pause ends the loop by its condition.
            try? await Task.sleep(for: pause * Double.random(in: 0.5...1))
            pause = min(pause * 2, settings.backoff.upperBound)
        }
        continuation.finish()
    }

    /// Listens on one connection, and returns why it ended.
    private func listenOnce(
        into continuation: AsyncStream<PostgresNotification>.Continuation,
        _ isListening: () -> Void
    ) async throws(PostgresError) -> PostgresError {
        let connection = try await PostgresConnection.open(
            endpoint: endpoint,
            reactor: reactor,
            blockingPool: blockingPool,
            logger: logger,
            settings: settings
        )
        do {
            try await connection.listen(on: channel) { continuation.yield(.notified(payload: $0)) }
        } catch {
            await connection.close()
            throw error
        }
        isListening()
        continuation.yield(.listening)
        let error = await withTaskCancellationHandler {
            await connection.ended()
        } onCancel: {
            connection.closeSoon()
        }
        return error
    }

    private func log(_ message: Logger.Message, _ error: PostgresError) {
        logger.warning(message, metadata: ["postgres.endpoint": "\(endpoint)", "postgres.channel": "\(channel)", "error": "\(error)"])
    }
}
