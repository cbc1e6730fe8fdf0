import Foundation
import PrivateServers

/// What another task queue reached on one broker: publish, consume, both at once.
struct PeerRun: Codable, Sendable {
    let name: String
    let version: String
    let settings: String
    let python: String
    let tasks: Int
    /// Processes that publish at once.
    let publishers: Int
    let publishPerSecond: Double
    let consumePerSecond: Double
    /// From the first task published until the last one ended, the worker being up.
    let bothPerSecond: Double

    /// Runs `peer.py` of the folder with an interpreter that has the peer's packages.
    static func measure(_ name: String, tasks: Int, python: String, scripts: String, servers: BenchServers) async throws -> PeerRun {
        let environment = ProcessInfo.processInfo.environment.merging([
            "PEER_BROKER": servers.rabbitMQ.url, "PEER_REDIS": servers.redis.url, "PYTHONDONTWRITEBYTECODE": "1",
        ]) { _, own in own }
        // Children run in another folder.
        let (program, folder) = (URL(fileURLWithPath: python).path, URL(fileURLWithPath: scripts).path)
        let command = ChildProcess.Command(program, ["\(folder)/peer.py", name, "\(tasks)"], environment: environment)
        let output = try await Run.output(of: command, in: servers.folder)
        // Peers log to the same output.
        guard let line = output.split(separator: "\n").last(where: { $0.hasPrefix("{") }) else {
            throw CommandError(.failed, "\(name) printed no figures: \(output.suffix(500))")
        }
        return try JSONDecoder().decode(PeerRun.self, from: Data(line.utf8))
    }
}
