import Foundation
import PrivateServers

/// The same live OLTs, some of them slow, with and without dead ones among them, and how much later a live one is done.
struct DeadOLTBench: Sendable {
    let olts: Int
    let rounds: Int
    let note: @Sendable (String) -> Void

    /// Of all OLTs.
    static let deadShare = 0.03
    static let slowShare = 0.10
    private static let root = "1.3.6.1.4.1.2011.6.128.1.1.2.43.1"

    func measure() async throws -> DeadOLTFigures {
        let folder = try ScratchFolder("bench-dead")
        let dead = max(1, Int(Double(olts) * Self.deadShare))
        let slow = max(1, Int(Double(olts) * Self.slowShare))
        func group(_ first: String, _ count: Int, _ faults: [String]) -> BenchOLTs.Group {
            BenchOLTs.Group(first: first, count: count, onus: 32, faults: faults)
        }
        // Slow ones stand behind the live ones; the poller takes all of one range, dead ones of another are mixed in evenly.
        let quick = olts - dead - slow
        let simulator = try BenchOLTs([
            group("127.70.0.0", quick, ["delay=5ms"]), group(BenchOLTs.address("127.70.0.0", quick), slow, ["delay=50ms"]),
            group("127.71.0.0", dead, ["silent"]),
        ])
        do {
            try await simulator.start()
            let figures = try await measure(simulator, folder, live: quick + slow, dead: dead, slow: slow)
            await simulator.stop()
            folder.remove()
            return figures
        } catch {
            await simulator.stop()
            folder.remove()
            throw error
        }
    }

    private func measure(_ simulator: BenchOLTs, _ folder: ScratchFolder, live: Int, dead: Int, slow: Int) async throws -> DeadOLTFigures {
        let arguments = ["walk", "127.70.0.0", "\(live)", "\(simulator.port)", "public", "1024", "25", Self.root, "spans"]
        var figures = DeadOLTFigures(live: live, slow: slow, dead: dead)
        _ = try await PollFigures.measure("snmp-poller", arguments, in: folder)
        for round in 1...rounds {
            note("round \(round) of \(rounds): without and with dead OLTs")
            figures.without.append(try await spread(arguments, live, folder))
            figures.with.append(try await spread(arguments + ["127.71.0.0/\(dead)"], live, folder))
        }
        return figures
    }

    private func spread(_ arguments: [String], _ live: Int, _ folder: ScratchFolder) async throws -> Spread {
        let spans = try await PollFigures.measure("snmp-poller", arguments, in: folder).spans ?? []
        let done = spans.prefix(live)
        guard done.count == live, done.allSatisfy({ $0 > 0 }) else {
            throw CommandError(.failed, "\(done.count { $0 <= 0 }) live OLTs gave no complete answer")
        }
        return Spread(done.map { $0 * 1000 })
    }
}

/// When live OLTs were done, in milliseconds from the start of all.
struct DeadOLTFigures: Codable, BenchFigures {
    let live: Int
    let slow: Int
    let dead: Int
    var without: [Spread] = []
    var with: [Spread] = []

    private func medians(_ read: (Spread) -> Double) -> (without: Double, with: Double) {
        (PollSide.median(without.map(read)), PollSide.median(with.map(read)))
    }

    var ratioOfMedian: Double { medians(\.p50).with / medians(\.p50).without }
    var ratioOfP99: Double { medians(\.p99).with / medians(\.p99).without }

    var summary: String {
        "\(live) live OLTs (\(slow) of them ten times slower) are walked at once, \(without.count) times alone and \(with.count) times with "
            + "\(dead) dead ones among them, in turns. Time from the start until an OLT is done, over the live ones; medians of the runs."
    }

    var table: [[String]] {
        func row(_ name: String, _ read: (Spread) -> Double) -> [String] {
            let pair = medians(read)
            return [name, Figure.millis(pair.without), Figure.millis(pair.with), Figure.ratio(pair.with / pair.without)]
        }
        return [
            ["live OLTs done", "alone", "with dead ones", "ratio"], row("p50", \.p50), row("p90", \.p90), row("p99", \.p99),
            row("last", \.max),
        ]
    }
}
