import ArgumentParser
import Foundation
import PrivateServers

/// `flotilla bench leases`.
struct BenchLeasesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leases",
        abstract: "Leases a second through the real adapter, beside redis-benchmark with the same scripts."
    )

    @Option(help: "How often take, renew, release, 100 to 1,000,000.")
    var cycles = 50_000

    @Option(help: "Questions in flight, 1 to 1024.")
    var inFlight = 64

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (100...1_000_000).contains(cycles) else {
            throw ValidationError("--cycles \(cycles) is out of range; allowed: 100 to 1000000")
        }
        guard (1...1024).contains(inFlight) else { throw ValidationError("--in-flight \(inFlight) is out of range; allowed: 1 to 1024") }
    }

    func run() async throws {
        let machine = BenchMachine()
        let folder = try ScratchFolder("bench")
        let redis = try PrivateRedis()
        let (cycles, inFlight, options) = (cycles, inFlight, options)
        try await Foreground.run(
            starting: { try await redis.start() },
            stopping: {
                await redis.stop()
                folder.remove()
            },
            body: {
                let bench = LeaseBench(cycles: cycles, inFlight: inFlight, redis: redis, folder: folder, note: options.progress)
                let figures = try await bench.measure()
                try options.publish("leases", machine, try await BenchVersions(ofRedisIn: folder), figures)
            }
        )
    }
}

extension BenchVersions {
    /// The same, with the Redis of this machine alone.
    fileprivate init(ofRedisIn folder: ScratchFolder) async throws {
        await self.init(in: folder)
        let answer = try await Run.output(of: ChildProcess.Command("redis-server", ["--version"]), in: folder)
        redis = answer.firstMatch(of: /v=([0-9.]+)/).map { String($0.1) } ?? "unknown"
    }
}
