internal import AMQP
internal import Domain
internal import Logging

/// The connection that consumes and settles: keeps the wanted consumers running, and the handles of what is in hand.
final class ConsumingLink: Sendable {
    enum Event: Sendable {
        case connected(epoch: Int)
        case disconnected(reason: String)
        case deliveries([(handle: DeliveryHandle, delivery: Delivery)])
        /// The channel of a consumer is gone with what was in hand through it.
        case channelLost(queue: String, connection: UInt64, channel: UInt32)
    }

    private let session: AMQPSession
    private let settings: BrokerSettings
    private let log: Logger
    private let state = LinkState()
    private let changes: AsyncStream<Void>
    private let change: AsyncStream<Void>.Continuation
    /// Makes queues that are missing; `nil`: others do.
    private let maker: QueueMaker?
    /// Who gets orders through this connection.
    private let worker: WorkerID?

    init(_ endpoint: AMQPEndpoint, name: String, worker: WorkerID? = nil, maker: QueueMaker? = nil, settings: BrokerSettings, log: Logger) {
        self.maker = maker
        self.worker = worker
        self.settings = settings
        self.log = log
        (changes, change) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        session = AMQPSession(endpoint, name: name, settings: settings.connection, logger: log) {
            [state] connection, epoch throws(AMQPError) in
            if let maker {
                try await maker.make(on: connection)
            } else {
                try await settings.topology.declareExchangesLoudly(on: connection, log: log)
            }
            if let worker { try await ControlPost(worker: worker, connection: epoch).declare(on: connection) }
            state.withLock { $0.fresh = (epoch, connection) }
        }
    }

