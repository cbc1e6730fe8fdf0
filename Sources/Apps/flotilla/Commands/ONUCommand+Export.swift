import APIContract
import ArgumentParser
import Foundation
import Wire

extension ONUCommand {
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write ONUs to standard output, as CSV or as one JSON object a line.",
            discussion: "A text that a spreadsheet would take for a formula gets an apostrophe before it; JSON has it as it is."
        )

        enum Form: EnumerableFlag {
            case csv, json
        }

        @Flag(help: "How they are written.")
        var form: Form = .csv

        @OptionGroup var filter: ONUOptions

        @Option(help: "Address of the orchestrator (environment: FLOTILLA_URL).")
        var url: String = CommonOptions.standardURL

        func run() async throws {
            let client = try APIClient(url)
            if form == .csv { Terminal.say(CSVText.record(Self.head)) }
            var cursor: String?
            repeat {
                let query = filter.query.merging(["limit": "1000", "cursor": cursor]) { _, own in own }
                let list: Listing<ONUShape> = try await client.get(APIPath.onus, query: query)
                let lines = try list.items.map { onu in
                    switch form {
                    case .csv: CSVText.record(Self.cells(onu))
                    case .json: try Self.line(onu)
                    }
                }
                if !lines.isEmpty { Terminal.say(lines.joined(separator: "\n")) }
                cursor = list.next
            } while cursor != nil
        }

        private static let head = [
            "olt", "port", "onu", "index", "serial", "mac", "name", "description", "model", "firmware", "adminStatus", "runStatus", "state",
            "rxOnuDbm", "optics", "txOnuDbm", "rxOltDbm", "distanceM", "temperatureC", "lastDownCause", "downClass", "firstSeenAt",
            "lastSeenAt", "readingsAt",
        ]

        private static func cells(_ onu: ONUShape) -> [String] {
            func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
            return [
                onu.olt, onu.port ?? "", onu.onuId.map(String.init) ?? "", onu.index, onu.serial ?? "", onu.mac ?? "", onu.name ?? "",
                onu.description ?? "", onu.model ?? "", onu.firmware ?? "", onu.adminStatus ?? "", onu.runStatus, onu.state,
                number(onu.rxOnuDbm), onu.optics ?? "", number(onu.txOnuDbm), number(onu.rxOltDbm), number(onu.distanceM),
                number(onu.temperatureC), onu.lastDownCause ?? "", onu.downClass ?? "", onu.firstSeenAt, onu.lastSeenAt,
                onu.readingsAt ?? "",
            ]
        }

        private static func line(_ onu: ONUShape) throws -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(onu), as: UTF8.self)
        }
    }
}
