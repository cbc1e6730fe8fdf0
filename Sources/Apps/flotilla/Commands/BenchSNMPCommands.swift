import ArgumentParser
import Foundation
import PrivateServers
import Synchronization

/// `flotilla bench snmp-walk`.
struct BenchWalkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snmp-walk",
        abstract: "Rows that a walk reads for a second of CPU, beside a plain loop over libsnmp and Debian's pollers."
    )

    @Option(help: "Simulated OLTs, 1 to 4096.")
    var olts = 1000

    @Option(help: "OLTs at a time, 1 to 4096.")
    var inFlight = 256

    @Option(help: "Alternating runs, 1 to 99.")
    var rounds = 5

    @Option(name: .customLong("peer-olts"), help: "OLTs that the slower peers are measured with, 1 to 4096.")
    var peerOLTs = 100

    @Option(help: "A recording that every OLT serves; without it, that of a C320 beside this repository, else a generated OLT.")
    var recording: String?

    @OptionGroup var options: BenchOptions

    func validate() throws {
        try PollCounts.check(olts, inFlight, rounds, peerOLTs)
    }

    func run() async throws {
        let file = recording ?? Recordings.path("zte_c320_v2.1.snmprec")
        if file == nil { options.progress("no recordings here (FLOTILLA_RECORDINGS): OLTs are generated") }
        let served = file.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "a generated ZTE C600 of 128 ONUs"
        var job = PollJob(work: .walk("1.3.6.1"), first: "127.40.0.0", devices: olts, inFlight: min(inFlight, olts), count: 25)
        if recording == nil { job.narrowRoot = file == nil ? "1.3.6.1.4.1.3902.1082.500.10" : "1.3.6.1.4.1.3902.1012" }
        let bench = PollBench(
            title: "Walks of 1.3.6.1, 25 repetitions, on \(olts) simulated OLTs that serve \(served)",
            job: job,
            group: BenchOLTs.Group(first: job.first, count: olts, recording: file, vendor: "zte-c6xx"),
            rounds: rounds,
            peerDevices: peerOLTs,
            note: options.progress
        )
        try await options.inForeground("snmp-walk") { try await bench.measure() }
    }
}

/// `flotilla bench snmp-get`.
struct BenchGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snmp-get",
        abstract: "Optics of 128 ONUs of each OLT by GET, beside the same peers."
    )

    @Option(help: "Simulated OLTs, 1 to 4096.")
    var olts = 1000

    @Option(help: "OLTs at a time, 1 to 4096.")
    var inFlight = 256

    @Option(help: "Alternating runs, 1 to 99.")
    var rounds = 5

    @Option(name: .customLong("peer-olts"), help: "OLTs that the slower peers are measured with, 1 to 4096.")
    var peerOLTs = 20

    @OptionGroup var options: BenchOptions

    func validate() throws {
        try PollCounts.check(olts, inFlight, rounds, peerOLTs)
    }

    func run() async throws {
        // Received and sent power, and the OLT's view, of 128 ONUs of port 1/1, as a profile asks for them row by row.
        let names = (1...128).flatMap { unit in
            [
                "1.3.6.1.4.1.3902.1082.500.20.2.2.2.1.10.285278465.\(unit).1",
                "1.3.6.1.4.1.3902.1082.500.20.2.2.2.1.14.285278465.\(unit).1",
                "1.3.6.1.4.1.3902.1082.500.1.2.4.2.1.2.285278465.\(unit)",
            ]
        }
        let job = PollJob(work: .get(names), first: "127.41.0.0", devices: olts, inFlight: min(inFlight, olts), count: 20)
        let bench = PollBench(
            title: "GETs of 20 names for three optical values of 128 ONUs on \(olts) simulated C600",
            job: job,
            group: BenchOLTs.Group(first: job.first, count: olts, vendor: "zte-c6xx"),
            rounds: rounds,
            peerDevices: peerOLTs,
            note: options.progress
        )
        try await options.inForeground("snmp-get") { try await bench.measure() }
    }
}

