package import Logging
package import Reactor
internal import Synchronization

/// Keeps one connection to a Redis server alive by itself and sends commands over it.
///
/// While there is no connection a command waits for one, within its own timeout; a command in flight when the
/// connection ends fails with `.closed`, because nobody knows whether it was carried out.
package actor RedisClient {
    package typealias ConnectHook = @Sendable (RedisConnection) async throws(RedisError) -> Void

    package nonisolated let endpoint: RedisEndpoint
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe reactor.asUnownedSerialExecutor() }

    private nonisolated let reactor: ReactorThread
    private let blockingPool: BlockingPool
    private let logger: Logger
    private let settings: RedisSettings
    private let onConnect: ConnectHook?
    private nonisolated let epoch = Atomic<UInt64>(0)
    private nonisolated let connected = Atomic<Bool>(false)

    private var state = State.idle
    private var lastError: RedisError?
    private var supervisor: Task<Void, Never>?
    private var connectionWaiters: [UInt64: CheckedContinuation<Result<RedisConnection, RedisError>, Never>] = [:]
    private var lastWaiter: UInt64 = 0

    private enum State {
        /// → searching
        case idle
        /// No connection, one is being opened or a pause lasts; → connected | closed
        case searching
        /// → searching | closed
        case connected(RedisConnection)
        case closed
    }

    /// Does nothing until `start`.
    ///
    /// `onConnect` runs on every new connection before commands use it; when it throws, the connection is closed and
    /// another is tried after a pause.
    package init(
        endpoint: RedisEndpoint,
        reactor: ReactorThread,
        blockingPool: BlockingPool,
        logger: Logger,
        settings: RedisSettings = RedisSettings(),
        onConnect: ConnectHook? = nil
    ) {
        self.endpoint = endpoint
        self.reactor = reactor
        self.blockingPool = blockingPool
        self.logger = logger
        self.settings = settings
        self.onConnect = onConnect
    }

    // MARK: Life

    /// Begins to connect, and connects again whenever the connection ends, until `close`.
    package func start() {
        guard case .idle = state else { return }
        state = .searching
        // Unstructured: it lives from start to close, which waits for it; no caller's scope spans both.
        supervisor = Task { await self.supervise() }
    }

    /// Ends the connection after its outstanding replies (a second at most) and refuses commands from now on.
    package func close() async {
        let connection: RedisConnection? = if case .connected(let connection) = state { connection } else { nil }
        state = .closed
        connected.store(false, ordering: .relaxed)
        supervisor?.cancel()
        await connection?.close()
        for waiter in connectionWaiters.values { waiter.resume(returning: .failure(.closed(reason: "the client is closed"))) }
        connectionWaiters = [:]
        await supervisor?.value
    }

    /// Grows with every connection that came into use; 0 before the first.
    ///
    /// Any thread.
    package nonisolated var connectionEpoch: UInt64 { epoch.load(ordering: .acquiring) }

    /// Whether a connection stands now.
    ///
    /// Any thread.
    package nonisolated var isConnected: Bool { connected.load(ordering: .relaxed) }

    /// Waits until a connection stands.
    /// - Throws: why there is none, after `timeout`.
    package func waitUntilConnected(within timeout: Duration) async throws(RedisError) {
        _ = try await connection(within: timeout, operation: "connect")
    }

    // MARK: Commands

    /// Sends one command and waits for its reply.
    ///
    /// Cancelling drops the reply, not the command.
    /// - Throws: `.server` when the reply is an error.
    package nonisolated func command(
        _ arguments: [RedisArgument],
        timeout: Duration? = nil
    ) async throws(RedisError) -> RedisValue {
        try await send(RedisRequest([arguments]), timeout: timeout)
    }

    /// Sends pipelined commands in one piece; each has its own result, in their order.
    package nonisolated func commands(
        _ commands: [[RedisArgument]],
        timeout: Duration? = nil,
        over expected: UInt64? = nil
    ) async -> [Result<RedisValue, RedisError>] {
        do {
            return await sendAll(try RedisRequest(commands), timeout: timeout, over: expected)
        } catch {
            return Array(repeating: .failure(error), count: commands.count)
        }
    }

    /// Runs a script by its digest, and loads it first where the server does not have it.
    ///
    /// `expected`: only over the connection of this `connectionEpoch`; over another one nothing is sent, and `.reconnected` is thrown.
    package nonisolated func evaluate(
        _ script: RedisScript,
        keys: [String],
        arguments: [RedisArgument],
        timeout: Duration? = nil,
        over expected: UInt64? = nil
    ) async throws(RedisError) -> RedisValue {
        let results = await evaluateAll(script, [RedisEvaluation(keys: keys, arguments: arguments)], timeout: timeout, over: expected)
        guard let result = results.first else { throw .invalidRequest(reason: "no run of the script") }
        return try result.get()
    }

    /// Runs a script many times in one piece; each run has its own result, in their order.
    package nonisolated func evaluateAll(
        _ script: RedisScript,
        _ runs: [RedisEvaluation],
        timeout: Duration? = nil,
        over expected: UInt64? = nil
    ) async -> [Result<RedisValue, RedisError>] {
        var results: [Result<RedisValue, RedisError>] = Array(repeating: .failure(.cancelled), count: runs.count)
        var pending = Array(runs.indices)
        // A run that met no script did nothing, so it may be repeated.
        for attempt in 0..<2 {
            let digest: String
            do {
                digest = try await self.digest(of: script, reload: attempt > 0, timeout: timeout)
            } catch {
                for index in pending { results[index] = .failure(error) }
                return results
            }
            let answers = await commands(pending.map { runs[$0].command(digest: digest) }, timeout: timeout, over: expected)
            for (index, answer) in zip(pending, answers) { results[index] = answer }
            pending = pending.filter { results[$0].meetsNoScript }
            if pending.isEmpty { break }
        }
        return results
    }

    private nonisolated func digest(of script: RedisScript, reload: Bool, timeout: Duration?) async throws(RedisError) -> String {
        if !reload, let digest = script.digest { return digest }
        let reply = try await command(["SCRIPT", "LOAD", RedisArgument(script.source)], timeout: timeout)
        guard let digest = reply.text else { throw .protocolViolation(reason: "SCRIPT LOAD answered without a digest") }
        script.digest = digest
        return digest
    }

    private func send(_ request: RedisRequest, timeout: Duration?) async throws(RedisError) -> RedisValue {
        let timeout = timeout ?? settings.commandTimeout
        return try await connection(within: timeout, operation: request.name).send(request, timeout: timeout)
    }

    private func sendAll(_ request: RedisRequest, timeout: Duration?, over expected: UInt64?) async -> [Result<RedisValue, RedisError>] {
        let timeout = timeout ?? settings.commandTimeout
        do throws(RedisError) {
            let connection = try await connection(within: timeout, operation: request.name)
            if let expected, expected != connectionEpoch { throw RedisError.reconnected }
            return await connection.sendAll(request, timeout: timeout)
        } catch {
            return Array(repeating: .failure(error), count: request.commands.count)
        }
    }

    // MARK: The connection

    private func connection(within timeout: Duration, operation: String) async throws(RedisError) -> RedisConnection {
        switch state {
        case .connected(let connection) where connection.isOpen: return connection
        case .closed: throw .closed(reason: "the client is closed")
        // A connection that has just ended: the supervisor is about to notice.
        case .connected, .idle, .searching: break
        }
        guard connectionWaiters.count < settings.inFlightMax else { throw .busy(inFlightMax: settings.inFlightMax) }
        lastWaiter += 1
        let number = lastWaiter
        let limit = reactor.schedule(after: timeout) {
            let error = self.lastError ?? .timedOut(operation: operation, after: timeout)
            self.connectionWaiters.removeValue(forKey: number)?.resume(returning: .failure(error))
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { connectionWaiters[number] = $0 }
        } onCancel: {
            reactor.post {
                self.assumeIsolated { $0.connectionWaiters.removeValue(forKey: number)?.resume(returning: .failure(.cancelled)) }
            }
        }
        reactor.cancel(limit)
        return try result.get()
    }

    private func supervise() async {
        var pause = settings.backoff.lowerBound
        while case .searching = state {
            do {
                let connection = try await open()
                pause = settings.backoff.lowerBound
                guard case .searching = state else {
                    await connection.close()
                    return
                }
                let error = await use(connection)
                lastError = error
                if case .closed = state { return }
                logger.warning("Redis connection ended", metadata: ["redis.endpoint": "\(endpoint)", "error": "\(error)"])
            } catch {
                lastError = error
                if case .closed = state { return }
                logger.warning("no Redis connection", metadata: ["redis.endpoint": "\(endpoint)", "error": "\(error)"])
            }
            let jittered = pause * Double.random(in: 0.5...1)
            pause = min(pause * 2, settings.backoff.upperBound)
            // A cancelled pause means close: the loop's condition sees it.
            try? await Task.sleep(for: jittered)
        }
    }

    private func use(_ connection: RedisConnection) async -> RedisError {
        state = .connected(connection)
        lastError = nil
        epoch.add(1, ordering: .releasing)
        connected.store(true, ordering: .relaxed)
        logger.debug("Redis connection opened", metadata: ["redis.endpoint": "\(endpoint)", "redis.epoch": "\(connectionEpoch)"])
        for waiter in connectionWaiters.values { waiter.resume(returning: .success(connection)) }
        connectionWaiters = [:]
        let error = await connection.ended()
        connected.store(false, ordering: .relaxed)
        if case .connected = state { state = .searching }
        return error
    }

    private func open() async throws(RedisError) -> RedisConnection {
        let connection = try await RedisConnection.open(
            endpoint: endpoint,
            reactor: reactor,
            blockingPool: blockingPool,
            settings: settings
        )
        do {
            try await onConnect?(connection)
            return connection
        } catch {
            await connection.close()
            throw error
        }
    }
}

extension Result<RedisValue, RedisError> {
    /// The server does not have the script (it was restarted, or its scripts were flushed).
    fileprivate var meetsNoScript: Bool {
        if case .failure(.server(let message)) = self { message.hasPrefix("NOSCRIPT") } else { false }
    }
}
