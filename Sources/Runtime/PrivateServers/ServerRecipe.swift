/// What differs between the servers: how to prepare, start and ask them.
///
/// `ServerRunner` does the rest.
protocol ServerRecipe: Sendable {
    var name: String { get }
    var transport: FreePort.Transport { get }
    /// How long a start may take.
    var patience: Duration { get }

    /// Writes configuration and data where they are missing; called before each start.
    func prepare(port: Int) async throws(ServerError)
    /// What to start, helpers first, the server itself last.
    func commands(port: Int) throws(ServerError) -> [ChildProcess.Command]
    /// One blocking question, answered within about a second.
    func isHealthy(port: Int) -> Bool
    /// Takes away what a killed server leaves outside its folder.
    func sweep() async
}

extension ServerRecipe {
    func sweep() async {}
}
