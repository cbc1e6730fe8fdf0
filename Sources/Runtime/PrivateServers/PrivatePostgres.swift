/// A private PostgreSQL cluster (Debian package `postgresql`) with a role and a database `flotilla`.
///
/// PostgreSQL refuses to run as root: root starts it as the user `postgres`. A first start takes about a second.
package final class PrivatePostgres: PrivateServer {
    package let name = "PostgreSQL"
    private let runner: ServerRunner
    private let recipe: PostgresRecipe

    /// Prepares a cluster without starting it.
    /// - Parameters:
    ///   - folder: kept as long as the cluster; a fresh one by default.
    ///   - port: TCP port on 127.0.0.1; a free one by default.
    ///   - durable: `false` saves the disk's work; data then survive a killed server, but not a killed machine.
    ///   - settings: further settings of `postgresql.conf` by name.
    /// - Throws: `.noFreePort`, or `.file` when no scratch folder can be made.
    package init(
        folder: ScratchFolder? = nil,
        port: Int? = nil,
        durable: Bool = true,
        settings: [String: String] = [:]
    ) throws(ServerError) {
        recipe = PostgresRecipe(folder: try ScratchFolder.given(folder, or: "postgres"), durable: durable, further: settings)
        runner = try ServerRunner(recipe, port: port, log: recipe.log)
    }

    package var port: Int { runner.port }
    /// Of the role `flotilla`, which may log in and create databases, and owns the database `flotilla`.
    package var url: String { url(database: "flotilla") }
    /// Of the superuser, in the database `flotilla`.
    package var superuserURL: String { "postgres://postgres:\(recipe.password)@127.0.0.1:\(port)/flotilla" }
    package var log: String { recipe.log }
    package var isRunning: Bool { get async { await runner.isRunning } }
    package func isHealthy() async -> Bool { await runner.isHealthy() }
    package func start() async throws(ServerError) { try await runner.start() }
    package func stop() async { await runner.stop() }
    package func kill() async { await runner.kill() }
    package func signal(_ signal: Signal) async { await runner.signal(signal) }

    /// Where the role `flotilla` finds another database of this cluster.
    package func url(database: String) -> String { "postgres://flotilla:\(recipe.password)@127.0.0.1:\(port)/\(database)" }

    /// Creates an empty database owned by `flotilla`.
    /// - Parameter database: lower-case letters, digits and underscores.
    /// - Returns: its URL.
    /// - Throws: `.endedEarly` with what `psql` said.
    package func createDatabase(_ database: String) async throws(ServerError) -> String {
        try await statement("CREATE DATABASE \(database)")
        return url(database: database)
    }

    /// Runs one SQL statement with `psql` as `flotilla` and returns its rows, one to a line, columns parted by `|`.
    @discardableResult
    package func statement(_ sql: String) async throws(ServerError) -> String {
        try await Run.output(of: recipe.statementCommand(sql, url: url), in: recipe.folder)
    }
}
