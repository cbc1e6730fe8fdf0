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

    /// A key of its own for each test.
    static func key() throws -> ExclusionKey {
        guard let key = ExclusionKey(TestServers.unique("olt")) else { throw BadKey() }
        return key
    }

    struct BadKey: Error {}
}
