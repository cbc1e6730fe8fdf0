import APIContract
import ArgumentParser
import Foundation

/// `flotilla leases list|show|release`.
struct LeasesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leases",
        abstract: "Who holds which exclusion key, since when and until when.",
        subcommands: [List.self, Show.self, Release.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List leases that hold now.", aliases: ["ls"])

        @Option(help: "Only keys that contain this.")
        var text: String?

        @OptionGroup var page: PageOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let list: Listing<LeaseShape> = try await common.client().get(APIPath.leases, query: page.query(["text": text]))
            if common.json { return try Terminal.json(list) }
            Terminal.say(LeasesCommand.table(list.items, common.times).text(empty: "nobody holds a lease"))
            if let next = list.next { Terminal.note("more: --cursor \(next)") }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the lease of one key; exits with 3 when nobody holds it.")

        @Argument(help: "The key, e.g. olt:17; of a lock lock:NAME.")
        var key: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let lease: LeaseShape = try await common.client().get(APIPath.lease(key))
            if common.json { return try Terminal.json(lease) }
            Terminal.say(LeasesCommand.table([lease], common.times).text(empty: ""))
        }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End the renewals of a lease by force; the key is free when its holder's own end has passed. Written to the audit."
        )

        @Argument(help: "The key, e.g. olt:17; of a lock lock:NAME.")
        var key: String

        @Flag(help: "Yes, although its holder may be at work.")
        var force = false

        @OptionGroup var common: CommonOptions

        func run() async throws {
            guard force else {
                throw CommandError(
                    .usage,
                    "its holder may be at work: it is told that the lease is lost, and what it does is thrown away; say --force if that is meant"
                )
            }
            let answer: ForcedShape = try await common.client().post(APIPath.leaseRelease(key), ForceRequest(force: true))
            if common.json { return try Terminal.json(answer) }
            if let until = answer.freeAt {
                Terminal.say(
                    "\(key): not renewed any more, free \(common.times.of(until)); it is held by \(answer.holder ?? "an unknown holder")"
                )
            } else {
                Terminal.say("\(key): nobody holds it")
            }
        }
    }

    private static func table(_ leases: [LeaseShape], _ times: TimeText) -> TextTable {
        TextTable(
            ["key", "holder", "number", "since", "until", "waiters"],
            leases.map { lease in
                [
                    lease.key, lease.holder ?? "unknown", "\(lease.number)", times.of(lease.acquiredAt),
                    times.of(lease.expiresAt) + (lease.barred ? " (ends by force)" : ""), "\(lease.waiters)",
                ]
            }
        )
    }
}
