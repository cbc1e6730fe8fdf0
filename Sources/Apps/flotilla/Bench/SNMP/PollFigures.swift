import Foundation
import PrivateServers

/// What one run of a poller took, whoever it is.
struct PollFigures: Codable, Sendable {
    let devices: Int
    let inFlight: Int
    let varbinds: Int
    let requests: Int
    /// Devices that gave no complete answer.
    let timeouts: Int
    let seconds: Double
    /// User and system time of the polling process and its children.
    let cpuSeconds: Double
    let residentBytesMax: Int
    /// Seconds until each device was done, where that was asked for; negative: not complete.
    var spans: [Double]?

    var perCPUSecond: Double { cpuSeconds > 0 ? Double(varbinds) / cpuSeconds : 0 }

    /// Runs `snmp-ceiling` or `snmp-poller`, which stand beside this program and take the same arguments.
    static func measure(_ program: String, _ arguments: [String], in folder: ScratchFolder) async throws -> PollFigures {
        let pinned = Cores.command(try LocalFleet.program(program), arguments, core: .poller)
        let output = try await Run.output(of: ChildProcess.Command(pinned.program, pinned.arguments), in: folder)
        guard let line = output.split(separator: "\n").last(where: { $0.hasPrefix("{") }) else {
            throw CommandError(.failed, "\(program) printed no figures: \(output.suffix(500))")
        }
        return try JSONDecoder().decode(PollFigures.self, from: Data(line.utf8))
    }
}

/// The runs of one side; figures are medians of them.
struct PollSide: Codable, Sendable {
    let name: String
    let settings: String
    var runs: [PollFigures] = []

    var perCPUSecond: Double { Self.median(runs.map(\.perCPUSecond)) }
    var perSecond: Double { Self.median(runs.map { Double($0.varbinds) / $0.seconds }) }
    var residentBytesMax: Int { runs.map(\.residentBytesMax).max() ?? 0 }

    static func median(_ numbers: [Double]) -> Double {
        let sorted = numbers.sorted()
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
