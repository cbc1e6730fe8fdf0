import Domain
import LeaseAdapter
import Logging
import Redis

/// The lease store with its connection.
struct RedisLeases: Sendable {
    let store: RedisLeaseStore
    private let client: RedisClient

    static func open(_ link: ServerLink, url: String, log: Logger) async throws(StartupError) -> RedisLeases {
        let endpoint = try link.redisEndpoint(url: url)
        let client = RedisClient(
            endpoint: endpoint,
            reactor: link.reactor,
            blockingPool: link.blocking,
            logger: log,
            onConnect: RedisLeaseStore.check
        )
        await client.start()
        do {
            try await client.waitUntilConnected(within: .seconds(10))
        } catch {
            throw StartupError("Redis: \(error) (\(SettingKey.redisURL.variable))", isNobodyThere: true)
        }
        return RedisLeases(store: RedisLeaseStore(client: client), client: client)
    }

    /// Why the lease store does not answer; `nil` when it does.
    func trouble() async -> String? {
        do {
            _ = try await client.command(["PING"], timeout: .seconds(1))
            return nil
        } catch {
            return "\(error)"
        }
    }

    func close() async {
        await client.close()
    }
}
