/// The three servers Flotilla needs, started together and ended in reverse order.
package struct PrivateServers: Sendable {
    package let rabbitMQ: PrivateRabbitMQ
    package let redis: PrivateRedis
    package let postgres: PrivatePostgres

    /// Starts RabbitMQ, Redis and PostgreSQL side by side (about four seconds on two cores).
    /// - Parameter durable: see `PrivatePostgres`.
    /// - Returns: the running servers.
    /// - Throws: the first failure, after ending those that did start.
    package static func start(durable: Bool = true) async throws(ServerError) -> Self {
        let servers = Self(
            rabbitMQ: try PrivateRabbitMQ(),
            redis: try PrivateRedis(),
            postgres: try PrivatePostgres(durable: durable)
        )
        do throws(ServerError) {
            try await Self.start([servers.rabbitMQ, servers.redis, servers.postgres])
        } catch {
            await servers.stop()
            throw error
        }
        return servers
    }

    /// Starts any servers side by side; on failure some may run, which their owner stops.
    package static func start(_ servers: [any PrivateServer]) async throws(ServerError) {
        let failures = await withTaskGroup(of: ServerError?.self) { group in
            for server in servers {
                group.addTask {
                    do throws(ServerError) {
                        try await server.start()
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            var failures: [ServerError] = []
            for await failure in group { failures += failure.map { [$0] } ?? [] }
            return failures
        }
        if let first = failures.first { throw first }
    }

    /// Ends all three, the last in the list first.
    package func stop() async {
        await postgres.stop()
        await redis.stop()
        await rabbitMQ.stop()
    }
}
