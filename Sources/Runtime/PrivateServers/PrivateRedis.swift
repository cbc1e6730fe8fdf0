/// A private Redis (Debian package `redis-server`) that keeps everything in memory.
package final class PrivateRedis: PrivateServer {
    package let name = "Redis"
    private let runner: ServerRunner
    private let recipe: RedisRecipe

    /// Prepares a server without starting it.
    /// - Parameters:
    ///   - folder: kept as long as the server; a fresh one by default.
    ///   - port: TCP port on 127.0.0.1; a free one by default.
    ///   - arguments: further arguments of `redis-server`, for example `["--appendonly", "yes"]` (the last one counts).
    /// - Throws: `.noFreePort`, or `.file` when no scratch folder can be made.
    package init(folder: ScratchFolder? = nil, port: Int? = nil, arguments: [String] = []) throws(ServerError) {
        recipe = RedisRecipe(folder: try ScratchFolder.given(folder, or: "redis"), further: arguments)
        runner = try ServerRunner(recipe, port: port, log: recipe.log)
    }

    package var port: Int { runner.port }
    package var url: String { "redis://127.0.0.1:\(port)/0" }
    package var log: String { recipe.log }
    package var isRunning: Bool { get async { await runner.isRunning } }
    package func isHealthy() async -> Bool { await runner.isHealthy() }
    package func start() async throws(ServerError) { try await runner.start() }
    package func stop() async { await runner.stop() }
    package func kill() async { await runner.kill() }
    package func signal(_ signal: Signal) async { await runner.signal(signal) }
}

private struct RedisRecipe: ServerRecipe {
    let name = "Redis"
    let transport = FreePort.Transport.tcp
    let patience: Duration = .seconds(20)
    let folder: ScratchFolder
    let further: [String]

    var log: String { folder.file("redis.log") }

    func prepare(port: Int) async throws(ServerError) {}

    func commands(port: Int) throws(ServerError) -> [ChildProcess.Command] {
        let program = try Program.find("redis-server", package: "redis-server")
        let arguments = [
            "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction",
            "--daemonize", "no", "--dir", folder.path,
        ]
        return [ChildProcess.Command(program, arguments + further, folder: folder.path, log: log)]
    }

    func isHealthy(port: Int) -> Bool {
        Loopback.exchange(port: port, send: Array("PING\r\n".utf8)) == Array("+PONG\r\n".utf8)
    }
}
