import ArgumentParser

/// `flotilla bench search`.
struct BenchSearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Finding ONUs among many over the API, and the plans of the searches."
    )

    @Option(help: "ONUs in the record, 1000 to 10,000,000.")
    var onus = 2_000_000

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1000...10_000_000).contains(onus) else { throw ValidationError("--onus \(onus) is out of range; allowed: 1000 to 10000000") }
    }

    func run() async throws {
        let (onus, options) = (onus, options)
        try await options.onServers("search") { servers in
            try await SearchBench(onus: onus, servers: servers, note: options.progress).measure()
        }
    }
}
