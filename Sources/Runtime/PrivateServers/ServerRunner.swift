import Synchronization

/// Starts and ends one server by its recipe.
actor ServerRunner {
    private static let portDrawsMax = 3
    private static let pollEvery: Duration = .milliseconds(25)
    private static let grace: Duration = .seconds(10)

    private let recipe: any ServerRecipe
    private nonisolated let log: String
    private nonisolated let chosenPort: Mutex<Int>
    /// A port that was asked for, or that clients know from an earlier start, is not exchanged.
    private var portIsFixed: Bool
    private var children: [ChildProcess] = []
    /// Starting and ending await in between, where an actor lets others in.
    private var turns = Turns()

    init(_ recipe: any ServerRecipe, port: Int?, log: String) throws(ServerError) {
        self.recipe = recipe
        self.log = log
        let first: Int
        if let port { first = port } else { first = try Self.draw(recipe.transport) }
        chosenPort = Mutex(first)
        portIsFixed = port != nil
    }

    nonisolated var port: Int { chosenPort.withLock { $0 } }

    var isRunning: Bool { children.last?.isRunning ?? false }

    func start() async throws(ServerError) {
        await takeTurn()
        defer { turns.pass() }
        guard !isRunning else { return }
        // Of a server that ended itself, helpers may still run.
        await end(in: .zero)
        for draw in 1... {
            do throws(ServerError) {
                try await claimPort()
                try await recipe.prepare(port: port)
                try await launch()
                portIsFixed = true
                return
            } catch {
                await end(in: .zero)
                // Between the look and the server's own bind someone else may take the port.
                guard !portIsFixed, draw < Self.portDrawsMax, case .endedEarly = error else { throw error }
                try exchangePort()
            }
        }
    }

    func stop() async {
        await takeTurn()
        defer { turns.pass() }
        await end(in: Self.grace)
    }

    func kill() async {
        await takeTurn()
        defer { turns.pass() }
        await end(in: .zero)
    }

    /// Asks the running server once more.
    func isHealthy() async -> Bool {
        guard isRunning else { return false }
        let (recipe, port) = (recipe, port)
        return await Loopback.offThePool { recipe.isHealthy(port: port) }
    }

    func signal(_ signal: Signal) {
        for child in children { child.signal(signal) }
    }

    private func takeTurn() async {
        guard !turns.take() else { return }
        await withCheckedContinuation { turns.enlist($0) }
    }

    private func end(in grace: Duration) async {
        let ending = children
        children = []
        for child in ending.reversed() {
            if grace == .zero { child.kill() }
            await child.stop(grace: grace)
        }
        if !ending.isEmpty { await recipe.sweep() }
    }

    private func launch() async throws(ServerError) {
        let commands = try recipe.commands(port: port)
        for command in commands {
            let child = ChildProcess(command)
            try child.start()
            children.append(child)
        }
        let began = ContinuousClock.now
        while ContinuousClock.now - began < recipe.patience {
            if let ended = children.first(where: { !$0.isRunning }) {
                throw .endedEarly(server: recipe.name, status: ended.exitStatus ?? .code(-1), log: LogTail.lines(of: log))
            }
            let (recipe, port) = (recipe, port)
            if await Loopback.offThePool({ recipe.isHealthy(port: port) }) { return }
            do {
                try await Task.sleep(for: Self.pollEvery)
            } catch {
                throw .cancelled(server: recipe.name)
            }
        }
        throw .notHealthy(server: recipe.name, after: recipe.patience, log: LogTail.lines(of: log))
    }

    /// Sees that the port can be bound, exchanging it where that is allowed.
    private func claimPort() async throws(ServerError) {
        if FreePort.isFree(port, recipe.transport) { return }
        guard portIsFixed else { return try exchangePort() }
        let owner = PortOwner.of(port: port, recipe.transport)
        throw .portInUse(server: recipe.name, port: port, owner: owner)
    }

    private func exchangePort() throws(ServerError) {
        let other = try Self.draw(recipe.transport)
        chosenPort.withLock { $0 = other }
    }

    private static func draw(_ transport: FreePort.Transport) throws(ServerError) -> Int {
        transport == .tcp ? try FreePort.tcp() : try FreePort.udp()
    }
}
