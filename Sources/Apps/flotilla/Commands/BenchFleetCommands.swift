import ArgumentParser
import Foundation

extension BenchOptions {
    /// Starts private servers, measures on them and publishes; always stops them.
    func onServers<Figures: BenchFigures>(
        _ bench: String,
        measure: @escaping @Sendable (BenchServers) async throws -> Figures
    ) async throws {
        let machine = BenchMachine()
        let servers = try BenchServers()
        progress("starting RabbitMQ, Redis, PostgreSQL")
        try await Foreground.run(
            starting: { try await servers.start() },
            stopping: { await servers.stop() },
            body: {
                let figures = try await measure(servers)
                try publish(bench, machine, try await BenchVersions(of: servers), figures)
            }
        )
    }
}

/// `flotilla bench pipeline`.
struct BenchPipelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline",
        abstract: "Tasks a second from the batch API to their recorded outcomes, beside the plain loops."
    )

    @Option(help: "How many tasks, 1 to 1,000,000.")
    var tasks = 10_000

    @Option(help: "How many workers, 1 to 16.")
    var workers = 2

    @Option(help: "Slots of each worker, 1 to 1024.")
    var slots = 256

    @Option(help: "Drafts of a batch, 1 to 10,000.")
    var batch = 1_000

    @Option(help: "Connections that submit at once, 1 to 64.")
    var submitters = 4

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1...1_000_000).contains(tasks) else { throw ValidationError("--tasks \(tasks) is out of range; allowed: 1 to 1000000") }
        guard (1...16).contains(workers) else { throw ValidationError("--workers \(workers) is out of range; allowed: 1 to 16") }
        guard (1...1_024).contains(slots) else { throw ValidationError("--slots \(slots) is out of range; allowed: 1 to 1024") }
        guard (1...10_000).contains(batch) else { throw ValidationError("--batch \(batch) is out of range; allowed: 1 to 10000") }
        guard (1...64).contains(submitters) else {
            throw ValidationError("--submitters \(submitters) is out of range; allowed: 1 to 64")
        }
    }

    func run() async throws {
        let (tasks, workers, slots, batch, submitters, options) = (tasks, workers, slots, batch, submitters, options)
        try await options.onServers("pipeline") { servers in
            try await PipelineBench(
                tasks: tasks,
                workers: workers,
                slots: slots,
                batch: batch,
                submitters: submitters,
                servers: servers,
                note: options.progress
            ).measure()
        }
    }
}

/// `flotilla bench latency`.
struct BenchLatencyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "How long after a request its kind begins, at a steady rate."
    )

    @Option(help: "How long, 1 to 3600 s.")
    var seconds = 60

    @Option(help: "Tasks a second, 1 to 10,000.")
    var rate = 500

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1...3_600).contains(seconds) else { throw ValidationError("--seconds \(seconds) is out of range; allowed: 1 to 3600") }
        guard (1...10_000).contains(rate) else { throw ValidationError("--rate \(rate) is out of range; allowed: 1 to 10000") }
    }

    func run() async throws {
        let (seconds, rate, options) = (seconds, rate, options)
        try await options.onServers("latency") { servers in
            try await LatencyBench(seconds: seconds, perSecond: rate, servers: servers, note: options.progress).measure()
        }
    }
}

/// `flotilla bench footprint`.
struct BenchFootprintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "footprint",
        abstract: "Time until workers are registered, and memory when idle and with many SNMP operations at once."
    )

    @Option(help: "Idleness before memory is read, 0 to 600 s.")
    var seconds = 5

    @Option(help: "SNMP operations at once, 1 to 1000.")
    var operations = 1000

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (0...600).contains(seconds) else { throw ValidationError("--seconds \(seconds) is out of range; allowed: 0 to 600") }
        guard (1...1000).contains(operations) else {
            throw ValidationError("--operations \(operations) is out of range; allowed: 1 to 1000")
        }
    }

    func run() async throws {
        let (seconds, operations, options) = (seconds, operations, options)
        try await options.onServers("footprint") { servers in
            try await FootprintBench(idleSeconds: seconds, operations: operations, servers: servers, note: options.progress).measure()
        }
    }
}
