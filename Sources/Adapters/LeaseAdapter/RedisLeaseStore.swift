package import Domain
package import Logging
package import Reactor
package import Redis

/// Leases in Redis: the domain's five questions as scripts on one server.
package final class RedisLeaseStore: Sendable {
    package struct Settings: Sendable {
        /// No answer within this is *silent*, 100 ms…10 s.
        package var answerLimit: Duration = .seconds(1)
        /// How long the next holder keeps quiet after a lease that did not end cleanly, 0…60 s.
        package var quietGap: Duration = .seconds(7)
        /// How long nothing is granted after the server forgot: the longest span that leases are asked for, 0…10 min.
        package var barrierSpan: Duration = .seconds(30)
        /// Connection, pauses, bounds.
        package var redis = RedisSettings(clientName: "flotilla-leases")

        package init() {}
    }

    let client: RedisClient
    let settings: Settings
    let logger: Logger
    private let serverRun: ServerRun

    /// Does nothing until `start`.
    package init(
        endpoint: RedisEndpoint,
        reactor: ReactorThread,
        blockingPool: BlockingPool,
        logger: Logger,
        settings: Settings = Settings()
    ) {
        self.settings = settings
        self.logger = logger
        let serverRun = ServerRun()
        self.serverRun = serverRun
        client = RedisClient(
            endpoint: endpoint,
            reactor: reactor,
            blockingPool: blockingPool,
            logger: logger,
            settings: settings.redis,
            onConnect: { connection throws(RedisError) in serverRun.note(try await LeaseServerCheck.run(connection)) }
        )
    }

    /// Connects and checks the server; from then on the connection is made again by itself, and checked each time.
    ///
    /// - Throws: `.unsuitable` when the server cannot keep leases, `.unreachable` when there is none in time.
    package func start(within limit: Duration = .seconds(10)) async throws(LeaseServerFault) {
        await client.start()
        let deadline = ContinuousClock.now + limit
        while true {
            do throws(RedisError) {
                return try await client.waitUntilConnected(within: .milliseconds(200))
            } catch {
                if case .server(let message) = error, message.hasPrefix(LeaseServerCheck.code) { throw .unsuitable(reason: message) }
                guard ContinuousClock.now < deadline, error != .cancelled else { throw .unreachable(reason: error.description) }
            }
        }
    }

    package func close() async {
        await client.close()
    }

    /// Asks the server for a sign of life, and whether it still writes: one without memory answers everything but a grant.
    ///
    /// - Returns: why it cannot be used now; `nil`: it can.
    package func complaint() async -> String? {
        do throws(RedisError) {
            _ = try await client.evaluate(LeaseScripts.sign, keys: [Self.epochName], arguments: [], timeout: settings.answerLimit)
            return nil
        } catch {
            return error.description
        }
    }

    /// Declares that nobody can hold a lease, so that a store that knows nothing needs no barrier: for a fleet that never drew a number.
    ///
    /// - Returns: false when the store has an epoch already; nothing is changed.
    @discardableResult
    package func begin() async throws(LeaseStoreError) -> Bool {
        let reply = try await run(LeaseScripts.begin, keys: [Self.epochName]) { [RedisArgument($0)] }
        return reply.integer == 1
    }

    func ask<Answer>(
        _ script: RedisScript,
        _ key: ExclusionKey,
        _ arguments: [RedisArgument],
        _ read: (RedisValue) -> Answer?
    ) async throws(LeaseStoreError) -> Answer {
        let barrier = RedisArgument(settings.barrierSpan.microseconds)
        let reply = try await run(script, keys: [Self.name(of: key), Self.epochName]) { arguments + [barrier, RedisArgument($0)] }
        guard let answer = read(reply) else { throw .refused(operation: script.name, message: "it answered \(reply)") }
        return answer
    }

    /// Runs a script with the `run_id` of the very server that runs it: one meant for an earlier connection is asked anew.
    private func run(
        _ script: RedisScript,
        keys: [String],
        _ arguments: (_ serverRun: String) -> [RedisArgument]
    ) async throws(LeaseStoreError) -> RedisValue {
        let deadline = ContinuousClock.now + settings.answerLimit
        while true {
            // The number first: the run that is read after it is that connection's, or a newer one's, over which nothing is sent.
            let connection = client.connectionEpoch
            let arguments = arguments(serverRun.id)
            do throws(RedisError) {
                let left = max(.milliseconds(1), deadline - .now)
                return try await client.evaluate(script, keys: keys, arguments: arguments, timeout: left, over: connection)
            } catch {
                switch error {
                case .server(let message): throw .refused(operation: script.name, message: message)
                case .reconnected where ContinuousClock.now < deadline: continue
                case .badEndpoint, .refused, .timedOut, .closed, .protocolViolation, .cancelled, .busy, .reconnected, .invalidRequest:
                    throw .silent(operation: script.name, reason: error.description)
                }
            }
        }
    }

    private static let epochName = "flotilla:epoch"

    /// The hash of a key; its tag keeps everything about one key on one server.
    static func name(of key: ExclusionKey) -> String { "\(namePrefix){\(key.text)}" }

    static let namePrefix = "flotilla:lease:"
}

extension RedisLeaseStore: LeaseStore {
    package func take(
        _ key: ExclusionKey,
        _ number: DispatchNumber,
        run: RunToken,
        holder: String?,
        span: Duration
    ) async throws(LeaseStoreError) -> TakeAnswer {
        let gap = RedisArgument(settings.quietGap.microseconds)
        let arguments = [number.argument, run.argument, span.argument, gap, RedisArgument(holder ?? "")]
        return try await ask(LeaseScripts.take, key, arguments, LeaseReply.take)
    }

    package func renew(
        _ key: ExclusionKey,
        _ number: DispatchNumber,
        run: RunToken,
        span: Duration
    ) async throws(LeaseStoreError) -> RenewAnswer {
        try await ask(LeaseScripts.renew, key, [number.argument, run.argument, span.argument], LeaseReply.isOwn) ? .renewed : .lost
    }

    package func release(
        _ key: ExclusionKey,
        _ number: DispatchNumber,
        run: RunToken,
        clean: Bool
    ) async throws(LeaseStoreError) -> ReleaseAnswer {
        try await ask(LeaseScripts.release, key, [number.argument, run.argument, clean ? 1 : 0], LeaseReply.isOwn) ? .released : .notHeld
    }

    package func hand(_ key: ExclusionKey, _ number: DispatchNumber) async throws(LeaseStoreError) -> HandAnswer {
        try await ask(LeaseScripts.hand, key, [number.argument], LeaseReply.hand)
    }

    package func void(_ key: ExclusionKey, _ number: DispatchNumber) async throws(LeaseStoreError) -> VoidAnswer {
        try await ask(LeaseScripts.void, key, [number.argument], LeaseReply.void)
    }
}

extension DispatchNumber {
    fileprivate var argument: RedisArgument { RedisArgument(value) }
}

extension RunToken {
    fileprivate var argument: RedisArgument { RedisArgument(description) }
}

extension Duration {
    fileprivate var argument: RedisArgument { RedisArgument(microseconds) }
}
