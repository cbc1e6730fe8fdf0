package import Logging
package import Reactor
internal import Synchronization

/// A few connections to one database, opened when they are needed and again when they were lost.
///
/// Callers wait in order, within bounds of number and time; a caller that is cancelled stops waiting.
package final class PostgresPool: Sendable {
    package let endpoint: PostgresEndpoint

    private let reactor: ReactorThread
    private let blockingPool: BlockingPool
    private let logger: Logger
    private let settings: PostgresSettings
    private let shared: Mutex<Shared>

    private typealias Lease = (slot: PoolMachine.Slot, connection: PostgresConnection)
    private typealias LeaseResult = Result<Lease, PostgresError>

    private struct Shared {
        var machine: PoolMachine
        var connections: [PoolMachine.Slot: PostgresConnection] = [:]
        var waiters: [PoolMachine.Waiter: CheckedContinuation<LeaseResult, Never>] = [:]
        var slots: [PoolMachine.Slot: Task<Void, Never>] = [:]
        var listeners: [UInt64: Task<Void, Never>] = [:]
        var drainWaiters: [CheckedContinuation<Void, Never>] = []
        var lastWaiter: PoolMachine.Waiter = 0
        var lastError: PostgresError?
        var isClosed = false
        var isDrained = false
    }

    /// Opens nothing yet.
    package init(
        endpoint: PostgresEndpoint,
        reactor: ReactorThread,
        blockingPool: BlockingPool,
        logger: Logger,
        settings: PostgresSettings = PostgresSettings()
    ) {
        self.endpoint = endpoint
        self.reactor = reactor
        self.blockingPool = blockingPool
        self.logger = logger
        self.settings = settings
        shared = Mutex(Shared(machine: PoolMachine(size: settings.poolSize, waitersMax: settings.waitersMax)))
    }

    /// Refuses new callers, ends listeners, and returns when every connection came back and is closed.
    package func close() async {
        let listeners = shared.withLock { shared in
            shared.isClosed = true
            return Array(shared.listeners.values)
        }
        for listener in listeners { listener.cancel() }
        perform { $0.close() }
        // Ends attempts to connect; a connection that stands is closed when its user gives it back.
        for slot in shared.withLock({ Array($0.slots.values) }) { slot.cancel() }
        for listener in listeners { await listener.value }
        await withCheckedContinuation { continuation in
            let isDrained = shared.withLock { shared in
                if !shared.isDrained { shared.drainWaiters.append(continuation) }
                return shared.isDrained
            }
            if isDrained { continuation.resume() }
        }
        for slot in shared.withLock({ Array($0.slots.values) }) { await slot.value }
    }

    /// Connections that stand or are being opened, and callers that wait; metrics.
    package var load: (connections: Int, waiting: Int) {
        shared.withLock { ($0.machine.slotCount, $0.machine.waiterCount) }
    }

    // MARK: Use

    /// Lends a connection to `body`; what `body` left open is rolled back.
    /// - Throws: what `body` throws; `.poolExhausted`, `.tooManyWaiting`, or why there is no connection.
    package func withConnection<R>(
        _ body: (PostgresConnection) async throws(PostgresError) -> R
    ) async throws(PostgresError) -> R {
        let (slot, connection) = try await acquire()
        do {
            let value = try await body(connection)
            await release(slot, connection)
            return value
        } catch {
            await release(slot, connection)
            throw error
        }
    }

    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// `.server` with a serialization failure or a deadlock answers `.after`: run the whole transaction again.
    /// To give a transaction up on purpose throw `.abandoned`.
    package func withTransaction<R>(
        isolation: PostgresIsolation = .readCommitted,
        _ body: (PostgresConnection) async throws(PostgresError) -> R
    ) async throws(PostgresError) -> R {
        try await withConnection { connection throws(PostgresError) in
            try await connection.begin(isolation)
            // When the body throws, giving the connection back rolls back.
            let value = try await body(connection)
            try await connection.commit()
            return value
        }
    }

    /// Runs one statement on any connection.
    package func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws(PostgresError) -> PostgresResult {
        try await withConnection { connection throws(PostgresError) in try await connection.query(sql, parameters) }
    }

    /// Runs statements in one round trip on any connection, all or none.
    package func pipeline(
        _ statements: [(sql: String, parameters: [PostgresValue])],
        transaction: Bool = false
    ) async throws(PostgresError) -> [PostgresResult] {
        try await withConnection { connection throws(PostgresError) in
            try await connection.pipeline(statements, transaction: transaction)
        }
    }

    // MARK: Listeners

    /// Follows a channel on a connection of its own, which is opened again when it was lost, until the stream is dropped
    /// or the pool is closed.
    ///
    /// `.listening` comes first and after every reconnect: what was sent before it may have been missed.
    package func notifications(_ channel: String) -> AsyncStream<PostgresNotification> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: PostgresNotification.self,
            bufferingPolicy: .bufferingNewest(PostgresListener.bufferMax)
        )
        let listener = PostgresListener(
            channel: channel,
            endpoint: endpoint,
            reactor: reactor,
            blockingPool: blockingPool,
            logger: logger,
            settings: settings
        )
        let isClosed = shared.withLock { shared in
            guard !shared.isClosed else { return true }
            shared.lastWaiter += 1
            let number = shared.lastWaiter
            // Unstructured: it lives as long as the stream; `close` cancels it and waits for it.
            let task = Task {
                await listener.run(into: continuation)
                self.shared.withLock { $0.listeners[number] = nil }
            }
            shared.listeners[number] = task
            continuation.onTermination = { _ in task.cancel() }
            return false
        }
        if isClosed { continuation.finish() }
        return stream
    }

    // MARK: Leases

    private func acquire() async throws(PostgresError) -> Lease {
        if Task.isCancelled { throw .cancelled }
        let waiter = shared.withLock { shared in
            shared.lastWaiter += 1
            return shared.lastWaiter
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                shared.withLock { $0.waiters[waiter] = continuation }
                perform { $0.acquire(waiter) }
                // A cancel that came before the machine knew the waiter found nobody.
                if Task.isCancelled { perform { $0.leave(waiter, because: .cancelled) } }
                limitWait(of: waiter)
            }
        } onCancel: {
            perform { $0.leave(waiter, because: .cancelled) }
        }
        return try result.get()
    }

    private func limitWait(of waiter: PoolMachine.Waiter) {
        guard shared.withLock({ $0.waiters[waiter] != nil }) else { return }
        reactor.post { [self] in
            _ = reactor.schedule(after: settings.acquireTimeout) { self.perform { $0.leave(waiter, because: .timedOut) } }
        }
    }

    private func release(_ slot: PoolMachine.Slot, _ connection: PostgresConnection) async {
        // The caller may be cancelled; the roll-back is sent nevertheless.
        let isReusable = connection.isReusable ? true : await connection.makeReusable()
        perform { $0.released(slot, isReusable: isReusable) }
        // Lost between the look and the return: nobody else will tell the machine.
        if isReusable, !connection.isReusable { perform { $0.lost(slot) } }
    }

    // MARK: Effects

    /// Asks the machine and carries out its effects, outside of the lock.
    private func perform(_ input: (inout PoolMachine) -> [PoolMachine.Effect]) {
        for effect in shared.withLock({ input(&$0.machine) }) { perform(effect) }
    }

    private func perform(_ effect: PoolMachine.Effect) {
        switch effect {
        case .open(let slot):
            shared.withLock { shared in
                // Unstructured: it lives as long as the connection, longer than the caller that caused it; `close` waits for it.
                shared.slots[slot] = Task {
                    await self.live(slot)
                    self.shared.withLock { $0.slots[slot] = nil }
                }
            }
        case .lease(let slot, let waiter): lease(slot, to: waiter)
        case .refuse(let waiter, let refusal): refuse(waiter, refusal)
        case .close(let slot): shared.withLock { $0.connections.removeValue(forKey: slot) }?.closeSoon()
        case .pause(let failures): pause(after: failures)
        case .drained: drained()
        }
    }

    /// The life of one connection, from opening to its end.
    private func live(_ slot: PoolMachine.Slot) async {
        do {
            let connection = try await PostgresConnection.open(
                endpoint: endpoint,
                reactor: reactor,
                blockingPool: blockingPool,
                logger: logger,
                settings: settings
            )
            shared.withLock { shared in
                shared.connections[slot] = connection
                shared.lastError = nil
            }
            perform { $0.opened(slot) }
            let error = await connection.ended()
            if shared.withLock({ $0.connections[slot] != nil }) {
                logger.warning("PostgreSQL connection ended", metadata: ["postgres.endpoint": "\(endpoint)", "error": "\(error)"])
            }
            perform { $0.lost(slot) }
        } catch {
            if error != .cancelled {
                logger.warning("no PostgreSQL connection", metadata: ["postgres.endpoint": "\(endpoint)", "error": "\(error)"])
            }
            shared.withLock { $0.lastError = error }
            perform { $0.openFailed(slot) }
        }
    }

    private func lease(_ slot: PoolMachine.Slot, to waiter: PoolMachine.Waiter) {
        let (connection, continuation) = shared.withLock { ($0.connections[slot], $0.waiters.removeValue(forKey: waiter)) }
        guard let connection, let continuation else { preconditionFailure("a lease of nothing, or to nobody") }
        continuation.resume(returning: .success((slot, connection)))
    }

    private func refuse(_ waiter: PoolMachine.Waiter, _ refusal: PoolMachine.Refusal) {
        let (continuation, lastError) = shared.withLock { shared in
            (shared.waiters.removeValue(forKey: waiter), shared.machine.isFailing ? shared.lastError : nil)
        }
        let error: PostgresError =
            switch refusal {
            case .tooManyWaiting: .tooManyWaiting(max: settings.waitersMax)
            case .timedOut: lastError ?? .poolExhausted(size: settings.poolSize, waited: settings.acquireTimeout)
            case .cancelled: .cancelled
            case .closed: .closed(reason: "the pool is closed")
            }
        continuation?.resume(returning: .failure(error))
    }

    private func pause(after failures: Int) {
        let doubled = settings.backoff.lowerBound * (1 << min(failures - 1, 16))
        let pause = min(doubled, settings.backoff.upperBound) * Double.random(in: 0.5...1)
        reactor.post { [self] in
            _ = reactor.schedule(after: pause) { self.perform { $0.pauseIsOver() } }
        }
    }

    private func drained() {
        let waiters = shared.withLock { shared in
            shared.isDrained = true
            defer { shared.drainWaiters = [] }
            return shared.drainWaiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
