import Foundation
import Glibc
import PrivateServers
import TestSupport

/// A fleet that `flotilla up` brought up.
final class UpFleet: Sendable {
    let fleet: Fleet
    private let process: ChildProcess
    private let scratch: ScratchFolder

    private struct Addresses: Decodable {
        let url: String
        let brokerURL: String
        let redisURL: String
        let postgresURL: String

        enum CodingKeys: String, CodingKey {
            case url = "FLOTILLA_URL"
            case brokerURL = "FLOTILLA_BROKER_URL"
            case redisURL = "FLOTILLA_REDIS_URL"
            case postgresURL = "FLOTILLA_POSTGRES_URL"
        }
    }

    private init(fleet: Fleet, process: ChildProcess, scratch: ScratchFolder) {
        self.fleet = fleet
        self.process = process
        self.scratch = scratch
    }

    /// Returns when the command has printed its addresses.
    static func start(workers: Int = 2) async throws -> UpFleet {
        let scratch = try ScratchFolder("up")
        let process = ChildProcess(
            ChildProcess.Command(
                try Programs.path("flotilla"),
                ["up", "--port", "0", "--workers", "\(workers)", "--json"],
                environment: Programs.environment.merging(Programs.quick) { _, own in own },
                log: scratch.file("log")
            )
        )
        try process.start()
        do {
            let line = try await process.ready("flotilla up prints its addresses", within: .seconds(60)) {
                try scratch.text("log").split(separator: "\n").first { $0.hasPrefix("{") }
            }
            let at = try JSONDecoder().decode(Addresses.self, from: Data(line.utf8))
            let fleet = Fleet(url: at.url, brokerURL: at.brokerURL, redisURL: at.redisURL, postgresURL: at.postgresURL)
            return UpFleet(fleet: fleet, process: process, scratch: scratch)
        } catch {
            process.kill()
            throw NotAsExpected("\(error): \(try scratch.text("log"))")
        }
    }

    /// The command itself and all it started.
    var processes: [Int32] {
        guard let pid = process.pid else { return [] }
        return [pid] + ProcessTree.descendants(of: pid)
    }

    var log: String {
        get throws { try scratch.text("log") }
    }

    /// Sends SIGINT to the command alone, as Ctrl-C would; it sees to the others.
    func interrupt() {
        if let pid = process.pid { Glibc.kill(pid, SIGINT) }
    }

    func exit(within limit: Duration) async throws -> ProcessExit {
        try await eventually("flotilla up ends", within: limit) { process.exitStatus }
    }
}
