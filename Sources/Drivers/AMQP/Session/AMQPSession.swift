package import Logging
internal import Synchronization

/// Keeps one connection alive: connects, runs `setup` on every new connection (declare, consume), and connects again
/// with jittered backoff when it is lost.
///
/// Its stream of events survives reconnects.
package final class AMQPSession: Sendable {
    /// Runs on every new connection before anybody publishes through it.
    ///
    /// When it throws, the connection is dropped and the next attempt follows.
    package typealias Setup = @Sendable (_ connection: AMQPConnection, _ epoch: Int) async throws(AMQPError) -> Void

    package let endpoint: AMQPEndpoint
    package let counters = AMQPCounters()
    /// One reader.
    ///
    /// Bounded by the consumers' prefetch.
    package let events: AsyncStream<AMQPSessionEvent>

    private let name: String
    private let settings: AMQPSettings
    private let logger: Logger
    private let setup: Setup
    private let yield: AsyncStream<AMQPSessionEvent>.Continuation
    private let state = Mutex(SessionState())

    package init(
        _ endpoint: AMQPEndpoint,
        name: String,
        settings: AMQPSettings = AMQPSettings(),
        logger: Logger,
        setup: @escaping Setup
    ) {
        self.endpoint = endpoint
        self.name = name
        self.settings = settings
        self.logger = logger
        self.setup = setup
        (events, yield) = AsyncStream.makeStream()
    }

    /// Keeps the connection alive until `close` or until the task is cancelled.
    ///
    /// Call it once.
    package func run() async {
        state.withLock { $0.isRunning = true }
        var backoff = ReconnectBackoff()
        var random = SystemRandomNumberGenerator()
        var epoch = 0
        while !state.withLock({ $0.isClosing }), !Task.isCancelled {
            epoch += 1
            let reason: AMQPError
            do {
                let connection = try await connect(epoch)
                let began = ContinuousClock.now
                reason = await stay(with: connection)
                backoff.noteConnection(lasted: .now - began)
            } catch {
                reason = error
                logger.debug("no connection", metadata: ["amqp.endpoint": "\(endpoint)", "amqp.reason": "\(error)"])
            }
            yield.yield(.disconnected(reason))
            // Ends early when the session is closed.
            _ = await connection(within: backoff.next(using: &random))
        }
        let (enders, waiters) = state.withLock { $0.end() }
        yield.finish()
        for waiter in waiters { waiter.resume(returning: nil) }
        for ender in enders { ender.resume() }
    }

    /// Waits for a connection up to `limit`, then publishes as `AMQPConnection.publish` does.
    ///
    /// The limit is for the connection only, not for the confirms (see `AMQPSettings.confirmTimeout`).
    package func publish(_ messages: [AMQPMessage], within limit: Duration = .seconds(5)) async -> [PublishResult] {
        guard !messages.isEmpty else { return [] }
        guard let connection = await connection(within: limit) else {
            let reason: UnconfirmedReason = state.withLock { $0.isClosing } ? .closing : Task.isCancelled ? .cancelled : .notConnected
            counters.add { $0.unconfirmed += messages.count }
            return Array(repeating: .unconfirmed(reason), count: messages.count)
        }
        return await connection.publish(messages)
    }

    /// Never waits.
    ///
    /// Tags of an earlier connection are ignored and counted.
    package func settle(_ settlements: [Settlement]) {
        guard let connection = state.withLock({ $0.connection }) else {
            return counters.add { $0.staleSettlements += settlements.count }
        }
        connection.settle(settlements)
    }

    /// The current connection, for requests (declare, consume, cancel, …); waits for one up to `limit`.
    ///
    /// Do not keep it: it is worth nothing after `.disconnected`.
    package func connection(within limit: Duration) async -> AMQPConnection? {
        if let connection = state.withLock({ $0.connection }) { return connection }
        let ticket = state.withLock { $0.nextTicket() }
        defer { state.withLock { $0.finishWait(ticket) } }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await Task.sleep(for: limit)
                self.state.withLock { $0.giveUp(ticket) }?.resume(returning: nil)
            }
            let connection = await withTaskCancellationHandler {
                await withCheckedContinuation { waiter in
                    guard let answer = state.withLock({ $0.wait(waiter, ticket: ticket) }) else { return }
                    waiter.resume(returning: answer.connection)
                }
            } onCancel: {
                state.withLock { $0.giveUp(ticket) }?.resume(returning: nil)
            }
            group.cancelAll()
            return connection
        }
    }

    package var isConnected: Bool { state.withLock { $0.connection != nil } }

    /// The broker told of a memory or disk alarm: what is published waits.
    package var isBlocked: Bool { state.withLock { $0.isBlocked } }

    /// Refuses further publishes, waits up to `limit` for confirms, writes the settlements, closes, ends `run`.
    package func close(within limit: Duration = .seconds(5)) async {
        let (connection, waiters) = state.withLock { $0.beginClose() }
        for waiter in waiters { waiter.resume(returning: nil) }
        await connection?.close(within: limit)
        await withCheckedContinuation { ender in
            if !state.withLock({ $0.waitForEnd(ender) }) { ender.resume() }
        }
    }

    // MARK: One connection

    private func connect(_ epoch: Int) async throws(AMQPError) -> AMQPConnection {
        let connection = try await AMQPConnection.open(
            endpoint,
            name: name,
            settings: settings,
            counters: counters,
            logger: logger
        ) { [weak self] event in self?.forward(event) }
        do {
            try await setup(connection, epoch)
        } catch {
            await connection.close()
            throw error
        }
        let (isAdmitted, waiters) = state.withLock { $0.admit(connection) }
        for waiter in waiters { waiter.resume(returning: connection) }
        if isAdmitted { yield.yield(.connected(epoch: epoch)) } else { connection.requestClose() }
        return connection
    }

    private func stay(with connection: AMQPConnection) async -> AMQPError {
        let reason = await withTaskCancellationHandler {
            await connection.waitUntilClosed()
        } onCancel: {
            connection.requestClose()
        }
        state.withLock { $0.retire() }
        return reason
    }

    /// On the connection's thread.
    private func forward(_ event: AMQPEvent) {
        switch event {
        case .deliveries(let batch): yield.yield(.deliveries(batch))
        case .consumerCancelled(let consumer): yield.yield(.consumerCancelled(consumer))
        case .channelClosed(let consumer, let code, let text): yield.yield(.channelClosed(consumer, code: code, text: text))
        case .blocked(let reason):
            state.withLock { $0.isBlocked = true }
            yield.yield(.blocked(reason: reason))
        case .unblocked:
            state.withLock { $0.isBlocked = false }
            yield.yield(.unblocked)
        case .closed: state.withLock { $0.retire() }
        }
    }
}
