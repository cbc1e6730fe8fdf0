import ArgumentParser
import Assembly
import Foundation

/// `flotilla bench worker`.
struct BenchWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Tasks a second that one worker drains from full lanes, beside the plain loop that consumes."
    )

    @Option(help: "Tasks of each round, 1 to 116,000.")
    var tasks = 100_000

    @Option(help: "Rounds, each right after the plain loops, 1 to 99.")
    var rounds = 5

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1...LaneDrain.tasksMax).contains(tasks) else {
            throw ValidationError("--tasks \(tasks) is out of range; allowed: 1 to \(LaneDrain.tasksMax), what the lanes take")
        }
        guard (1...99).contains(rounds) else { throw ValidationError("--rounds \(rounds) is out of range; allowed: 1 to 99") }
    }

    func run() async throws {
        let (tasks, rounds, options) = (tasks, rounds, options)
        try await options.onServers("worker") { servers in
            try await WorkerBench(tasks: tasks, rounds: rounds, servers: servers, note: options.progress).measure()
        }
    }
}

/// `flotilla bench peers`.
struct BenchPeersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers",
        abstract: "The pipeline beside Celery and Dramatiq on the same broker, in one run (see `make bench-peers`)."
    )

    @Option(help: "A Python that has the packages of deploy/bench/peers/requirements.txt.")
    var python: String

    @Option(help: "Folder of peer.py.")
    var scripts = "deploy/bench/peers"

    @Option(help: "Tasks of Flotilla, 1 to 1,000,000.")
    var tasks = 100_000

    @Option(help: "Tasks of each peer, 10 to 1,000,000.")
    var peerTasks = 10_000

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1...1_000_000).contains(tasks) else { throw ValidationError("--tasks \(tasks) is out of range; allowed: 1 to 1000000") }
        guard (10...1_000_000).contains(peerTasks) else {
            throw ValidationError("--peer-tasks \(peerTasks) is out of range; allowed: 10 to 1000000")
        }
        guard FileManager.default.fileExists(atPath: "\(scripts)/peer.py") else {
            throw ValidationError("there is no peer.py in \(scripts); allowed: the folder deploy/bench/peers of the repository")
        }
    }

    func run() async throws {
        let (tasks, peerTasks, python, scripts, options) = (tasks, peerTasks, python, scripts, options)
        try await options.onServers("peers") { servers in
            var peers: [PeerRun] = []
            for name in ["celery", "dramatiq"] {
                options.progress("\(name), \(peerTasks) tasks")
                peers.append(try await PeerRun.measure(name, tasks: peerTasks, python: python, scripts: scripts, servers: servers))
            }
            let own = try await PipelineBench(
                tasks: tasks,
                workers: 2,
                slots: 256,
                batch: 1_000,
                submitters: 4,
                servers: servers,
                note: options.progress
            ).measure()
            return PeersFigures(flotilla: own, peers: peers)
        }
    }
}
