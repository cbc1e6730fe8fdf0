import APIContract
import ArgumentParser
import Domain

extension OLTCommand {
    /// `flotilla olt operation list|set|enable|disable|rm`.
    struct Operations: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "operation",
            abstract: "Say what an OLT is asked on a schedule.",
            discussion: "Types: \(OperationType.allowed).",
            subcommands: [List.self, Declare.self, Enable.self, Disable.self, Remove.self]
        )
    }
}

/// An operation of an OLT.
struct OperationChoice: ParsableArguments {
    @Argument(help: "Name or id of the OLT.")
    var olt: String

    @Argument(help: "The operation, such as discovery or get.optics.")
    var type: String

    @OptionGroup var common: CommonOptions

    /// Where it stands.
    func path() throws -> String {
        guard OperationType(word: type) != nil else {
            let near = OperationType.all.map(\.word).first { $0.hasPrefix(type) || $0.hasSuffix(type) || $0.contains(type) }
            let guess = near.map { "; did you mean \($0)?" } ?? ""
            throw CommandError(.usage, "there is no operation \"\(type)\"\(guess) allowed: \(OperationType.allowed)")
        }
        return APIPath.oltOperation(olt, type)
    }

    func show(_ operation: OperationShape) throws {
        if common.json { return try Terminal.json(operation) }
        Terminal.say("\(olt): \(operation.type) \(operation.cadence)\(operation.enabled ? "" : ", disabled")")
    }
}

extension OLTCommand.Operations {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List what is declared of an OLT.", aliases: ["ls"])

        @Argument(help: "Name or id of the OLT.")
        var olt: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let known: OLTShape = try await common.client().get(APIPath.olt(olt))
            if common.json { return try Terminal.json(Listing(items: known.operations, next: nil, total: known.operations.count)) }
            Terminal.say(OLTText.operations(known))
        }
    }

    struct Declare: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set",
            abstract: "Declare an operation: so many times an hour, or each time so much has passed."
        )

        @OptionGroup var choice: OperationChoice

        @Option(help: "Times an hour, 1 to 3600: a quota.")
        var perHour: Int?

        @Option(help: "Each time so much has passed, such as 5m, 1s to 720h.")
        var every: String?

        @Option(help: "How long one attempt may take, such as 60s; default: as long as the kind allows.")
        var timeout: String?

        @Flag(help: "Declare it without asking yet.")
        var disabled = false

        func validate() throws {
            guard (perHour == nil) != (every == nil) else {
                throw ValidationError("say how often; allowed: --per-hour N or --every SPAN, one of them")
            }
        }

        func run() async throws {
            let draft = OperationDraft(enabled: !disabled, perHour: perHour, every: every, timeout: timeout)
            try choice.show(try await choice.common.client().put(try choice.path(), draft))
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Ask for it again.")

        @OptionGroup var choice: OperationChoice

        func run() async throws {
            try choice.show(try await choice.common.client().patch(try choice.path(), OperationDraft(enabled: true)))
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Do not ask for it any more; what waits of it is cancelled.")

        @OptionGroup var choice: OperationChoice

        func run() async throws {
            try choice.show(try await choice.common.client().patch(try choice.path(), OperationDraft(enabled: false)))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm",
            abstract: "Take the declaration back.",
            aliases: ["remove"]
        )

        @OptionGroup var choice: OperationChoice

        func run() async throws {
            let left: OLTShape = try await choice.common.client().delete(try choice.path())
            if choice.common.json { return try Terminal.json(left) }
            Terminal.say("\(left.name) is not asked for \(choice.type) any more")
        }
    }
}

/// How often, in one word: `4/h` or `5m`.
enum CadenceText {
    static let allowed = "N/h such as 4/h, or a span such as 5m"

    static func read(_ text: String) -> (perHour: Int?, every: String?)? {
        let word = text.trimmingSpaces
        if let times = Int(word) ?? (word.hasSuffix("/h") ? Int(word.dropLast(2)) : nil) { return (times, nil) }
        return SpanText.read(word) == nil ? nil : (nil, word)
    }

    /// `TYPE=4/h`.
    static func operation(_ text: String) throws -> OperationDraft {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let often = read(parts[1]) else {
            throw CommandError(.usage, "--operation \(text) cannot be read; allowed: TYPE=OFTEN with \(allowed)")
        }
        return OperationDraft(type: parts[0], perHour: often.perHour, every: often.every)
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
