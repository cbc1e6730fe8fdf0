import Logging
import Postgres
import PrivateServers
import Reactor
import TestSupport

/// What a test of the driver needs around it.
enum PostgresLab {
    static let blockingPool = BlockingPool(name: "test-block")

    /// Runs `body` with a pool of its own, on a thread of its own.
    @discardableResult
    static func with<R>(
        _ url: String,
        settings: PostgresSettings = PostgresSettings(),
        _ body: (PostgresPool) async throws -> R
    ) async throws -> R {
        let endpoint = try PostgresEndpoint(url)
        return try await withReactor(name: "test-pg") { reactor in
            let pool = PostgresPool(
                endpoint: endpoint,
                reactor: reactor,
                blockingPool: blockingPool,
                logger: Logger(label: "test.postgres"),
                settings: settings
            )
            do {
                let value = try await body(pool)
                await pool.close()
                return value
            } catch {
                await pool.close()
                throw error
            }
        }
    }

    /// Runs `body` with a pool on a fresh database of the shared server.
    @discardableResult
    static func withFresh<R>(
        settings: PostgresSettings = PostgresSettings(),
        _ body: (PostgresPool) async throws -> R
    ) async throws -> R {
        try await with(TestServers.shared.freshDatabase(), settings: settings, body)
    }
}

/// An error of another kind than the test expects.
struct Unexpected: Error {
    let error: (any Error)?

    init(_ error: (any Error)?) { self.error = error }
}
