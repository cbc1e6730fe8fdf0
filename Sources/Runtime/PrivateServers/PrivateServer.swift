/// A real server on 127.0.0.1 that belongs to this process alone.
package protocol PrivateServer: Sendable {
    /// What error texts call it, for example `RabbitMQ`.
    var name: String { get }
    /// Where clients find it. Final once `start` has returned; before that the port may still be exchanged for a free one.
    var url: String { get }
    var port: Int { get }
    /// True from a healthy start until it was ended or ended itself.
    var isRunning: Bool { get async }
    /// The server's log file.
    var log: String { get }

    /// One question to the running server, answered within about a second; `false` also for one that does not run.
    func isHealthy() async -> Bool

    /// Starts it and returns when it answers. Running already: returns at once.
    func start() async throws(ServerError)
    /// Ends it in good order (SIGKILL after ten seconds); its data stay until its folder goes.
    func stop() async
    /// Ends it with SIGKILL, as a power cut would, and returns when it is dead.
    func kill() async
    /// Sends a signal to the server and all its helpers, for example `.stop` and `.resume` to freeze and thaw it.
    func signal(_ signal: Signal) async
}

extension PrivateServer {
    /// Stops it and starts it again on the same port with the same data.
    package func restart() async throws(ServerError) {
        await stop()
        try await start()
    }
}
