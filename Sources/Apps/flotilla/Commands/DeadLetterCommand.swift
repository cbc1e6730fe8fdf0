import APIContract
import ArgumentParser
import Foundation

/// `flotilla dlq list|show|retry|drop|export|batches`.
struct DeadLetterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq",
        abstract: "Look at dead letters, try them again, drop them.",
        subcommands: [List.self, Show.self, Retry.self, Drop.self, Export.self, LetterBatchCommand.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List dead letters, newest first, with counts by reason.",
            aliases: ["ls"]
        )

        @OptionGroup var letters: LetterOptions
        @OptionGroup var page: PageOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let query = page.query(try letters.words().mapValues { $0 })
            let list: LetterListing = try await common.client().get(APIPath.deadLetters, query: query)
            if common.json { return try Terminal.json(list) }
            let rows = list.items.map { letter in
                [
                    "\(letter.id)", letter.kind ?? "unknown", letter.reason, letter.state, "\(letter.attempts)",
                    common.times.of(letter.lastDiedAt), letter.message,
                ]
            }
            let head = ["letter", "kind", "reason", "state", "attempts", "died", "message"]
            Terminal.say(TextTable(head, rows).text(empty: "no dead letters"))
            if let reasons = list.reasons, !reasons.isEmpty {
                Terminal.note((list.total.map { "\($0) in all: " } ?? "more than were counted: ") + LetterText.counts(reasons))
            }
            if let next = list.next { Terminal.note("more: --cursor \(next)") }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Tell the whole story of one letter.")

        @Argument(help: "Number of the letter.")
        var letter: Int64

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let letter: LetterShape = try await common.client().get(APIPath.deadLetter(letter))
            if common.json { return try Terminal.json(letter) }
            let times = common.times
            Terminal.say("letter \(letter.id)  \(letter.reason)  \(letter.state)\n  \(letter.message)")
            Terminal.say("  first died \(times.of(letter.firstDiedAt)), last \(times.of(letter.lastDiedAt)), attempts \(letter.attempts)")
            if let errorClass = letter.errorClass { Terminal.say("  error class \(errorClass)") }
            if let task = letter.retriedAs { Terminal.say("  retried as \(task)") }
            if let body = letter.body, let bytes = Data(base64Encoded: body) {
                Terminal.say("  original message (\(letter.contentType ?? "no content type"), \(bytes.count) bytes):")
                Terminal.say("  " + String(decoding: bytes.prefix(2000), as: UTF8.self))
            }
            if let story = letter.story {
                Terminal.say(TaskText(story, times).story)
            } else if let task = letter.task {
                Terminal.say("  its task \(task) is kept no longer")
            }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Admit a new task for each letter; the dead one stays dead.",
            discussion:
                "Few letters that are named are retried at once. Many, or with a rate, become a batch: follow it with `dlq batches show`."
        )

        @OptionGroup var order: LetterOrderOptions

        @Option(help: "Letters a second at most, such as 50/s, 600/min, 1000/h.")
        var rate: String?

        @Option(help: "Another priority for the new tasks.")
        var priority: String?

        @Option(help: "A file with another payload (a JSON object), for one letter.")
        var payload: String?

        @OptionGroup var common: CommonOptions

        func run() async throws {
            var request = try order.request()
            request.rate = rate
            request.priority = priority
            if let payload { request.payload = try LetterText.payload(payload) }
            try await LetterOrdering(verb: "retry", options: order, common: common).run(request)
        }
    }

    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Close letters without trying their tasks again.")

        @OptionGroup var order: LetterOrderOptions

        @Flag(help: "Do not ask.")
        var yes = false

        @Option(help: "Letters a second at most, such as 50/s.")
        var rate: String?

        @OptionGroup var common: CommonOptions

        func run() async throws {
            var request = try order.request()
            request.rate = rate
            try await LetterOrdering(verb: "drop", options: order, common: common, asks: !yes).run(request)
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Write all letters that fit as JSON lines, newest first.")

        @Flag(help: "With each letter's task, attempts and original bytes: one request a letter.")
        var whole = false

        @OptionGroup var letters: LetterOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let client = try common.client()
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            var query: [String: String?] = try letters.words().mapValues { $0 }
            query["limit"] = "1000"
            while true {
                let page: LetterListing = try await client.get(APIPath.deadLetters, query: query)
                for item in page.items {
                    let letter: LetterShape = whole ? try await client.get(APIPath.deadLetter(item.id)) : item
                    Terminal.say(String(decoding: try encoder.encode(letter), as: UTF8.self))
                }
                guard let next = page.next else { return }
                query["cursor"] = next
            }
        }
    }
}

/// Which letters.
struct LetterOptions: ParsableArguments {
    @Option(help: "dead, retried or dropped.")
    var state: String?

    @Option(help: "Only letters with this reason.")
    var reason: String?

    @Option(help: "Only letters of this kind of task.")
    var kind: String?

    @Option(name: .customLong("class"), help: "Only letters of tasks of this class.")
    var taskClass: String?

    @Option(help: "Only letters with this class of error.")
    var errorClass: String?

    @Option(help: "Only letters of this OLT.")
    var olt: String?

    @Option(help: "Only letters that died longer ago, such as 15m, 12h, 7d.")
    var older: String?

    @Option(help: "Only letters that died since, such as 15m, 12h, 7d.")
    var newer: String?

    @Option(help: "Only letters whose message has this text.")
    var text: String?

    @Option(name: .customLong("filter"), help: "The same as NAME=VALUE; may be given several times.")
    var filters: [String] = []

    func words() throws -> [String: String] {
        var shape = LetterFilterShape()
        (shape.state, shape.reason, shape.kind, shape.`class`) = (state, reason, kind, taskClass)
        (shape.errorClass, shape.olt, shape.older, shape.newer, shape.text) = (errorClass, olt, older, newer, text)
        return try filters.reduce(into: shape.words) { words, text in
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, LetterFilterShape.names.contains(parts[0]) else {
                throw CommandError(
                    .usage,
                    "--filter \"\(text)\" is not NAME=VALUE; names: \(LetterFilterShape.names.joined(separator: ", "))"
                )
            }
            guard words.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw CommandError(.usage, "\(parts[0]) is given twice")
            }
        }
    }
}

/// The letters of an order: named, or by filter.
struct LetterOrderOptions: ParsableArguments {
    @Argument(help: "Numbers of the letters; or name a filter.")
    var letters: [Int64] = []

    @Flag(help: "All open letters.")
    var all = false

    @Flag(help: "Only print the plan.")
    var dryRun = false

    @OptionGroup var filter: LetterOptions

    func request() throws -> LetterOrderRequest {
        let words = try filter.words()
        guard [!letters.isEmpty, all, !words.isEmpty].count(where: { $0 }) == 1 else {
            throw CommandError(.usage, "name letters, or a filter, or --all: one of the three")
        }
        return letters.isEmpty ? LetterOrderRequest(filter: words) : LetterOrderRequest(ids: letters)
    }
}
