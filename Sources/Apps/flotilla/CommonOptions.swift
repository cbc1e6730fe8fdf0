import ArgumentParser
import Foundation

/// What every command that asks the orchestrator understands.
struct CommonOptions: ParsableArguments {
    @Option(help: "Address of the orchestrator (environment: FLOTILLA_URL).")
    var url: String = CommonOptions.standardURL

    static var standardURL: String { ProcessInfo.processInfo.environment["FLOTILLA_URL"] ?? "http://127.0.0.1:7070" }

    @Flag(help: "Print JSON and nothing else.")
    var json = false

    @Flag(help: "Print times in full instead of relative.")
    var iso = false

    func client() throws -> APIClient {
        try APIClient(url)
    }

    var times: TimeText { TimeText(iso: iso) }
}

/// The page of a listing.
struct PageOptions: ParsableArguments {
    @Option(help: "Items a page, 1 to 1000.")
    var limit = 50

    @Option(help: "Where to go on, as printed below a page.")
    var cursor: String?

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit \(limit) is out of range; allowed: 1 to 1000") }
    }

    func query(_ others: [String: String?]) -> [String: String?] {
        others.merging(["limit": "\(limit)", "cursor": cursor]) { _, own in own }
    }
}
