import Foundation
import Logging
import Postgres
import Reactor
import RecordAdapter

/// Brings a database's schema up to date, for the command line and for fleets that start by themselves.
package struct DatabaseSchema: Sendable {
    private let url: String

    package init(url: String) {
        self.url = url
    }

    /// What `migrate` would apply.
    package func plan() async throws -> [String] {
        try await run { migrator in try await migrator.plan().map { "\($0.number) \($0.name)" } }
    }

    /// Applies what is missing, under a lock of the database.
    @discardableResult
    package func migrate() async throws -> [String] {
        try await run { migrator in try await migrator.migrate(dryRun: false).map { "\($0.number) \($0.name)" } }
    }

    private func run(_ body: (Migrator) async throws -> [String]) async throws -> [String] {
        let log = Logger(label: "flotilla.db")
        let servers = try ServerLink(logger: log)
        let pool = try servers.postgres(url: url, application: "flotilla-db", poolSize: 1)
        do {
            let steps = try await body(Migrator(pool: pool))
            await pool.close()
            servers.stop()
            return steps
        } catch {
            await pool.close()
            servers.stop()
            throw StartupError(recordError: error, url: url)
        }
    }
}
