import APIContract
import ArgumentParser
import Assembly
import BrokerAdapter
import Foundation

/// `flotilla topology diff|apply`.
struct TopologyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topology",
        abstract: "Compare exchanges, queues and bindings at the broker (FLOTILLA_BROKER_URL) with what Flotilla wants.",
        subcommands: [Diff.self, Apply.self]
    )

    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print what is missing or different; ends with 0 when nothing is, else with 5."
        )

        @Flag(help: "Print JSON and nothing else.")
        var json = false

        @Flag(help: "Print what is fine, too.")
        var all = false

        func run() async throws {
            try await TopologyCommand.report(json: json, all: all) { try await $0.check() }
        }
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make what is missing; what differs is left alone, and said how to mend (then ends with 5)."
        )

        @Flag(help: "Print JSON and nothing else.")
        var json = false

        @Flag(help: "Print what is fine, too.")
        var all = false

        func run() async throws {
            try await TopologyCommand.report(json: json, all: all) { try await $0.apply() }
        }
    }

    private static func report(json: Bool, all: Bool, _ work: (BrokerTopology) async throws -> [TopologyItem]) async throws {
        let items: [TopologyItem]
        do {
            items = try await work(BrokerTopology(environment: ProcessInfo.processInfo.environment))
        } catch let error as StartupError {
            throw CommandError(error.isNobodyThere ? .nobodyAnswered : .usage, error.message)
        }
        let shapes = items.map(TopologyShape.init)
        let wrong = items.count { !$0.isFine }
        if json {
            try Terminal.json(shapes)
        } else {
            let shown = shapes.filter { all || !["fine", "untold"].contains($0.state) }
            let rows = shown.map { [$0.kind, $0.name, $0.state, $0.detail ?? ""] }
            Terminal.say(TextTable(["kind", "name", "state", "what"], rows).text(empty: "the broker has what Flotilla wants"))
            for advice in Set(shown.compactMap(\.advice)).sorted() { Terminal.note(advice) }
        }
        guard wrong > 0 else { return }
        throw CommandError(.partial, "\(wrong) of \(items.count) are missing or different")
    }
}

/// One line of a comparison, for `--json`.
struct TopologyShape: Codable {
    /// exchange, queue or binding.
    let kind: String
    let name: String
    /// fine, missing, different, held, untold (a binding between two that stand: AMQP cannot ask for it) or made.
    let state: String
    @OrNull var argument: String?
    @OrNull var wanted: String?
    @OrNull var found: String?
    /// For people.
    @OrNull var detail: String?

    init(_ item: TopologyItem) {
        kind = item.kind.rawValue
        name = item.name
        var difference: TopologyDifference?
        switch item.state {
        case .fine: state = "fine"
        case .missing: state = "missing"
        case .untold: state = "untold"
        case .made: state = "made"
        case .held(let reason):
            state = "held"
            detail = reason
        case .different(let told):
            difference = told
            state = "different"
            detail = told.argument.map { "\($0): wanted \(told.wanted ?? "?"), found \(told.found ?? "?")" } ?? told.text
        }
        argument = difference?.argument
        wanted = difference?.wanted
        found = difference?.found
    }

    /// What to do about it.
    var advice: String? {
        switch state {
        case "missing": "missing: `flotilla topology apply` makes it"
        case "different":
            "different: the broker cannot change it in place. Let it run empty (`flotilla workers drain`, no orchestrator dispatching), "
                + "delete it (`rabbitmqctl delete_queue NAME`), then `flotilla topology apply`"
        case "held": "held: another connection has it for itself; end that program first"
        default: nil
        }
    }
}
