import Foundation
import PrivateServers

/// Reads the same rows of the same simulated OLTs with the engine, with a plain loop over libsnmp and with what Debian brings.
struct PollBench: Sendable {
    let title: String
    let job: PollJob
    let group: BenchOLTs.Group
    let rounds: Int
    /// Devices that the slower peers are measured with.
    let peerDevices: Int
    let note: @Sendable (String) -> Void

    func measure() async throws -> PollBenchFigures {
        let folder = try ScratchFolder("bench-poll")
        let olts = try BenchOLTs([group])
        do {
            try await olts.start()
            let figures = try await measure(olts, folder)
            await olts.stop()
            folder.remove()
            return figures
        } catch {
            await olts.stop()
            folder.remove()
            throw error
        }
    }

    private func measure(_ olts: BenchOLTs, _ folder: ScratchFolder) async throws -> PollBenchFigures {
        note("what the simulator can do at most")
        let blast = ["blast", job.first, "\(job.devices)", "\(olts.port)", "public", "64", "\(job.count)", blastRoot, "2"]
        let ceiling = try await PollFigures.measure("snmp-ceiling", blast, in: folder)
        let arguments = try arguments(olts.port, folder)
        var engine = PollSide(name: "engine (snmp-poller)", settings: "\(job.inFlight) devices at a time, one request each")
        var loop = PollSide(name: "plain C loop over libsnmp", settings: "\(job.inFlight) devices at a time, one request each")
        _ = try await PollFigures.measure("snmp-poller", arguments, in: folder)
        for round in 1...rounds {
            note("round \(round) of \(rounds): engine, loop")
            engine.runs.append(try await PollFigures.measure("snmp-poller", arguments, in: folder))
            loop.runs.append(try await PollFigures.measure("snmp-ceiling", arguments, in: folder))
        }
        guard let rows = engine.runs.first?.varbinds, (engine.runs + loop.runs).allSatisfy({ $0.varbinds == rows && $0.timeouts == 0 })
        else {
            throw CommandError(
                .failed,
                "engine and loop did not read the same: \(engine.runs.map(\.varbinds)), \(loop.runs.map(\.varbinds))"
            )
        }
        var peers: [PollSide] = []
        var missing: [String] = []
        for kind in SNMPPeer.Kind.allCases {
            let peer = SNMPPeer(kind: kind, job: job.among(peerDevices), port: olts.port, folder: folder)
            guard peer.isInstalled else {
                note("\(peer.program) is not installed: left out")
                missing.append(peer.program)
                continue
            }
            var side = PollSide(name: kind.rawValue, settings: peer.settings)
            for round in 1...max(1, rounds / 2) {
                note("\(kind.rawValue), run \(round)")
                side.runs.append(try await peer.measure())
            }
            peers.append(side)
        }
        return PollBenchFigures(
            what: title,
            ceilingPerSecond: Double(ceiling.varbinds) / ceiling.seconds,
            arePinned: Cores.arePinned,
            engine: engine,
            loop: loop,
            peers: peers,
            missing: missing
        )
    }

    /// A column that every answer of the blaster fills.
    private var blastRoot: String {
        switch job.work {
        case .walk: "1.3.6.1.2.1.2.2.1.2"
        case .get: "1.3.6.1.4.1.3902.1082.500.10.2.3.3.1.1"
        }
    }

    private func arguments(_ port: Int, _ folder: ScratchFolder) throws -> [String] {
        let common = [job.first, "\(job.devices)", "\(port)", "public", "\(job.inFlight)", "\(job.count)"]
        switch job.work {
        case .walk(let root): return ["walk"] + common + [root]
        case .get(let names):
            try names.joined(separator: "\n").write(toFile: folder.file("names"), atomically: false, encoding: .utf8)
            return ["get"] + common + [folder.file("names")]
        }
    }
}

/// Who read how many rows for a second of processor time.
struct PollBenchFigures: Codable, BenchFigures {
    let what: String
    /// What the simulator answers a blaster, in rows a second.
    let ceilingPerSecond: Double
    let arePinned: Bool
    let engine: PollSide
    let loop: PollSide
    let peers: [PollSide]
    /// Programs that are not installed here.
    let missing: [String]

    var ratioToLoop: Double { engine.perCPUSecond / loop.perCPUSecond }

    var summary: String {
        let places = arePinned ? "pollers on one core, the simulator on the other" : "all on one core"
        var text =
            "\(what). CPU is user and system time of the polling process with its children; \(places). The simulator answers a blaster "
        text +=
            "with \(Figure.rate(ceilingPerSecond)) rows. The engine reads \(Figure.ratio(ratioToLoop)) of what the plain loop reads for "
        text += "the same CPU; medians of \(engine.runs.count) alternating runs."
        if !missing.isEmpty { text += " Not installed, so not measured: \(missing.joined(separator: ", "))." }
        return text
    }

    var table: [[String]] {
        [["poller", "rows per CPU second", "engine ÷ it", "rows a second", "devices", "rows a device", "settings"]]
            + ([engine, loop] + peers).map { side in
                let last = side.runs.last
                return [
                    side.name, Figure.rate(side.perCPUSecond), Figure.ratio(engine.perCPUSecond / side.perCPUSecond),
                    Figure.rate(side.perSecond), "\(last?.devices ?? 0)", "\((last?.varbinds ?? 0) / max(last?.devices ?? 1, 1))",
                    side.settings,
                ]
            }
    }
}
