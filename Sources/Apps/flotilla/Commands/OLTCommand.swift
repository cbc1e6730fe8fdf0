import APIContract
import ArgumentParser
import Domain
import Foundation
import Wire

/// `flotilla olt add|import|list|show|ports|discover|probe|credentials`.
struct OLTCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "olt",
        abstract: "Enter OLTs and ask them.",
        subcommands: [
            Add.self, Import.self, List.self, Show.self, Ports.self, Discover.self, Probe.self, ChangeCredentials.self,
        ]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Enter an OLT.")

        @Argument(help: "A unique name.")
        var name: String

        @Argument(help: "IP address or host name.")
        var address: String

        @Option(help: "UDP port.")
        var port = 161

        @Option(help: "The profile: what this vendor's tables mean; auto asks the device.")
        var profile = OLT.anyProfile

        @Option(help: "Requests a second at most, 1 to 1000.")
        var pdusPerSecond: Int?

        @OptionGroup var credentials: CredentialOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let draft = OLTDraft(
                name: name,
                address: address,
                port: port,
                profile: profile,
                credentials: try credentials.draft(standard: "public"),
                pdusPerSecond: pdusPerSecond
            )
            let olt: OLTShape = try await common.client().post(APIPath.olts, draft)
            if common.json { return try Terminal.json(olt) }
            Terminal.say("\(olt.name) entered as olt:\(olt.id) at \(olt.address), profile \(olt.profile)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List OLTs.", aliases: ["ls"])

        @OptionGroup var page: PageOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let list: Listing<OLTShape> = try await common.client().get(APIPath.olts, query: page.query([:]))
            if common.json { return try Terminal.json(list) }
            let rows = list.items.map { OLTText($0, common.times).row }
            Terminal.say(TextTable(OLTText.head, rows).text(empty: "no OLTs; enter one with `flotilla olt add`"))
            if let next = list.next { Terminal.note("more: --cursor \(next)") }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one OLT.")

        @Argument(help: "Name or id.")
        var olt: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let olt: OLTShape = try await common.client().get(APIPath.olt(olt))
            if common.json { return try Terminal.json(olt) }
            Terminal.say(TextTable(OLTText.head, [OLTText(olt, common.times).row]).text(empty: ""))
        }
    }

    struct Probe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask an OLT who it is: one that is entered as an urgent task, an address from this machine."
        )

        @Argument(help: "Name or id, or the address of a device that is not entered.")
        var olt: String

        @OptionGroup var directly: DirectProbe.Options
        @OptionGroup var common: CommonOptions

        func run() async throws {
            if let probe = try directly.probe(of: olt) { return try await probe.run(json: common.json) }
            let client = try common.client()
            let draft = TaskDraft(kind: "snmp.probe", payload: ["olt": .text(olt)], priority: "urgent", maxAttempts: 1)
            let receipt: ReceiptShape = try await client.post(
                APIPath.tasks,
                bytes: Data(DraftCodec.encode(draft, as: .json)),
                contentType: "application/json"
            )
            let task = try await TaskFollower(client: client).ended(receipt.id)
            if common.json { try Terminal.json(task) }
            guard task.state == TaskState.succeeded.word else {
                throw CommandError(.nobodyAnswered, task.error?.message ?? "the probe ended \(task.state)")
            }
            if !common.json { Terminal.say(PayloadJSON.encode(task.result ?? [:])) }
        }
    }
}

/// An OLT as a row of a table.
struct OLTText {
    static let head = ["id", "name", "address", "profile", "reachable", "onus", "online", "last seen"]
    let row: [String]

    init(_ olt: OLTShape, _ times: TimeText) {
        row = [
            "\(olt.id)", olt.name, olt.address, olt.profile, olt.reachable.map { $0 ? "yes" : "no" } ?? "unknown", "\(olt.onus.total)",
            "\(olt.onus.online)", times.of(olt.lastSeenAt),
        ]
    }
}
