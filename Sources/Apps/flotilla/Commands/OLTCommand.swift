import APIContract
import ArgumentParser
import Domain
import Foundation
import Wire

/// `flotilla olt add|import|list|show|set|enable|disable|rm|operation|ports|discover|probe|credentials`.
struct OLTCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "olt",
        abstract: "Enter OLTs and ask them.",
        subcommands: [
            Add.self, Import.self, List.self, Show.self, Change.self, Enable.self, Disable.self, Remove.self, Operations.self, Ports.self,
            Discover.self, Probe.self, ChangeCredentials.self,
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

        @Option(help: "How long nobody asks it after an unclean end, such as 20s, at most 60s.")
        var quietGap: String?

        @Option(help: ArgumentHelp("A label; may be repeated.", valueName: "key=value"))
        var label: [String] = []

        @Option(help: ArgumentHelp("What to ask on a schedule: discovery=4/h, get.optics=5m; may be repeated.", valueName: "type=often"))
        var operation: [String] = []

        @Flag(help: "Enter it without asking it yet.")
        var disabled = false

        @OptionGroup var credentials: CredentialOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            var draft = OLTDraft(
                name: name,
                address: address,
                port: port,
                profile: profile,
                credentials: try credentials.draft(standard: "public"),
                pdusPerSecond: pdusPerSecond
            )
            draft.quietGap = quietGap
            draft.labels = label.isEmpty ? nil : try LabelText.read(label)
            draft.operations = operation.isEmpty ? nil : try operation.map(CadenceText.operation)
            draft.enabled = disabled ? false : nil
            let olt: OLTShape = try await common.client().post(APIPath.olts, draft)
            if common.json { return try Terminal.json(olt) }
            Terminal.say("\(olt.name) entered as olt:\(olt.id) at \(olt.address), profile \(olt.profile)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List OLTs.", aliases: ["ls"])

        @Option(help: "Only those with this in name or address.")
        var text: String?

        @Option(help: "Only those of this profile.")
        var profile: String?

        @Option(help: ArgumentHelp("Only those with this label; may be repeated.", valueName: "key=value"))
        var label: [String] = []

        @Flag(help: "Only those that are disabled.")
        var disabled = false

        @Option(help: "Only those that answer (yes), do not (no), or were never asked (unknown).")
        var reachable: String?

        @OptionGroup var page: PageOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let labels = try LabelText.read(label).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
            let query: [String: String?] = [
                "text": text, "profile": profile, "label": labels.isEmpty ? nil : labels, "enabled": disabled ? "false" : nil,
                "reachable": reachable,
            ]
            let list: Listing<OLTShape> = try await common.client().get(APIPath.olts, query: page.query(query))
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
            Terminal.say(OLTText.story(olt, common.times))
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
    static let head = ["id", "name", "address", "profile", "enabled", "reachable", "onus", "online", "last seen"]
    let row: [String]

    init(_ olt: OLTShape, _ times: TimeText) {
        row = [
            "\(olt.id)", olt.name, olt.address, olt.profile, olt.enabled ? "yes" : "no",
            olt.reachable.map { $0 ? "yes" : "no" } ?? "unknown", "\(olt.onus.total)",
            "\(olt.onus.online)", times.of(olt.lastSeenAt),
        ]
    }

    /// The row, what is asked on a schedule, and labels and limits where there is something to say.
    static func story(_ olt: OLTShape, _ times: TimeText) -> String {
        var lines = [TextTable(head, [OLTText(olt, times).row]).text(empty: ""), "", operations(olt)]
        var limits = ["\(olt.limits.pdusPerSecond) requests/s", "\(olt.limits.repetitionsMax) rows a request"]
        if let gap = olt.limits.quietGap { limits.append("quiet gap \(gap)") }
        lines += ["", "limits: " + limits.joined(separator: ", ")]
        if !olt.labels.isEmpty { lines.append("labels: " + Terminal.visible(LabelText.write(olt.labels))) }
        return lines.joined(separator: "\n")
    }

    static func operations(_ olt: OLTShape) -> String {
        let rows = olt.operations.map { [$0.type, $0.enabled ? "yes" : "no", $0.cadence, $0.timeout ?? ""] }
        return TextTable(["operation", "enabled", "often", "timeout"], rows)
            .text(empty: "nothing is asked on a schedule; declare it with `flotilla olt operation set`")
    }
}