/// `flotilla bench snmp-dead`.
struct BenchDeadOLTsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snmp-dead",
        abstract: "How much later live OLTs are done when 3 in 100 are dead and 10 in 100 slow."
    )

    @Option(help: "Simulated OLTs, 40 to 4096.")
    var olts = 3000

    @Option(help: "Alternating runs, 1 to 99.")
    var rounds = 7

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (40...4096).contains(olts) else { throw ValidationError("--olts \(olts) is out of range; allowed: 40 to 4096") }
        guard (1...99).contains(rounds) else { throw ValidationError("--rounds \(rounds) is out of range; allowed: 1 to 99") }
    }

    func run() async throws {
        let bench = DeadOLTBench(olts: olts, rounds: rounds, note: options.progress)
        try await options.inForeground("snmp-dead") { try await bench.measure() }
    }
}

/// `flotilla bench overload`.
struct BenchOverloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overload",
        abstract:
            "An hour of work on OLTs that take one request at a time, played faster: are any dropped because of us? Ends with 1 if so."
    )

    @Option(help: "Simulated OLTs, 1 to 250.")
    var olts = 50

    @Option(help: "Minutes of the script, 1 to 600.")
    var minutes = 60

    @Option(help: "How many times faster, 1 to 60.")
    var speed = 20.0

    @Flag(help: "End with 0 whatever was dropped: a machine at its limit makes answers late, and late answers are asked for again.")
    var unjudged = false

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1...250).contains(olts) else { throw ValidationError("--olts \(olts) is out of range; allowed: 1 to 250") }
        guard (1...600).contains(minutes) else { throw ValidationError("--minutes \(minutes) is out of range; allowed: 1 to 600") }
        guard (1...60).contains(speed) else { throw ValidationError("--speed \(speed) is out of range; allowed: 1 to 60") }
    }

    func run() async throws {
        let (olts, minutes, speed, options) = (olts, minutes, speed, options)
        let found = Mutex<OverloadFigures?>(nil)
        try await options.onServers("overload") { servers in
            let bench = OverloadBench(olts: olts, minutes: minutes, speed: speed, servers: servers, note: options.progress)
            let figures = try await bench.measure()
            found.withLock { $0 = figures }
            return figures
        }
        guard !unjudged, let figures = found.withLock(\.self), !figures.isGood else { return }
        throw CommandError(
            .failed,
            "\(figures.overloaded) requests were dropped because of us (\(figures.droppingDevices.prefix(5).joined(separator: ", "))), "
                + "\(figures.dropped) in all; \(figures.overlaps) overlaps; \(figures.succeeded) of \(figures.operations) succeeded"
        )
    }
}

/// Ranges that the benches of pollers share.
private enum PollCounts {
    static func check(_ olts: Int, _ inFlight: Int, _ rounds: Int, _ peerOLTs: Int) throws {
        for (name, value) in [("--olts", olts), ("--in-flight", inFlight), ("--peer-olts", peerOLTs)] {
            guard (1...4096).contains(value) else { throw ValidationError("\(name) \(value) is out of range; allowed: 1 to 4096") }
        }
        guard (1...99).contains(rounds) else { throw ValidationError("--rounds \(rounds) is out of range; allowed: 1 to 99") }
    }
}

/// Recordings of real gear, which lie beside the repository and never in it.
enum Recordings {
    /// `nil` when it is not there.
    static func path(_ name: String) -> String? {
        let folder = ProcessInfo.processInfo.environment["FLOTILLA_RECORDINGS"] ?? "../shared/snmp/recordings"
        let path = URL(fileURLWithPath: folder).appendingPathComponent(name).path
        return FileManager.default.isReadableFile(atPath: path) ? path : nil
    }
}

extension BenchOptions {
    /// Measures something that brings its own processes, and publishes.
    fileprivate func inForeground<Figures: BenchFigures>(
        _ bench: String,
        measure: @escaping @Sendable () async throws -> Figures
    ) async throws {
        let machine = BenchMachine()
        let folder = try ScratchFolder("bench")
        try await Foreground.run(
            starting: {},
            stopping: { folder.remove() },
            body: {
                let figures = try await measure()
                var versions = await BenchVersions(in: folder)
                versions.netSNMP = await BenchVersions.netSNMP(in: folder)
                try publish(bench, machine, versions, figures)
            }
        )
    }
}
