internal import CLibPQ
internal import Logging
internal import Reactor
internal import Synchronization

/// One connection to a PostgreSQL server, pinned on a reactor thread.
///
/// It carries out one round trip at a time, in the order of the calls; a cancelled call cancels its statement on the
/// server, and the connection is used again once the server is idle.
@safe
package actor PostgresConnection {
    package nonisolated let endpoint: PostgresEndpoint
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe reactor.asUnownedSerialExecutor() }

    /// Calls that may wait for their turn on one connection.
    static let queueMax = 16_384
    /// How long the server may take to answer a cancelled statement.
    static let cancelGrace = Duration.seconds(5)
    /// The server's statement timeout comes first; this much later we give the connection up.
    static let answerGrace = Duration.seconds(5)

    nonisolated let reactor: ReactorThread
    let settings: PostgresSettings
    private let blockingPool: BlockingPool
    private let logger: Logger
    private var handle: OpaquePointer?
    private var state = State.idle
    private var watch: WatchToken?
    private var interest: Interest = []
    private var mustFlush = false
    private var cache = StatementCache()
    private var exchange: PostgresExchange?
    private var lastNumber: UInt64 = 0
    private var isTurnTaken = false
    private var queue: [CheckedContinuation<Void, Never>] = []
    private var queueHead = 0
    private var connectWaiter: CheckedContinuation<Result<Void, PostgresError>, Never>?
    private var endWaiters: [CheckedContinuation<PostgresError, Never>] = []
    private var notified: ((_ channel: String, _ payload: String) -> Void)?
    private nonisolated let reusable = Atomic<Bool>(false)

    private enum State {
        /// → connecting
        case idle
        /// → open | ended
        case connecting
        /// → ended
        case open
        case ended(PostgresError)
    }

    init(
        endpoint: PostgresEndpoint,
        reactor: ReactorThread,
        blockingPool: BlockingPool,
        logger: Logger,
        settings: PostgresSettings
    ) {
        self.endpoint = endpoint
        self.reactor = reactor
        self.blockingPool = blockingPool
        self.logger = logger
        self.settings = settings
    }

    // MARK: Life

    /// Connects and signs in with the parameters of `PQconnectStartParams`; the host must be resolved already.
    func connect(with parameters: [(name: String, value: String)], within timeout: Duration) async throws(PostgresError) {
        guard case .idle = state else { preconditionFailure("a connection connects once") }
        let names = CStrings(parameters.map(\.name))
        let values = CStrings(parameters.map(\.value))
        unsafe handle = names.withPointers { names in unsafe values.withPointers { unsafe PQconnectStartParams(names, $0, 0) } }
        guard let handle = unsafe handle else { throw .refused(endpoint: endpoint.description, reason: "out of memory") }
        unsafe flotilla_pg_drop_notices(handle)
        state = .connecting
        let limit = reactor.schedule(after: timeout) {
            self.stopConnecting(because: .timedOut(operation: "connect to \(self.endpoint)", after: timeout))
        }
        let isBad = unsafe PQstatus(handle) == CONNECTION_BAD
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                connectWaiter = continuation
                if isBad {
                    end(.refused(endpoint: endpoint.description, reason: lastMessage))
                } else {
                    // The manual: behave at first as if the poll had asked for writing.
                    watchConnecting(for: .writable)
                }
            }
        } onCancel: {
            reactor.post { self.assumeIsolated { $0.stopConnecting(because: .cancelled) } }
        }
        reactor.cancel(limit)
        try result.get()
    }

    /// Closes at once; who waits gets `.closed`.
    package func close() {
        end(.closed(reason: "closed by us"))
    }

    /// Closes soon, from any thread.
    nonisolated func closeSoon() {
        reactor.post { self.assumeIsolated { $0.close() } }
    }

    /// Waits for the end of the connection and tells its reason.
    func ended() async -> PostgresError {
        if case .ended(let error) = state { return error }
        return await withCheckedContinuation { endWaiters.append($0) }
    }

    /// Whether the connection stands and no transaction is open.
    ///
    /// Any thread.
    nonisolated var isReusable: Bool { reusable.load(ordering: .acquiring) }

    /// Ends an open transaction, so that the next caller finds a fresh session.
    /// - Returns: whether the connection can be used again.
    func makeReusable() async -> Bool {
        if !isReusable, case .open = state { _ = await perform(.rollback, timeout: Self.cancelGrace) }
        return isReusable
    }

    // MARK: Statements

    /// Runs one statement, prepared at its first use on this connection.
    /// - Throws: `.server` with the SQLSTATE; `.cancelled` when the task was cancelled and the server obeyed.
    package nonisolated func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws(PostgresError) -> PostgresResult {
        let request = try PostgresRequest([(sql, parameters)], transaction: false)
        guard let result = try await run(request).first else { throw .closed(reason: "the statement gave no result") }
        return result
    }

    /// Runs statements in one round trip, all or none; the results are in their order.
    ///
    /// Without `transaction` the server brackets them itself; with it they are carried out between BEGIN and COMMIT, and
    /// a connection lost on the way is `.commitUnknown`.
    package nonisolated func pipeline(
        _ statements: [(sql: String, parameters: [PostgresValue])],
        transaction: Bool = false
    ) async throws(PostgresError) -> [PostgresResult] {
        if statements.isEmpty { return [] }
        let request = try PostgresRequest(statements, transaction: transaction)
        do {
            return try await run(request)
        } catch {
            if transaction { _ = await makeReusable() }
            throw error
        }
    }

    /// Runs a text of several statements without parameters, as migrations have them; results are dropped.
    ///
    /// The server carries out the text as one transaction unless it brackets itself.
    package func script(_ sql: String, timeout: Duration = .seconds(600)) async throws(PostgresError) {
        guard !sql.utf8.contains(0) else { throw .invalidRequest(reason: "a script must not contain a zero byte") }
        _ = try await takingTurn(isCancellable: true, name: "script", commits: false, timeout: timeout) { exchange in
            exchange.owed = [.script]
            return unsafe PQexitPipelineMode(handle) != 0 && PQsendQuery(handle, sql) != 0
        }.get()
    }

    /// Opens a transaction; `commit` or `rollback` end it.
    package func begin(_ isolation: PostgresIsolation = .readCommitted) async throws(PostgresError) {
        try await finish(.begin(isolation))
    }

    /// - Throws: `.commitUnknown` when the connection was lost on the way; `.abandoned` when the transaction had failed before.
    package func commit() async throws(PostgresError) {
        try await finish(.commit)
    }

    package func rollback() async throws(PostgresError) {
        try await finish(.rollback)
    }

    private func finish(_ request: PostgresRequest) async throws(PostgresError) {
        _ = try await perform(request, timeout: settings.statementTimeout + Self.answerGrace).get()
    }

    private func run(_ request: PostgresRequest) async throws(PostgresError) -> [PostgresResult] {
        try await perform(request, timeout: settings.statementTimeout + Self.answerGrace).get()
    }

    private func perform(_ request: PostgresRequest, timeout: Duration) async -> PostgresExchange.Outcome {
        let name = request.statements.first.map { String($0.sql.prefix(60)) } ?? ""
        return await takingTurn(
            isCancellable: request.isCancellable,
            name: name,
            commits: request.commits,
            timeout: timeout
        ) { exchange in
            for statement in request.statements where !send(statement, owed: &exchange.owed) { return false }
            return unsafe PQpipelineSync(handle) != 0
        }
    }

    // MARK: Notifications

    /// Subscribes the session to a channel; `body` runs on the reactor thread.
    func listen(on channel: String, _ body: @escaping @Sendable (_ payload: String) -> Void) async throws(PostgresError) {
        notified = { name, payload in if name == channel { body(payload) } }
        let quoted = "\"" + channel.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        _ = try await query("LISTEN \(quoted)")
    }

    // MARK: One round trip at a time

    private func takingTurn(
        isCancellable: Bool,
        name: String,
        commits: Bool,
        timeout: Duration,
        _ send: (inout PostgresExchange) -> Bool
    ) async -> PostgresExchange.Outcome {
        guard await takeTurn() else { return .failure(.tooManyWaiting(max: Self.queueMax)) }
        defer { passTurn() }
        switch state {
        case .open: break
        case .idle, .connecting: return .failure(.closed(reason: "not open"))
        case .ended(let error): return .failure(error)
        }
        if isCancellable, Task.isCancelled { return .failure(.cancelled) }
        lastNumber += 1
        let number = lastNumber
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                var exchange = PostgresExchange(number: number, name: name, commits: commits, continuation: continuation)
                exchange.deadline = reactor.schedule(after: timeout) { self.giveUp(number, after: timeout) }
                reusable.store(false, ordering: .releasing)
                let isSent = send(&exchange)
                self.exchange = exchange
                if isSent { flush() } else { end(.closed(reason: lastMessage)) }
            }
        } onCancel: {
            guard isCancellable else { return }
            reactor.post { self.assumeIsolated { $0.cancel(number) } }
        }
    }

    private func takeTurn() async -> Bool {
        if !isTurnTaken {
            isTurnTaken = true
            return true
        }
        guard queue.count - queueHead < Self.queueMax else { return false }
        await withCheckedContinuation { queue.append($0) }
        return true
    }

    private func passTurn() {
        guard queueHead < queue.count else {
            isTurnTaken = false
            return
        }
        let next = queue[queueHead]
        queueHead += 1
        if queueHead == queue.count || queueHead >= 1024 {
            queue.removeFirst(queueHead)
            queueHead = 0
        }
        next.resume()
    }

    private func send(_ statement: PostgresRequest.Statement, owed: inout [PostgresExchange.Owed]) -> Bool {
        let key = statement.key
        var name = cache.name(of: key)
        let isPending = owed.contains { if case .preparation(key, _) = $0 { true } else { false } }
        if name == nil, !statement.isBracket, !isPending, let fresh = cache.freshName() {
            let count = Int32(key.types.count)
            guard unsafe PQsendPrepare(handle, fresh, statement.sql, count, key.types) != 0 else { return false }
            owed.append(.preparation(key, name: fresh))
            name = fresh
        }
        owed.append(.statement(key, isBracket: statement.isBracket))
        return unsafe statement.parameters.withPointers { count, values, lengths, formats in
            if let name {
                unsafe PQsendQueryPrepared(handle, name, count, values, lengths, formats, 1) != 0
            } else {
                unsafe PQsendQueryParams(handle, statement.sql, count, key.types, values, lengths, formats, 1) != 0
            }
        }
    }

    /// Ends the round trip when everything owed has come and no cancel request can hit the next one.
    private func completeIfDone() {
        guard let done = exchange, done.isAnswered, done.cancel != .underWay else { return }
        exchange = nil
        if let deadline = done.deadline { reactor.cancel(deadline) }
        if case .script? = done.owed.first, unsafe PQenterPipelineMode(handle) == 0 {
            end(.closed(reason: lastMessage))
        } else {
            reusable.store(unsafe PQtransactionStatus(handle) == PQTRANS_IDLE, ordering: .releasing)
        }
        done.continuation.resume(returning: done.outcome)
    }

    // MARK: Cancel and timeouts

    private func cancel(_ number: UInt64) {
        guard exchange?.number == number, exchange?.isAnswered == false, exchange?.cancel == .notAsked else { return }
        guard let handle = unsafe handle, let ticket = unsafe CancelTicket(for: handle) else { return }
        exchange?.cancel = .underWay
        _ = reactor.schedule(after: Self.cancelGrace) { self.giveUp(number, after: Self.cancelGrace) }
        // Unstructured: PQcancel blocks, so it runs elsewhere; the exchange waits for its end before the next one starts.
        Task { [blockingPool, logger, reactor] in
            do {
                if let failure = try await blockingPool.run({ ticket.send() }) {
                    logger.warning("PostgreSQL did not take a cancel request", metadata: ["error": "\(failure)"])
                }
            } catch {
                logger.warning("no thread for a PostgreSQL cancel request", metadata: ["error": "\(error)"])
            }
            // A frozen server holds the request back, perhaps for longer than the thread lives.
            reactor.postUnlessEnded { self.assumeIsolated { $0.cancelWasSent(number) } }
        }
    }

    private func cancelWasSent(_ number: UInt64) {
        guard exchange?.number == number else { return }
        exchange?.cancel = .sent
        completeIfDone()
    }

    private func giveUp(_ number: UInt64, after timeout: Duration) {
        guard let exchange, exchange.number == number else { return }
        end(.timedOut(operation: exchange.name, after: timeout))
    }

    private func stopConnecting(because error: PostgresError) {
        guard case .connecting = state else { return }
        end(error)
    }

    // MARK: The library

    private var lastMessage: String {
        let text = unsafe PQerrorMessage(handle).map { unsafe String(cString: $0) } ?? ""
        return text.isEmpty ? "the connection was lost" : String(text.split(separator: "\n").joined(separator: "; "))
    }

    private func watchConnecting(for interest: Interest) {
        do {
            watch = try reactor.watch(unsafe PQsocket(handle), for: interest) { _ in self.pollConnecting() }
        } catch {
            end(.refused(endpoint: endpoint.description, reason: "\(error)"))
        }
    }

    private func pollConnecting() {
        // The library may close the socket and open another: the watch is made anew after each step.
        if let watch { reactor.unwatch(watch) }
        watch = nil
        switch unsafe PQconnectPoll(handle) {
        case PGRES_POLLING_READING: watchConnecting(for: .readable)
        case PGRES_POLLING_WRITING: watchConnecting(for: .writable)
        case PGRES_POLLING_OK: open()
        default: end(.refused(endpoint: endpoint.description, reason: lastMessage))
        }
    }

    private func open() {
        guard unsafe PQsetnonblocking(handle, 1) == 0 && PQenterPipelineMode(handle) != 0 else {
            return end(.refused(endpoint: endpoint.description, reason: lastMessage))
        }
        let descriptor = unsafe PQsocket(handle)
        boundSilence(ofSocket: descriptor, to: settings.silenceMax)
        do {
            watch = try reactor.watch(descriptor, for: .readable) { readiness in self.handleReady(readiness) }
            interest = .readable
        } catch {
            return end(.refused(endpoint: endpoint.description, reason: "\(error)"))
        }
        state = .open
        reusable.store(true, ordering: .releasing)
        connectWaiter?.resume(returning: .success(()))
        connectWaiter = nil
    }

    private func handleReady(_ readiness: Readiness) {
        if readiness.readable {
            let isAlive = unsafe PQconsumeInput(handle) != 0
            receive()
            if !isAlive { return end(.closed(reason: lastMessage)) }
        }
        if mustFlush, unsafe handle != nil { flush() }
    }

    /// Sends what waits; while some is left both directions are watched, and reading comes first.
    private func flush() {
        let left = unsafe PQflush(handle)
        guard left >= 0 else { return end(.closed(reason: lastMessage)) }
        mustFlush = left > 0
        let wanted: Interest = mustFlush ? [.readable, .writable] : .readable
        guard let watch, wanted != interest else { return }
        do {
            try reactor.change(watch, to: wanted)
            interest = wanted
        } catch {
            end(.closed(reason: "\(error)"))
        }
    }

    /// Takes what has come: results of the round trip under way, then notifications.
    private func receive() {
        while exchange?.isAnswered == false, unsafe PQisBusy(handle) == 0 {
            if let result = unsafe PQgetResult(handle) {
                let taken = unsafe ResultHandle(taking: result)
                // The library would answer COPY for ever.
                if taken.isCopy { return end(.invalidRequest(reason: "COPY is not supported")) }
                exchange?.take(taken, into: &cache)
            } else {
                exchange?.takeEnd()
            }
            if unsafe PQstatus(handle) == CONNECTION_BAD { return end(.closed(reason: lastMessage)) }
        }
        while let notification = unsafe PQnotifies(handle) {
            notified?(unsafe String(cString: notification.pointee.relname), unsafe String(cString: notification.pointee.extra))
            unsafe PQfreemem(notification)
        }
        completeIfDone()
    }

    private func end(_ error: PostgresError) {
        guard unsafe handle != nil else { return }
        if let watch { reactor.unwatch(watch) }
        watch = nil
        unsafe PQfinish(handle)
        unsafe handle = nil
        state = .ended(error)
        reusable.store(false, ordering: .releasing)
        if let exchange {
            self.exchange = nil
            if let deadline = exchange.deadline { reactor.cancel(deadline) }
            exchange.continuation.resume(returning: .failure(exchange.commits ? .commitUnknown(reason: "\(error)") : error))
        }
        connectWaiter?.resume(returning: .failure(error))
        connectWaiter = nil
        for waiter in endWaiters { waiter.resume(returning: error) }
        endWaiters = []
    }
}
