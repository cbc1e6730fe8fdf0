import ArgumentParser
import Foundation

/// `flotilla bench dlq`.
struct BenchDeadLetterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq",
        abstract: "Dead letters: writing them, retrying many by a batch, reading pages among many."
    )

    @Option(help: "Letters that one batch retries, 100 to 1,000,000.")
    var retries = 100_000

    @Option(help: "Letters among which pages are read, 100 to 2,000,000.")
    var among = 1_000_000

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (100...1_000_000).contains(retries) else {
            throw ValidationError("--retries \(retries) is out of range; allowed: 100 to 1000000")
        }
        guard (100...2_000_000).contains(among) else { throw ValidationError("--among \(among) is out of range; allowed: 100 to 2000000") }
    }

    func run() async throws {
        let (retries, among, options) = (retries, among, options)
        try await options.onServers("dlq") { servers in
            try await DeadLetterBench(retries: retries, among: among, servers: servers, note: options.progress).measure()
        }
    }
}
