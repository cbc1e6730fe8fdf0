/// A private SNMP agent of this very machine (Debian package `snmpd`), read-only, by UDP.
package final class PrivateSNMPD: PrivateServer {
    package let name = "snmpd"
    private let runner: ServerRunner
    private let recipe: SNMPDRecipe

    /// Prepares an agent without starting it.
    /// - Parameters:
    ///   - folder: kept as long as the agent; a fresh one by default.
    ///   - port: UDP port on 127.0.0.1; a free one by default.
    ///   - community: read community of v1 and v2c.
    ///   - systemName: what `sysName.0` answers.
    ///   - configuration: further lines of `snmpd.conf`, for example `createUser` and `rouser` for v3.
    /// - Throws: `.noFreePort`, or `.file` when no scratch folder can be made.
    package init(
        folder: ScratchFolder? = nil,
        port: Int? = nil,
        community: String = "public",
        systemName: String = "flotilla-snmpd",
        configuration: [String] = []
    ) throws(ServerError) {
        recipe = SNMPDRecipe(
            folder: try ScratchFolder.given(folder, or: "snmpd"),
            community: community,
            systemName: systemName,
            configuration: configuration
        )
        runner = try ServerRunner(recipe, port: port, log: recipe.log)
    }

    package var port: Int { runner.port }
    /// `127.0.0.1:PORT`.
    package var url: String { "127.0.0.1:\(port)" }
    package var community: String { recipe.community }
    package var systemName: String { recipe.systemName }
    package var log: String { recipe.log }
    package var isRunning: Bool { get async { await runner.isRunning } }
    package func isHealthy() async -> Bool { await runner.isHealthy() }
    package func start() async throws(ServerError) { try await runner.start() }
    package func stop() async { await runner.stop() }
    package func kill() async { await runner.kill() }
    package func signal(_ signal: Signal) async { await runner.signal(signal) }
}

private struct SNMPDRecipe: ServerRecipe {
    let name = "snmpd"
    let transport = FreePort.Transport.udp
    let patience: Duration = .seconds(20)
    let folder: ScratchFolder
    let community: String
    let systemName: String
    let configuration: [String]

    var log: String { folder.file("snmpd.log") }

    func prepare(port: Int) async throws(ServerError) {
        let lines =
            [
                "agentAddress udp:127.0.0.1:\(port)",
                "rocommunity \(community) 127.0.0.0/8",
                "sysName \(systemName)",
                "sysLocation loopback",
                "sysContact nobody@localhost",
            ] + configuration
        _ = try folder.write(lines.joined(separator: "\n") + "\n", to: "snmpd.conf")
    }

    func commands(port: Int) throws(ServerError) -> [ChildProcess.Command] {
        let program = try Program.find("snmpd", package: "snmpd")
        var command = ChildProcess.Command(program, folder: folder.path, log: log)
        command.arguments = ["-f", "-r", "-C", "-c", folder.file("snmpd.conf"), "-Lf", log, "-I", "-smux"]
        command.environment["SNMP_PERSISTENT_DIR"] = try folder.folder("persistent")
        command.environment["SNMPCONFPATH"] = folder.path
        command.environment["MIBS"] = ""
        return [command]
    }

    func isHealthy(port: Int) -> Bool {
        Loopback.exchangeDatagram(port: port, send: question)?.first == 0x30
    }

    /// A v2c get of sysName.0 (1.3.6.1.2.1.1.5.0), in BER.
    private var question: [UInt8] {
        let binding = tagged(0x30, tagged(0x06, [0x2B, 6, 1, 2, 1, 1, 5, 0]) + [0x05, 0])
        let request = tagged(0xA0, [0x02, 1, 1, 0x02, 1, 0, 0x02, 1, 0] + tagged(0x30, binding))
        return tagged(0x30, [0x02, 1, 1] + tagged(0x04, Array(community.utf8)) + request)
    }

    private func tagged(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { [tag, UInt8(content.count)] + content }
}
