import ArgumentParser
import Foundation
import PrivateServers

/// `flotilla bench NAME`: figures of this machine, side by side in one run.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure Flotilla on private servers; only figures of one run may be compared.",
        subcommands: [
            BenchCeilingCommand.self, BenchWorkerCommand.self, BenchPipelineCommand.self, BenchLatencyCommand.self,
            BenchFootprintCommand.self, BenchLeasesCommand.self, BenchPeersCommand.self, BenchDeadLetterCommand.self,
            BenchSearchCommand.self, BenchCoordinatorCommand.self, BenchHourCommand.self,
            BenchWalkCommand.self, BenchGetCommand.self, BenchDeadOLTsCommand.self, BenchOverloadCommand.self,
        ]
    )
}

/// What every bench understands.
struct BenchOptions: ParsableArguments {
    @Flag(help: "Print JSON and nothing else.")
    var json = false

    @Option(help: "Also write the figures into this file, as the section of the bench.")
    var markdown: String?

    @Option(help: "A sentence about the circumstances, kept with the figures.")
    var note: String?

    /// Progress, unless a program listens.
    var progress: @Sendable (String) -> Void {
        let isQuiet = json
        return { text in
            if !isQuiet { Terminal.note(text) }
        }
    }

    func publish<Figures: BenchFigures>(_ bench: String, _ machine: BenchMachine, _ versions: BenchVersions, _ figures: Figures) throws {
        let report = BenchReport(
            bench: bench,
            at: Date.now.formatted(.iso8601),
            machine: machine,
            versions: versions,
            note: note,
            figures: figures
        )
        if json { try Terminal.json(report) } else { Terminal.say(report.text) }
        if let markdown { try BenchBook(path: markdown).write(report.markdown, section: bench) }
    }
}

/// `flotilla bench amqp-ceiling`.
struct BenchCeilingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "amqp-ceiling",
        abstract: "What plain loops over the C library reach: the measure of the others."
    )

    @Option(help: "Messages of each phase, 1 to 10,000,000.")
    var tasks = 100_000

    @Option(help: "Use this RabbitMQ instead of a private one (amqp://…).")
    var broker: String?

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1...10_000_000).contains(tasks) else { throw ValidationError("--tasks \(tasks) is out of range; allowed: 1 to 10000000") }
    }

    func run() async throws {
        let machine = BenchMachine()
        let folder = try ScratchFolder("bench")
        let server = broker == nil ? try PrivateRabbitMQ() : nil
        let (broker, tasks, options) = (broker, tasks, options)
        try await Foreground.run(
            starting: { try await server?.start() },
            stopping: {
                await server?.stop()
                folder.remove()
            },
            body: {
                options.progress("\(tasks) messages: publish, consume, both at once")
                let figures = try await CeilingRun.measure(url: broker ?? server?.url ?? "", messages: tasks, in: folder)
                var versions = await BenchVersions(in: folder)
                versions.rabbitMQ = figures.broker
                try options.publish("amqp-ceiling", machine, versions, figures)
            }
        )
    }
}
