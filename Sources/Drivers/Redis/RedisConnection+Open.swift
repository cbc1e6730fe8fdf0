package import Reactor

extension RedisConnection {
    /// Resolves the host, connects to the first address that answers, signs in and selects the database.
    /// - Throws: `.refused`, `.timedOut`, or `.server` when the server does not let us in.
    package static func open(
        endpoint: RedisEndpoint,
        reactor: ReactorThread,
        blockingPool: BlockingPool,
        settings: RedisSettings = RedisSettings()
    ) async throws(RedisError) -> RedisConnection {
        let deadline = ContinuousClock.now + settings.connectTimeout
        let connection = try await connectToAny(
            of: addresses(of: endpoint, blockingPool: blockingPool),
            endpoint: endpoint,
            reactor: reactor,
            settings: settings,
            deadline: deadline
        )
        do {
            for command in greeting(to: endpoint, name: settings.clientName) {
                _ = try await connection.command(command, timeout: max(.milliseconds(1), deadline - .now))
            }
            return connection
        } catch {
            await connection.close()
            throw error
        }
    }

    private static func addresses(of endpoint: RedisEndpoint, blockingPool: BlockingPool) async throws(RedisError) -> [String] {
        do {
            let host = endpoint.host
            return try await blockingPool.run { try resolveAddresses(of: host) }
        } catch {
            throw .refused(endpoint: endpoint.description, reason: "\(error)")
        }
    }

    private static func connectToAny(
        of addresses: [String],
        endpoint: RedisEndpoint,
        reactor: ReactorThread,
        settings: RedisSettings,
        deadline: ContinuousClock.Instant
    ) async throws(RedisError) -> RedisConnection {
        var failure = RedisError.refused(endpoint: endpoint.description, reason: "no address")
        for address in addresses {
            let remaining = deadline - .now
            guard remaining > .zero else { break }
            let connection = RedisConnection(endpoint: endpoint, reactor: reactor, settings: settings)
            do {
                try await connection.connect(to: address, within: remaining)
                return connection
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private static func greeting(to endpoint: RedisEndpoint, name: String) -> [[RedisArgument]] {
        var commands: [[RedisArgument]] = []
        if let password = endpoint.password {
            let user = endpoint.user.map { [RedisArgument($0)] } ?? []
            commands.append(["AUTH"] + user + [RedisArgument(password)])
        }
        if endpoint.database != 0 { commands.append(["SELECT", RedisArgument(endpoint.database)]) }
        commands.append(["CLIENT", "SETNAME", RedisArgument(name)])
        return commands
    }
}
