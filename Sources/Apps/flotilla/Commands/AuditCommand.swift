import APIContract
import ArgumentParser
import Foundation
import Wire

/// `flotilla audit list`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "audit", abstract: "Who forced or changed what.", subcommands: [List.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List what was asked for, newest first.", aliases: ["ls"])

        @Option(help: "Only what this one asked for, e.g. local:ada.")
        var actor: String?

        @Option(help: "Only this verb, e.g. lease.release; with a dot at its end all of a noun: lease.")
        var verb: String?

        @Option(help: "Only what was asked of this, e.g. a key or an id.")
        var subject: String?

        @Option(help: "Only from this time on, e.g. 2026-01-31T12:00:00Z.")
        var since: String?

        @OptionGroup var page: PageOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let query = page.query(["actor": actor, "verb": verb, "subject": subject, "since": since])
            let list: Listing<AuditShape> = try await common.client().get(APIPath.audit, query: query)
            if common.json { return try Terminal.json(list) }
            let rows = list.items.map { entry in
                [common.times.of(entry.at), entry.actor, entry.verb, entry.subject, PayloadJSON.encode(entry.detail)]
            }
            Terminal.say(TextTable(["at", "actor", "verb", "subject", "detail"], rows).text(empty: "nothing was forced or changed"))
            if let next = list.next { Terminal.note("more: --cursor \(next)") }
        }
    }
}
