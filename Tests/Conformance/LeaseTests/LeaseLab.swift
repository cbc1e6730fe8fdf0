import Domain
import LeaseAdapter
import Logging
import PrivateServers
import Reactor
import Redis
import TestSupport

/// Lease stores on real servers.
enum LeaseLab {
    private static let blockingPool = BlockingPool(name: "lease-tests")

    /// Runs `body` with a store on the server at `url`.
    static func withStore(
        at url: String,
        answerLimit: Duration = .seconds(1),
        starts: Bool = true,
        _ body: @Sendable (RedisLeaseStore) async throws -> Void
    ) async throws {
        var settings = RedisLeaseStore.Settings()
        settings.answerLimit = answerLimit
        let frozen = settings
        let endpoint = try RedisEndpoint(url)
        try await withReactor(name: "leases") { reactor in
            let store = RedisLeaseStore(
                endpoint: endpoint,
                reactor: reactor,
                blockingPool: blockingPool,
                logger: Logger(label: "leases", factory: { _ in SwiftLogNoOpLogHandler() }),
                settings: frozen
            )
            let result: Result<Void, any Error>
            do {
                if starts { try await store.start() }
                try await body(store)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await store.close()
            try result.get()
        }
    }

    /// Runs `body` with a store on the server that all tests share.
    static func withShared(
        answerLimit: Duration = .seconds(1),
        _ body: @Sendable (RedisLeaseStore) async throws -> Void
    ) async throws {
        let url = try await TestServers.shared.redis().url
        try await withStore(at: url, answerLimit: answerLimit, body)
    }

    /// How long the server keeps the key's hash; `nil`: it has none, or keeps it for ever.
    static func timeToLive(of key: ExclusionKey, at url: String) async throws -> Duration? {
        let endpoint = try RedisEndpoint(url)
        return try await withReactor(name: "leases-look") { reactor in
            let client = RedisClient(
                endpoint: endpoint,
                reactor: reactor,
                blockingPool: blockingPool,
                logger: Logger(label: "look", factory: { _ in SwiftLogNoOpLogHandler() })
            )
            await client.start()
            let answer = try await client.command(["PTTL", RedisArgument("flotilla:lease:{\(key.text)}")])
            await client.close()
            return answer.integer.flatMap { $0 > 0 ? .milliseconds($0) : nil }
        }
    }

    /// A key of its own for each test.
    static func key() throws -> ExclusionKey {
        guard let key = ExclusionKey(TestServers.unique("olt")) else { throw BadKey() }
        return key
    }

    struct BadKey: Error {}
}
