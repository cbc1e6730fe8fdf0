/// A private RabbitMQ node (Debian package `rabbitmq-server`, 3.10) with its own port mapper, on loopback only, no plugins.
///
/// A first start takes about four seconds on two cores. Accounts and topology are those of a new node: `guest`, virtual host `/`.
package final class PrivateRabbitMQ: PrivateServer {
    package let name = "RabbitMQ"
    private let runner: ServerRunner
    private let recipe: RabbitMQRecipe

    /// Prepares a node without starting it.
    /// - Parameters:
    ///   - folder: kept as long as the node; a fresh one by default.
    ///   - port: TCP port for AMQP on 127.0.0.1; a free one by default.
    ///   - configuration: further lines of `rabbitmq.conf`.
    /// - Throws: `.noFreePort`, or `.file` when no scratch folder can be made.
    package init(folder: ScratchFolder? = nil, port: Int? = nil, configuration: [String] = []) throws(ServerError) {
        recipe = RabbitMQRecipe(
            folder: try ScratchFolder.given(folder, or: "rabbitmq"),
            mapperPort: try FreePort.tcp(),
            nodePort: try FreePort.tcp(),
            further: configuration
        )
        runner = try ServerRunner(recipe, port: port, log: recipe.log)
    }

    package var port: Int { runner.port }
    /// Of the account `guest` in the virtual host `/`, which the empty path stands for.
    package var url: String { "amqp://guest:guest@127.0.0.1:\(port)/" }
    package var log: String { recipe.log }
    package var isRunning: Bool { get async { await runner.isRunning } }
    package func isHealthy() async -> Bool { await runner.isHealthy() }
    package func start() async throws(ServerError) { try await runner.start() }
    package func stop() async { await runner.stop() }
    package func kill() async { await runner.kill() }
    package func signal(_ signal: Signal) async { await runner.signal(signal) }

    /// Runs `rabbitmqctl` against this node (about a second) and returns what it printed.
    package func control(_ arguments: [String]) async throws(ServerError) -> String {
        try await Run.output(of: recipe.controlCommand(arguments), in: recipe.folder)
    }
}
