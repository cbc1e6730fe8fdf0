import APIContract
import ArgumentParser
import Domain
import Foundation
import Wire

extension OLTCommand {
    struct Discover: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Find the ONUs of an OLT, and show how far the discovery is.",
            discussion:
                "The OLT is asked by one task at a time: behind another one this one waits, and says so. Ctrl-C stops looking, not the task."
        )

        @Argument(help: "Name or id.")
        var olt: String

        @Option(help: "One of the eight priorities.")
        var priority = "high"

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let client = try common.client()
            let draft = TaskDraft(kind: "snmp.discovery", payload: ["olt": .text(olt)], priority: priority)
            let receipt: ReceiptShape = try await client.post(
                APIPath.tasks,
                bytes: Data(DraftCodec.encode(draft, as: .json)),
                contentType: "application/json"
            )
            Terminal.note("task \(receipt.id)")
            var follower = TaskFollower(client: client)
            follower.note = Terminal.note
            let task = try await follower.ended(receipt.id)
            if common.json { try Terminal.json(task) }
            guard task.state == TaskState.succeeded.word else {
                throw CommandError(.failed, task.error?.message ?? "the discovery ended \(task.state)")
            }
            if !common.json { Terminal.say(PayloadJSON.encode(task.result ?? [:])) }
        }
    }

    struct Ports: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the ports of an OLT with their ONUs.")

        @Argument(help: "Name or id.")
        var olt: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let list: Listing<PortShape> = try await common.client().get(APIPath.oltPorts(olt))
            if common.json { return try Terminal.json(list) }
            let rows = list.items.map { port in
                [port.port, "\(port.total)", "\(port.online)", "\(port.offline)", port.counted.map(String.init) ?? ""]
            }
            Terminal.say(TextTable(["port", "onus", "online", "offline", "counted by the device"], rows).text(empty: "no ports"))
        }
    }
}
