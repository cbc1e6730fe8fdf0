import APIContract
import ArgumentParser
import Domain
import Foundation

extension OLTCommand {
    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set",
            abstract: "Change an OLT; what is not named stays. Effective with the next task."
        )

        @Argument(help: "Name or id.")
        var olt: String

        @Option(help: "Another name.")
        var name: String?

        @Option(help: "IP address or host name.")
        var address: String?

        @Option(help: "UDP port.")
        var port: Int?

        @Option(help: "The profile; auto asks the device.")
        var profile: String?

        @Option(help: "Requests a second at most, 1 to 1000.")
        var pdusPerSecond: Int?

        @Option(help: "Rows asked for in one request at most, 1 to 100.")
        var repetitionsMax: Int?

        @Option(help: "Tries of one request, 1 to 10.")
        var attempts: Int?

        @Option(help: "How long nobody asks it after an unclean end, such as 20s, at most 60s; default: as the lease store waits.")
        var quietGap: String?

        @Option(help: ArgumentHelp("A label to set; KEY= takes it away. May be repeated.", valueName: "key=value"))
        var label: [String] = []

        @OptionGroup var common: CommonOptions

        func run() async throws {
            var patch = OLTPatch()
            patch.name = name
            patch.address = address
            patch.port = port
            patch.profile = profile
            patch.pdusPerSecond = pdusPerSecond
            patch.repetitionsMax = repetitionsMax
            patch.attempts = attempts
            if let quietGap { patch.quietGap = .some(quietGap == "default" ? nil : quietGap) }
            let labels = try LabelText.read(label)
            if !labels.isEmpty { patch.labels = labels.mapValues { $0.isEmpty ? nil : $0 } }
            guard patch != OLTPatch() else { throw CommandError(.usage, "nothing is to be changed; see `flotilla olt set --help`") }
            let changed: OLTShape = try await common.client().patch(APIPath.olt(olt), patch)
            if common.json { return try Terminal.json(changed) }
            Terminal.say(OLTText.story(changed, common.times))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm",
            abstract: "Forget an OLT with its ONUs and its plan; exits with 6 while tasks of it stand. Logs, quotas and readings stay.",
            aliases: ["remove"]
        )

        @Argument(help: "Name or id.")
        var olt: String

        @Flag(help: "Do not ask.")
        var yes = false

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let client = try common.client()
            let known: OLTShape = try await client.get(APIPath.olt(olt))
            if !yes { try Question.ask("forget \(known.name) at \(known.address) with its \(known.onus.total) ONUs?") }
            let gone: OLTShape = try await client.delete(APIPath.olt("\(known.id)"))
            if common.json { return try Terminal.json(gone) }
            Terminal.say("\(gone.name) is forgotten")
        }
    }
}

/// A question that a person answers; nobody's answer is no.
enum Question {
    static func ask(_ text: String) throws {
        Terminal.note("\(text) [y/N]")
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            throw CommandError(.failed, "nothing was done; --yes does it without a question")
        }
    }
}

/// Labels as people type them, `KEY=VALUE`.
enum LabelText {
    static func read(_ texts: [String]) throws -> [String: String] {
        var labels: [String: String] = [:]
        for text in texts {
            guard let end = text.firstIndex(of: "="), end > text.startIndex else {
                throw CommandError(.usage, "--label \(text) is no label; allowed: KEY=VALUE")
            }
            labels[String(text[..<end])] = String(text[text.index(after: end)...])
        }
        return labels
    }

    static func write(_ labels: [String: String]) -> String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}