    /// Runs until `close` or cancellation; hands every event to `handle`, one after another.
    func run(_ handle: @Sendable (Event) async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.session.run() }
            group.addTask { await self.keepConsumers() }
            group.addTask { await self.lookAgain() }
            for await event in session.events { await take(event, handle) }
            state.withLock { $0.isEnded = true }
            change.finish()
            releaseQuietWaiters()
            group.cancelAll()
        }
    }

    // MARK: Verbs

    /// Makes queues, exchanges and bindings that somebody took away; of these queues or of all.
    func restore(_ names: Set<String>?) async {
        guard let maker, let connection = state.withLock({ $0.keeper.current?.connection }) else { return }
        do throws(AMQPError) {
            try await maker.restore(names, on: connection)
        } catch {
            log.warning("what is missing of the topology could not be made", metadata: ["broker.reason": "\(error)"])
        }
    }

    /// Consumes exactly these queues, each with its prefetch, now and on every later connection.
    func want(_ queues: [String: UInt16]) {
        state.withLock { $0.keeper.want(queues) }
        change.yield()
    }

    /// Changes the prefetch of a queue that is wanted.
    func change(_ queue: String, prefetch: UInt16) {
        state.withLock { $0.keeper.change(queue, prefetch: prefetch) }
        change.yield()
    }

    /// Cancels every consumer and waits until that is done, for a while: a broker that fell silent answers no cancel.
    func stopConsuming() async {
        let ticket = state.withLock { state in
            state.keeper.want([:])
            return state.nextTicket()
        }
        change.yield()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                // Ends early when the consumers are cancelled; whoever waits is let go either way.
                try? await Task.sleep(for: settings.quietWithin)
                state.withLock { $0.quietWaiters.removeValue(forKey: ticket) }?.resume()
            }
            await withCheckedContinuation { waiter in
                let isLate = Task.isCancelled
                state.withLock { if !isLate { $0.quietWaiters[ticket] = waiter } }
                if isLate { waiter.resume() } else { releaseQuietWaiters() }
            }
            group.cancelAll()
        }
    }

    /// Posts settlements; handles of what is lost or settled already are ignored.
    func settle(_ handles: [DeliveryHandle], _ settlement: Domain.Settlement) {
        let tags = state.withLock { $0.handles.take(handles) }
        guard !tags.isEmpty else { return }
        session.settle(tags.map { settlement == .acknowledge ? .ack($0) : .reject($0, requeue: false) })
    }

    func isInHand(_ handle: DeliveryHandle) -> Bool {
        state.withLock { $0.handles.isInHand(handle) }
    }

    /// Why there is no connection; `nil` when there is one.
    var failure: String? { state.withLock { $0.failure } }

    /// Asks the broker about queues; those it does not tell about are left out.
    func depths(of queues: [String]) async -> [QueueDepth] {
        guard let connection = state.withLock({ $0.keeper.current?.connection }) else { return [] }
        var depths: [QueueDepth] = []
        for queue in queues {
            do {
                let state = try await connection.passive(queue)
                depths.append(QueueDepth(name: state.name, ready: state.ready, consumers: state.consumers))
            } catch {
                log.debug("a queue does not tell its depth", metadata: ["broker.queue": "\(queue)", "broker.reason": "\(error)"])
                if error.failure?.connectionLost == true { break }
            }
        }
        return depths
    }

    /// Closes after everything posted has been sent.
    func close() async {
        await session.close(within: settings.closeWithin)
    }

    // MARK: Events

    private func take(_ event: AMQPSessionEvent, _ handle: (Event) async -> Void) async {
        switch event {
        case .connected(let epoch):
            let own = worker.map { [ControlPost(worker: $0, connection: epoch).queue: ControlPost.prefetch] } ?? [:]
            state.withLock {
                guard let fresh = $0.fresh, fresh.epoch == epoch else { return }
                $0.handles.begin(connection: UInt64(epoch))
                $0.keeper.connected(epoch, fresh.connection, own: own)
                $0.failure = nil
            }
            log.info("connected to the broker", metadata: ["broker.connection": "\(epoch)"])
            await handle(.connected(epoch: epoch))
            change.yield()
        case .disconnected(let error):
            let wasConnected = state.withLock { state in
                let wasConnected = state.failure == nil
                state.failure = "\(error)"
                state.handles.begin(connection: 0)
                state.keeper.disconnected()
                return wasConnected
            }
            releaseQuietWaiters()
            guard wasConnected else { return }
            if case .closed = error {
                log.debug("the connection to the broker is closed")
            } else {
                log.warning("the connection to the broker is lost", metadata: ["broker.reason": "\(error)"])
            }
            await handle(.disconnected(reason: "\(error)"))
        case .deliveries(let batch):
            let deliveries = state.withLock { state in
                batch.map { (handle: state.handles.add($0.tag, of: $0.consumer), delivery: $0) }
            }
            await handle(.deliveries(deliveries))
        case .consumerCancelled(let consumer):
            log.warning("the broker ended a consumer", metadata: ["broker.queue": "\(consumer.queue)"])
            state.withLock { $0.keeper.endedByBroker(consumer, now: .now) }
            change.yield()
        case .channelClosed(let consumer?, let code, let text):
            log.warning(
                "the broker closed a consumer's channel",
                metadata: ["broker.queue": "\(consumer.queue)", "broker.code": "\(code)", "broker.reason": "\(text)"]
            )
            let lost = state.withLock {
                $0.keeper.forget(consumer)
                return $0.handles.drop(consumer)
            }
            await handle(.channelLost(queue: consumer.queue, connection: lost.connection, channel: lost.channel))
            change.yield()
        case .channelClosed(nil, _, _), .blocked, .unblocked: break
        }
    }

    // MARK: Consumers

    private func keepConsumers() async {
        for await _ in changes {
            while let (step, epoch, connection) = nextStep() {
                await perform(step, epoch, on: connection)
            }
            releaseQuietWaiters()
        }
    }

    /// Wakes the keeper for what is due later: a channel that is not empty yet, a queue that was refused or broke down.
    ///
    /// A poll, because nobody tells when the last delivery of one channel is settled, and timers per queue would have to
    /// be taken back with every connection. It costs a lock four times a second, and nothing else while all is settled.
    private func lookAgain() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: .milliseconds(250)) } catch { return }
            if state.withLock({ $0.keeper.isUnsettled }) { change.yield() }
        }
    }

    private func nextStep() -> (ConsumerKeeper.Step, Int, AMQPConnection)? {
        state.withLock {
            guard let current = $0.keeper.current, let step = $0.keeper.nextStep(now: .now) else { return nil }
            return (step, current.epoch, current.connection)
        }
    }

    private func perform(_ step: ConsumerKeeper.Step, _ epoch: Int, on connection: AMQPConnection) async {
        switch step {
        case .start(let queue, let prefetch): await start(queue, prefetch, epoch, on: connection)
        case .probe(let queue): await probe(queue)
        case .cancel(let consumer):
            do throws(AMQPError) {
                try await connection.cancel(consumer)
            } catch {
                log.debug("a consumer was gone before it was cancelled", metadata: ["broker.reason": "\(error)"])
            }
            state.withLock { $0.keeper.cancelled(consumer, now: .now) }
        case .close(let consumer): await end(consumer, on: connection)
        }
    }

    private func start(_ queue: String, _ prefetch: UInt16, _ epoch: Int, on connection: AMQPConnection) async {
        do throws(AMQPError) {
            do {
                let consumer = try await connection.consume(queue, prefetch: max(1, prefetch))
                state.withLock { $0.keeper.started(consumer, epoch: epoch) }
            } catch .notFound(let failure) {
                // Somebody deleted it.
                let post = worker.map { ControlPost(worker: $0, connection: epoch) }
                if let post, post.queue == queue {
                    try await post.declare(on: connection)
                } else if let maker {
                    try await maker.makeMissing([queue], on: connection)
                } else {
                    throw .notFound(failure)
                }
                let consumer = try await connection.consume(queue, prefetch: max(1, prefetch))
                state.withLock { $0.keeper.started(consumer, epoch: epoch) }
            }
        } catch {
            let isBroken = error.isBreakdown(of: "consume \(queue)")
            let isNews = state.withLock {
                let isNews = $0.keeper.notStarted(queue, epoch: epoch, now: .now)
                if isBroken { $0.keeper.brokeDown(queue, probeAt: .now) }
                return isNews
            }
            log.log(
                level: isNews ? .warning : .debug,
                "a queue cannot be consumed",
                metadata: ["broker.queue": "\(queue)", "broker.reason": "\(error)"]
            )
        }
    }

    /// Consumes for a moment on a connection of its own.
    ///
    /// A queue that broke down costs the connection, and with it a delivery count of everything in hand: on ours that
    /// would carry running tasks to the dead-letter queue within the hour.
    private func probe(_ queue: String) async {
        var patience = settings.connection
        patience.requestTimeout = min(patience.requestTimeout, settings.probeWithin)
        do throws(AMQPError) {
            let connection = try await AMQPConnection.open(session.endpoint, name: "probing", settings: patience, logger: log)
            do throws(AMQPError) {
                _ = try await connection.consume(queue, prefetch: 1)
                await connection.close()
            } catch {
                await connection.close()
                // Any answer is one; consuming it says what is wrong.
                guard error.failure?.connectionLost == true else { return state.withLock { $0.keeper.works(queue) } }
                throw error
            }
            state.withLock { $0.keeper.works(queue) }
            log.notice("a queue of the broker works again", metadata: ["broker.queue": "\(queue)"])
        } catch {
            state.withLock { $0.keeper.brokeDown(queue, probeAt: .now + settings.probeAgainAfter) }
            log.error(
                "a queue of the broker broke down; the others are consumed. See `A queue that broke down` in operations.md",
                metadata: ["broker.queue": "\(queue)", "broker.reason": "\(error)"]
            )
        }
    }

    /// Closing a channel with deliveries in hand would return them to their queue.
    private func end(_ consumer: Consumer, on connection: AMQPConnection) async {
        guard await connection.unsettledCount(of: consumer) == 0 else {
            return state.withLock { $0.keeper.stillInHand(consumer, now: .now) }
        }
        do throws(AMQPError) {
            try await connection.closeChannel(of: consumer)
        } catch {
            log.debug("a channel was gone before it was closed", metadata: ["broker.reason": "\(error)"])
        }
        state.withLock { $0.keeper.forget(consumer) }
    }

    private func releaseQuietWaiters() {
        for waiter in state.withLock({ $0.takeQuietWaiters() }) { waiter.resume() }
    }
}

extension AMQPError {
    /// The library's AMQP_STATUS_TIMEOUT.
    private static let timeoutCode = -13

    /// AMQP's INTERNAL_ERROR.
    private static let internalErrorCode = 541

    /// Whether this very request cost the connection: it had no answer in time, or the broker failed over it.
    fileprivate func isBreakdown(of operation: String) -> Bool {
        guard let failure, failure.connectionLost, failure.operation == operation else { return false }
        return failure.code == Self.timeoutCode || failure.code == Self.internalErrorCode
    }
}
