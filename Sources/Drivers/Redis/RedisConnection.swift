internal import CHiredis
internal import Logging
internal import Reactor
internal import Synchronization

/// One connection to a Redis server, pinned on a reactor thread.
///
/// Commands of one turn of the thread leave in one write. A cancelled or late command stays in the pipeline;
/// its reply is dropped, the connection survives.
@safe
package actor RedisConnection {
    package nonisolated let endpoint: RedisEndpoint
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe reactor.asUnownedSerialExecutor() }

    private nonisolated let reactor: ReactorThread
    private nonisolated let standing = Atomic<Bool>(false)
    private let settings: RedisSettings
    private let mailbox = RedisMailbox()
    private var ledger: ReplyLedger<RedisWaiter>
    private var context: UnsafeMutablePointer<redisAsyncContext>?
    private var state = State.idle
    private var descriptor: Int32 = -1
    private var watch: WatchToken?
    private var interest: Interest = []
    private var turn: TurnToken?
    private var sweep: (timer: TimerToken, deadline: UInt64)?
    private var connectWaiter: CheckedContinuation<Result<Void, RedisError>, Never>?
    private var endWaiters: [CheckedContinuation<RedisError, Never>] = []

    private enum State {
        /// → connecting
        case idle
        /// → open | ended
        case connecting
        /// → closing | ended
        case open
        /// Waits for outstanding replies; → ended
        case closing
        case ended(RedisError)
    }

    init(endpoint: RedisEndpoint, reactor: ReactorThread, settings: RedisSettings) {
        self.endpoint = endpoint
        self.reactor = reactor
        self.settings = settings
        ledger = ReplyLedger(inFlightMax: settings.inFlightMax)
    }

    // MARK: Life

    /// Connects to one numeric address, without AUTH.
    func connect(to address: String, within timeout: Duration) async throws(RedisError) {
        guard case .idle = state else { preconditionFailure("a connection connects once") }
        guard let fresh = unsafe redisAsyncConnect(address, Int32(endpoint.port)) else {
            throw .refused(endpoint: endpoint.description, reason: "out of memory")
        }
        guard unsafe fresh.pointee.err == 0 else {
            let reason = unsafe String(cString: flotilla_redis_failure(fresh))
            unsafe redisAsyncFree(fresh)
            throw .refused(endpoint: endpoint.description, reason: reason)
        }
        unsafe context = fresh
        descriptor = unsafe fresh.pointee.c.fd
        boundSilence(ofSocket: descriptor, to: settings.silenceMax)
        unsafe mailbox.attach(to: fresh)
        do {
            watch = try reactor.watch(descriptor, for: .writable) { readiness in self.handle(readiness) }
            interest = .writable
        } catch {
            unsafe context = nil
            unsafe redisAsyncFree(fresh)
            throw .refused(endpoint: endpoint.description, reason: "\(error)")
        }
        turn = reactor.everyTurn { self.flush() }
        state = .connecting

        let limit = reactor.schedule(after: timeout) {
            self.stopConnecting(because: .timedOut(operation: "connect to \(self.endpoint)", after: timeout))
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { connectWaiter = $0 }
        } onCancel: {
            reactor.post { self.assumeIsolated { $0.stopConnecting(because: .cancelled) } }
        }
        reactor.cancel(limit)
        try result.get()
    }

    /// Lets outstanding replies come for a second, then closes.
    ///
    /// Returns when the descriptor is closed.
    package func close() async {
        guard let context = unsafe context else { return }
        if case .open = state {
            state = .closing
            standing.store(false, ordering: .releasing)
            unsafe redisAsyncDisconnect(context)
            settle()
        }
        guard unsafe self.context != nil else { return }
        let limit = reactor.schedule(after: .seconds(1)) { self.abort(.closed(reason: "closed by us")) }
        _ = await ended()
        reactor.cancel(limit)
    }

    /// Whether commands may be sent.
    ///
    /// Any thread.
    nonisolated var isOpen: Bool { standing.load(ordering: .acquiring) }

    /// Waits for the end of the connection and tells its reason.
    func ended() async -> RedisError {
        if case .ended(let error) = state { return error }
        return await withCheckedContinuation { endWaiters.append($0) }
    }

    // MARK: Commands

    /// Sends one command and waits for its reply.
    /// - Throws: `.server` when the reply is an error.
    package func command(_ arguments: [RedisArgument], timeout: Duration? = nil) async throws(RedisError) -> RedisValue {
        try await send(RedisRequest([arguments]), timeout: timeout ?? settings.commandTimeout)
    }

    /// Sends a request of one command.
    func send(_ request: RedisRequest, timeout: Duration) async throws(RedisError) -> RedisValue {
        try requireRoom(for: 1)
        let ticket = ledger.nextTicket
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                submit(request, timeout: timeout) { _ in .single(continuation) }
            }
        } onCancel: {
            reactor.post { self.assumeIsolated { $0.abandon(ticket..<ticket + 1) } }
        }
        return try Self.distinguish(result, name: request.name, timeout: timeout).get()
    }

    /// Sends pipelined commands in one piece; every one has its own result.
    func sendAll(_ request: RedisRequest, timeout: Duration) async -> [Result<RedisValue, RedisError>] {
        let count = request.commands.count
        guard count > 0 else { return [] }
        do { try requireRoom(for: count) } catch { return Array(repeating: .failure(error), count: count) }
        let first = ledger.nextTicket
        let results = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let batch = RedisBatch(count: count, continuation: continuation)
                submit(request, timeout: timeout) { .part(of: batch, index: $0) }
            }
        } onCancel: {
            reactor.post { self.assumeIsolated { $0.abandon(first..<first + UInt(count)) } }
        }
        return results.map { Self.distinguish($0, name: request.name, timeout: timeout) }
    }

    /// Outstanding replies.
    var inFlight: Int { ledger.inFlight }

    private func requireRoom(for count: Int) throws(RedisError) {
        switch state {
        case .open: break
        case .idle, .connecting, .closing: throw .closed(reason: "not open")
        case .ended(let error): throw error
        }
        guard ledger.hasRoom(for: count) else { throw .busy(inFlightMax: settings.inFlightMax) }
    }

    private func submit(_ request: RedisRequest, timeout: Duration, waiter: (Int) -> RedisWaiter) {
        guard let context = unsafe context else { preconditionFailure("an open connection has a context") }
        let deadline = monotonicNanoseconds() &+ timeout.wholeNanoseconds
        var refused = false
        unsafe request.bytes.withUnsafeBytes { bytes in
            guard let base = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
            for (index, range) in request.commands.enumerated() {
                let ticket = ledger.admit(waiter(index), deadline: deadline)
                let status = unsafe redisAsyncFormattedCommand(
                    context,
                    redisAnswered,
                    UnsafeMutableRawPointer(bitPattern: ticket),
                    base + range.lowerBound,
                    range.count
                )
                if status != REDIS_OK { refused = true }
            }
        }
        // Nothing will answer a refused command, so the order of tickets is lost.
        if refused { return abort(.closed(reason: "the library refused a command")) }
        scheduleSweep()
    }

    private func abandon(_ tickets: Range<UInt>) {
        for ticket in tickets { ledger.abandon(ticket)?.resume(with: .failure(.cancelled)) }
    }

    /// Turns an error reply into a failure, and gives a timeout its name.
    private static func distinguish(
        _ result: Result<RedisValue, RedisError>,
        name: String,
        timeout: Duration
    ) -> Result<RedisValue, RedisError> {
        switch result {
        case .success(.error(let message)): .failure(.server(message: message))
        case .failure(.timedOut): .failure(.timedOut(operation: name, after: timeout))
        case .success, .failure: result
        }
    }

    // MARK: Timeouts

    private func scheduleSweep() {
        guard let deadline = ledger.nextDeadline, deadline < sweep?.deadline ?? .max else { return }
        if let sweep { reactor.cancel(sweep.timer) }
        let now = monotonicNanoseconds()
        let delay = Duration.nanoseconds(Int64(clamping: deadline > now ? deadline - now : 0))
        let timer = reactor.schedule(after: delay) { self.runSweep() }
        sweep = (timer, deadline)
    }

    private func runSweep() {
        sweep = nil
        for waiter in ledger.expire(now: monotonicNanoseconds()) {
            waiter.resume(with: .failure(.timedOut(operation: "", after: .zero)))
        }
        scheduleSweep()
    }

    private func stopConnecting(because error: RedisError) {
        guard case .connecting = state else { return }
        abort(error)
    }

    // MARK: The library

    /// Once a turn: what was appended leaves in one write.
    private func flush() {
        guard case .open = state, mailbox.wantsWrite, let context = unsafe context else { return }
        unsafe redisAsyncHandleWrite(context)
        settle(wrote: true)
    }

    private func handle(_ readiness: Readiness) {
        if readiness.readable, let context = unsafe context {
            unsafe redisAsyncHandleRead(context)
            settle()
        }
        if readiness.writable, let context = unsafe context {
            unsafe redisAsyncHandleWrite(context)
            settle(wrote: true)
        }
    }

    /// Frees the context at once; who waits gets `error`.
    private func abort(_ error: RedisError) {
        guard let context = unsafe context else { return }
        unsafe redisAsyncFree(context)
        settle(because: error)
    }

    /// After every call into the library: does what its callbacks left in the mailbox.
    private func settle(because error: RedisError? = nil, wrote: Bool = false) {
        if let status = mailbox.connectStatus {
            mailbox.connectStatus = nil
            if status == REDIS_OK, !mailbox.isFreed {
                state = .open
                standing.store(true, ordering: .releasing)
                connectWaiter?.resume(returning: .success(()))
                connectWaiter = nil
            }
        }
        let replies = mailbox.replies
        mailbox.replies.removeAll(keepingCapacity: replies.count < 4096)
        // After the end the ledger fails everybody at once, in `end`.
        for reply in replies {
            guard let value = reply.value else { continue }
            ledger.resolve(reply.ticket)?.resume(with: .success(value))
        }
        if mailbox.isFreed {
            end(error ?? reasonOfEnd())
        } else {
            updateInterest(wrote: wrote)
        }
    }

    private func reasonOfEnd() -> RedisError {
        let text = mailbox.failure ?? "closed by us"
        if mailbox.failedProtocol { return .protocolViolation(reason: text) }
        if case .connecting = state { return .refused(endpoint: endpoint.description, reason: text) }
        return .closed(reason: text)
    }

    private func end(_ error: RedisError) {
        guard unsafe context != nil else { return }
        unsafe context = nil
        state = .ended(error)
        standing.store(false, ordering: .releasing)
        if let watch { reactor.unwatch(watch) }
        if let turn { reactor.remove(turn) }
        if let sweep { reactor.cancel(sweep.timer) }
        (watch, turn, sweep) = (nil, nil, nil)
        for waiter in ledger.failAll() { waiter.resume(with: .failure(error)) }
        connectWaiter?.resume(returning: .failure(error))
        connectWaiter = nil
        for waiter in endWaiters { waiter.resume(returning: error) }
        endWaiters = []
    }

    /// Registers what the library wants.
    ///
    /// A write it wants is tried at the end of the turn before the socket is watched.
    private func updateInterest(wrote: Bool) {
        guard let watch else { return }
        var wanted: Interest = mailbox.wantsRead ? .readable : []
        if mailbox.wantsWrite, wrote || interest.contains(.writable) { wanted.insert(.writable) }
        guard wanted != interest else { return }
        do {
            try reactor.change(watch, to: wanted)
            interest = wanted
        } catch {
            abort(.closed(reason: "\(error)"))
        }
    }
}
