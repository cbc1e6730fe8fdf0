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
        quietGap: Duration = .seconds(7),
        barrierSpan: Duration = .seconds(30),
        starts: Bool = true,
        begins: Bool = true,
        _ body: @Sendable (RedisLeaseStore) async throws -> Void
    ) async throws {
        var settings = RedisLeaseStore.Settings()
        settings.answerLimit = answerLimit
        settings.quietGap = quietGap
        settings.barrierSpan = barrierSpan
        settings.redis.backoff = .milliseconds(20) ... .milliseconds(200)
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
                if starts, begins { try await store.begin() }
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
        try await withServer(at: url) { server in
            let answer = try await server.command(["PTTL", RedisArgument(name(of: key))])
            return answer.integer.flatMap { $0 > 0 ? .milliseconds($0) : nil }
        }
    }

    /// Runs `body` with a bare client, for what a store does not do.
    static func withServer<Answer: Sendable>(
        at url: String,
        _ body: @Sendable (RedisClient) async throws -> Answer
    ) async throws -> Answer {
        let endpoint = try RedisEndpoint(url)
        return try await withReactor(name: "leases-look") { reactor in
            let client = RedisClient(
                endpoint: endpoint,
                reactor: reactor,
                blockingPool: blockingPool,
                logger: Logger(label: "look", factory: { _ in SwiftLogNoOpLogHandler() }),
                settings: RedisSettings(backoff: .milliseconds(20)...(.milliseconds(200)))
            )
            await client.start()
            let result: Result<Answer, any Error>
            do { result = .success(try await body(client)) } catch { result = .failure(error) }
            await client.close()
            return try result.get()
        }
    }

    /// The hash of a key.
    static func name(of key: ExclusionKey) -> String { "flotilla:lease:{\(key.text)}" }

    /// A key of its own for each test.
    static func key() throws -> ExclusionKey {
        guard let key = ExclusionKey(TestServers.unique("olt")) else { throw BadKey() }
        return key
    }

    struct BadKey: Error {}
}
