import APIContract
import ArgumentParser
import Foundation

/// `flotilla dlq batches list|show|stop`.
struct LetterBatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batches",
        abstract: "Follow and stop orders on many letters.",
        subcommands: [List.self, Show.self, Stop.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List batches, newest first.", aliases: ["ls"])

        @OptionGroup var page: PageOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let list: Listing<LetterBatchShape> = try await common.client().get(APIPath.letterBatches, query: page.query([:]))
            if common.json { return try Terminal.json(list) }
            let rows = list.items.map { batch in
                [
                    "\(batch.id)", batch.verb, batch.state, "\(batch.done)", "\(batch.left)", "\(batch.total)",
                    common.times.of(batch.createdAt),
                ]
            }
            Terminal.say(TextTable(["batch", "verb", "state", "done", "left", "total", "begun"], rows).text(empty: "no batches"))
            if let next = list.next { Terminal.note("more: --cursor \(next)") }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one batch.")

        @Argument(help: "Number of the batch.")
        var batch: Int64

        @Flag(help: "Go on telling until it is over; exit 5 when letters were left as they are, 1 when it was stopped.")
        var follow = false

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let client = try common.client()
            var shape: LetterBatchShape = try await client.get(APIPath.letterBatch(batch))
            var told = ""
            while follow, shape.state == "running" {
                let text = LetterText.batch(shape, common.times)
                if !common.json, text != told { Terminal.note(text) }
                told = text
                try await Task.sleep(for: .milliseconds(500))
                shape = try await client.get(APIPath.letterBatch(batch))
            }
            if common.json { try Terminal.json(shape) } else { Terminal.say(LetterText.batch(shape, common.times)) }
            guard follow else { return }
            if shape.state == "stopped" { throw CommandError(.failed, "the batch was stopped") }
            if shape.left > 0 { throw CommandError(.partial, "\(shape.left) letters were left as they are") }
        }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stop a batch; what it did stays done.")

        @Argument(help: "Number of the batch.")
        var batch: Int64

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let shape: LetterBatchShape = try await common.client().post(APIPath.letterBatch(batch) + ":stop", [String: String]())
            if common.json { return try Terminal.json(shape) }
            Terminal.say(LetterText.batch(shape, common.times))
        }
    }
}
