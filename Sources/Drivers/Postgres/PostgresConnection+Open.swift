package import Logging
package import Reactor

extension PostgresConnection {
    /// Resolves the host, connects to the first address that answers, and signs in.
    /// - Throws: `.refused` with the server's or the system's words, or `.timedOut`.
    package static func open(
        endpoint: PostgresEndpoint,
        reactor: ReactorThread,
        blockingPool: BlockingPool,
        logger: Logger,
        settings: PostgresSettings = PostgresSettings()
    ) async throws(PostgresError) -> PostgresConnection {
        let deadline = ContinuousClock.now + settings.connectTimeout
        var failure = PostgresError.refused(endpoint: endpoint.description, reason: "no address")
        for address in try await addresses(of: endpoint, blockingPool: blockingPool) {
            let remaining = deadline - .now
            guard remaining > .zero else { break }
            let connection = PostgresConnection(
                endpoint: endpoint,
                reactor: reactor,
                blockingPool: blockingPool,
                logger: logger,
                settings: settings
            )
            do {
                try await connection.connect(with: parameters(endpoint, address: address, settings: settings), within: remaining)
                return connection
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// Numeric addresses; one `nil` for a Unix socket.
    private static func addresses(of endpoint: PostgresEndpoint, blockingPool: BlockingPool) async throws(PostgresError) -> [String?] {
        if endpoint.isLocal { return [nil] }
        do {
            let host = endpoint.host
            return try await blockingPool.run { try resolveAddresses(of: host) }
        } catch {
            throw .refused(endpoint: endpoint.description, reason: "\(error)")
        }
    }

    private static func parameters(
        _ endpoint: PostgresEndpoint,
        address: String?,
        settings: PostgresSettings
    ) -> [(name: String, value: String)] {
        var parameters = [
            (name: "host", value: endpoint.host), ("port", "\(endpoint.port)"), ("client_encoding", "UTF8"),
            ("application_name", settings.applicationName), ("options", settings.sessionOptions), ("sslmode", endpoint.encryption),
            // Looking for Kerberos credentials may block.
            ("gssencmode", "disable"),
        ]
        // PQcancel connects with these too, and has no other bound.
        parameters.append(("tcp_user_timeout", "\(settings.silenceMax.components.seconds * 1000)"))
        if let address { parameters.append(("hostaddr", address)) }
        if let user = endpoint.user { parameters.append(("user", user)) }
        if let password = endpoint.password { parameters.append(("password", password)) }
        if let database = endpoint.database { parameters.append(("dbname", database)) }
        return parameters
    }
}
