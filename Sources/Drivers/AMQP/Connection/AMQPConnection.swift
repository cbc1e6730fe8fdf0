internal import CRabbitMQ
package import Logging
internal import Reactor
internal import Synchronization

/// One connection to a broker, on a thread of its own: calls that wait for the broker (`open`, `declare`, `consume`,
/// `cancel`, …) hold that thread for at most `requestTimeout`, nobody else.
///
/// `publish` and `settle` never wait for the socket. Any error of the library ends the connection: every publisher
/// is answered `unconfirmed`, `events` ends with `.closed`. Close it explicitly: an open one keeps itself alive.
@safe
package actor AMQPConnection {
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe reactor.asUnownedSerialExecutor() }

    package nonisolated let endpoint: AMQPEndpoint
    package nonisolated let counters: AMQPCounters
    /// What the connection tells; one reader.
    ///
    /// Bounded by the consumers' prefetch.
    package nonisolated let events: AsyncStream<AMQPEvent>

    nonisolated let id: UInt32
    nonisolated let reactor: ReactorThread
    nonisolated let outbox = SettleOutbox()
    let name: String
    let settings: AMQPSettings
    let logger: Logger
    let sink: @Sendable (AMQPEvent) -> Void

    var state = State.opening
    var channels = ChannelBook(numberMax: 1)
    var controlChannel: UInt16?
    var publishChannel: UInt16?
    var queue = PublishQueue()
    var isBlocked = false
    var closers: [CheckedContinuation<AMQPError, Never>] = []
    var drainDeadline: ContinuousClock.Instant?
    var lastHeard = ContinuousClock.now
    var lastSent = ContinuousClock.now

    private var watch: WatchToken?
    private var watchesWritable = false
    private var turn: TurnToken?
    private var timer: TimerToken?
    private var scratch: [Settlement] = []
    private var plan = SettlementPlan()

    enum State {
        /// → open, closed
        case opening
        /// → closed; closing is an open connection with a `drainDeadline`
        case open(BrokerHandle)
        case closed(AMQPError)
    }

    /// Connects and logs in; the heartbeat is at least 1 s.
    ///
    /// The name is shown by the broker's own tools; its first ten letters name the thread.
    package static func open(
        _ endpoint: AMQPEndpoint,
        name: String,
        heartbeat: Duration = .seconds(20),
        logger: Logger
    ) async throws(AMQPError) -> AMQPConnection {
        var settings = AMQPSettings()
        settings.heartbeat = heartbeat
        return try await open(endpoint, name: name, settings: settings, logger: logger)
    }

    package static func open(
        _ endpoint: AMQPEndpoint,
        name: String,
        settings: AMQPSettings,
        logger: Logger
    ) async throws(AMQPError) -> AMQPConnection {
        let (stream, continuation) = AsyncStream<AMQPEvent>.makeStream()
        let connection = AMQPConnection(endpoint, name, settings, AMQPCounters(), logger, events: stream) { event in
            continuation.yield(event)
            if case .closed = event { continuation.finish() }
        }
        try await connection.connect()
        return connection
    }

    /// For a session: `sink` is called on the connection's thread and must not wait.
    static func open(
        _ endpoint: AMQPEndpoint,
        name: String,
        settings: AMQPSettings,
        counters: AMQPCounters,
        logger: Logger,
        sink: @escaping @Sendable (AMQPEvent) -> Void
    ) async throws(AMQPError) -> AMQPConnection {
        let connection = AMQPConnection(endpoint, name, settings, counters, logger, events: AsyncStream { $0.finish() }, sink: sink)
        try await connection.connect()
        return connection
    }

    private init(
        _ endpoint: AMQPEndpoint,
        _ name: String,
        _ settings: AMQPSettings,
        _ counters: AMQPCounters,
        _ logger: Logger,
        events: AsyncStream<AMQPEvent>,
        sink: @escaping @Sendable (AMQPEvent) -> Void
    ) {
        self.endpoint = endpoint
        self.name = name
        self.settings = settings
        self.counters = counters
        self.logger = logger
        self.events = events
        self.sink = sink
        id = lastConnection.wrappingAdd(1, ordering: .relaxed).newValue
        reactor = ReactorThread(
            name: "amqp-\(name.unicodeScalars.filter(\.isASCII).prefix(10).map(String.init).joined())",
            stackBytes: Int(FLOTILLA_AMQP_STACK_BYTES)
        )
    }

    /// Nobody can call the actor any more, so nothing will be enqueued on its thread.
    deinit {
        reactor.stop()
    }

    // MARK: Opening

    private func connect() throws(AMQPError) {
        do {
            let handle = try BrokerHandle(endpoint, name: name, settings: settings)
            state = .open(handle)
            channels = ChannelBook(numberMax: handle.channelMax)
            try register(handle)
            logger.debug("connected", metadata: ["amqp.endpoint": "\(endpoint)", "amqp.name": "\(name)"])
        } catch {
            let reason = openingError(error)
            fail(reason)
            throw reason
        }
    }

    private func openingError(_ error: BrokerFailure) -> AMQPError {
        let failure = failure("connect", error, connectionLost: true)
        return error.scope == .FLOTILLA_AMQP_SCOPE_LIBRARY ? .unreachable(failure) : .refusal(failure, atLogin: true)
    }

    /// Closures given to the reactor hold the connection; `fail` lets go of them.
    private func register(_ handle: BrokerHandle) throws(BrokerFailure) {
        do {
            watch = try reactor.watch(handle.descriptor, for: .readable) { readiness in
                self.assumeIsolated { $0.socketReady(readiness) }
            }
        } catch {
            throw BrokerFailure(scope: .FLOTILLA_AMQP_SCOPE_LIBRARY, text: "\(error)")
        }
        turn = reactor.everyTurn { self.assumeIsolated { $0.endOfTurn() } }
        scheduleTick()
    }

    private func scheduleTick() {
        let third = (handle?.heartbeat ?? .seconds(3)) / 3
        timer = reactor.schedule(after: min(third, .seconds(1))) { self.assumeIsolated { $0.tick() } }
    }

    var handle: BrokerHandle? {
        if case .open(let handle) = state { handle } else { nil }
    }

    // MARK: The thread's turns

    private func socketReady(_ readiness: Readiness) {
        if readiness.readable {
            lastHeard = .now
            pump()
        }
        if readiness.writable { flush() }
    }

    /// Everything that was posted or encoded in this turn goes out with one call of the socket.
    private func endOfTurn() {
        writePostedSettlements()
        sendWaiting()
        flush()
    }

    private func tick() {
        guard handle != nil else { return }
        pump()
        watchOver(now: .now)
        if handle != nil { scheduleTick() }
    }

    /// Sends what is encoded; a socket that takes no more is watched until it does.
    func flush() {
        guard let handle, handle.pendingBytes > 0 else { return }
        do {
            let isAllSent = try handle.flush()
            lastSent = .now
            if watchesWritable == isAllSent, let watch {
                watchesWritable = !isAllSent
                try? reactor.change(watch, to: isAllSent ? .readable : [.readable, .writable])
            }
        } catch {
            lose("send", error)
        }
    }

    /// Encodes the settlements that were posted so far.
    func writePostedSettlements() {
        guard let handle else { return }
        outbox.swap(with: &scratch)
        guard !scratch.isEmpty else { return }
        let now = ContinuousClock.now
        var known = 0
        for settlement in scratch where settlement.tag.connection == id && channels.settle(settlement.tag, now: now) {
            plan.add(settlement)
            known += 1
        }
        let stale = scratch.count - known
        counters.add {
            $0.settled += known
            $0.staleSettlements += stale
        }
        scratch.removeAll(keepingCapacity: true)
        handle.settle(plan.finish { channels.lowestOpen(on: $0) }.map(flotilla_amqp_settlement.init))
    }

    // MARK: The end

    func lose(_ operation: String, _ error: BrokerFailure) {
        let failure = failure(operation, error, connectionLost: true)
        fail(error.scope == .FLOTILLA_AMQP_SCOPE_CONNECTION ? .refusal(failure, atLogin: false) : .connectionLost(failure))
    }

    /// The one way out.
    ///
    /// Everybody who waits is answered, exactly once.
    func fail(_ reason: AMQPError, politely: Bool = false) {
        if case .closed = state { return }
        let handle = handle
        state = .closed(reason)
        if let watch { reactor.unwatch(watch) }
        if let turn { reactor.remove(turn) }
        if let timer { reactor.cancel(timer) }
        (watch, turn, timer) = (nil, nil, nil)
        handle?.close(politely: politely)
        let unconfirmed = queue.failAll(.connectionLost(reason))
        outbox.swap(with: &scratch)
        let stale = scratch.count
        scratch = []
        counters.add {
            $0.unconfirmed += unconfirmed
            $0.staleSettlements += stale
        }
        logger.debug("connection ended", metadata: ["amqp.name": "\(name)", "amqp.reason": "\(reason)"])
        sink(.closed(reason))
        for closer in closers { closer.resume(returning: reason) }
        closers = []
    }

    func failure(_ operation: String, _ error: BrokerFailure, connectionLost: Bool) -> AMQPFailure {
        AMQPFailure(
            operation: operation,
            endpoint: endpoint.description,
            code: error.code,
            text: error.text,
            connectionLost: connectionLost
        )
    }
}

private let lastConnection = Atomic<UInt32>(0)

extension flotilla_amqp_settlement {
    init(_ line: SettlementPlan.Line) {
        let verdict: flotilla_amqp_verdict =
            switch line.verdict {
            case .ack: .FLOTILLA_AMQP_VERDICT_ACK
            case .reject(let requeue): requeue ? .FLOTILLA_AMQP_VERDICT_REQUEUE : .FLOTILLA_AMQP_VERDICT_REJECT
            }
        self.init(tag: line.tag, channel: line.channel, verdict: verdict, multiple: line.multiple)
    }
}
