import Logging
import PrivateServers
import Reactor
import Redis
import TestSupport

/// What a test of the driver needs around it.
enum RedisLab {
    static let blockingPool = BlockingPool(name: "test-block")

    /// Runs `body` with a started client of its own, on a thread of its own.
    @discardableResult
    static func with<R>(
        _ url: String,
        settings: RedisSettings = RedisSettings(),
        onConnect: RedisClient.ConnectHook? = nil,
        _ body: (RedisClient) async throws -> R
    ) async throws -> R {
        let endpoint = try RedisEndpoint(url)
        return try await withReactor(name: "test-redis") { reactor in
            let client = RedisClient(
                endpoint: endpoint,
                reactor: reactor,
                blockingPool: blockingPool,
                logger: Logger(label: "test.redis"),
                settings: settings,
                onConnect: onConnect
            )
            await client.start()
            do {
                let value = try await body(client)
                await client.close()
                return value
            } catch {
                await client.close()
                throw error
            }
        }
    }

    /// Clients that wait in a blocking command, as the server counts them.
    static func blockedClients(of url: String) async throws -> Int64 {
        try await with(url) { client async throws -> Int64 in
            let info = try await client.command(["INFO", "clients"]).text ?? ""
            let line = info.split(separator: "\r\n").first { $0.hasPrefix("blocked_clients:") }
            return Int64(line?.split(separator: ":").last ?? "0") ?? 0
        }
    }

    /// Runs `body` with a client of the shared server.
    @discardableResult
    static func withShared<R>(settings: RedisSettings = RedisSettings(), _ body: (RedisClient) async throws -> R) async throws -> R {
        try await with(TestServers.shared.redis().url, settings: settings, body)
    }

    /// A key nobody else uses.
    static func key(_ name: String) -> RedisArgument {
        RedisArgument(TestServers.unique(name))
    }
}
