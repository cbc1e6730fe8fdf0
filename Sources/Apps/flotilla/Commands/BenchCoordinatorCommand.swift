import ArgumentParser
import Synchronization

/// `flotilla bench coordinator`.
struct BenchCoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "What it costs to coordinate many OLTs: turns without a change, changes, plans, memory."
    )

    @Option(help: "OLTs with four operations each, 10 to 200,000.")
    var olts = 50_000

    @Option(help: "Seconds that nothing changes, 10 to 3600.")
    var idle = 130

    @Option(help: "Changes that are timed one by one, 1 to 1000.")
    var changes = 30

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (10...200_000).contains(olts) else { throw ValidationError("--olts \(olts) is out of range; allowed: 10 to 200000") }
        guard (10...3600).contains(idle) else { throw ValidationError("--idle \(idle) is out of range; allowed: 10 to 3600") }
        guard (1...1000).contains(changes) else { throw ValidationError("--changes \(changes) is out of range; allowed: 1 to 1000") }
    }

    func run() async throws {
        let (olts, idle, changes, options) = (olts, idle, changes, options)
        try await options.onServers("coordinator") { servers in
            try await CoordinatorBench(
                olts: olts,
                idle: .seconds(idle),
                changes: changes,
                servers: servers,
                note: options.progress
            ).measure()
        }
    }
}

/// `flotilla bench hour`.
struct BenchHourCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hour",
        abstract: "A quota's period, compressed, on real servers and simulated OLTs; judged by what the OLTs saw."
    )

    @Option(help: "Simulated OLTs, 3 to 5000.")
    var olts = 200

    @Option(help: "Seconds that the period lasts, 20 to 3600.")
    var seconds = 120

    @Flag(help: "Print the figures and do not judge them.")
    var unjudged = false

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (3...5000).contains(olts) else { throw ValidationError("--olts \(olts) is out of range; allowed: 3 to 5000") }
        guard (20...3600).contains(seconds) else { throw ValidationError("--seconds \(seconds) is out of range; allowed: 20 to 3600") }
    }

    func run() async throws {
        let (olts, seconds, options) = (olts, seconds, options)
        let found = Mutex<HourFigures?>(nil)
        try await options.onServers("hour") { servers in
            let figures = try await HourBench(olts: olts, seconds: seconds, servers: servers, note: options.progress).measure()
            found.withLock { $0 = figures }
            return figures
        }
        guard unjudged || found.withLock({ $0?.isGood }) == true else { throw CommandError(.failed, "the period is not as it has to be") }
    }
}
