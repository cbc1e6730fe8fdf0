import APIContract
import ArgumentParser
import Foundation

/// `flotilla workers list`.
struct WorkersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "workers", abstract: "Look at workers.", subcommands: [List.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List workers.", aliases: ["ls"])

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let list: Listing<WorkerShape> = try await common.client().get(APIPath.workers)
            if common.json { return try Terminal.json(list) }
            let rows = list.items.map { worker in
                [
                    worker.id, worker.status,
                    "\(worker.slots.values.reduce(0) { $0 + $1.used })/\(worker.slots.values.reduce(0) { $0 + $1.total })",
                    worker.running.map(\.kind).joined(separator: ","), "\(worker.tasksCompleted)", "\(worker.tasksFailed)",
                    common.times.of(worker.lastHeartbeatAt),
                ]
            }
            let head = ["worker", "status", "slots", "running", "done", "failed", "last beat"]
            Terminal.say(TextTable(head, rows).text(empty: "no worker has registered"))
        }
    }
}

/// `flotilla queues`.
struct QueuesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "queues", abstract: "Show lanes and other queues with their depths.")

    @Flag(help: "Show empty lanes too.")
    var all = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let list: Listing<QueueShape> = try await common.client().get(APIPath.queues)
        if common.json { return try Terminal.json(list) }
        let shown = list.items.filter { all || $0.`class` == nil || ($0.depth ?? 0) + ($0.queued ?? 0) + ($0.waiting ?? 0) > 0 }
        let rows = shown.map { queue in
            [
                queue.name, number(queue.depth), queue.`class` == nil ? "" : number(queue.queued),
                queue.`class` == nil ? "" : number(queue.waiting), number(queue.consumers),
            ]
        }
        Terminal.say(TextTable(["queue", "ready", "queued", "waiting", "consumers"], rows).text(empty: "no queues"))
    }

    private func number(_ value: Int?) -> String {
        value.map(String.init) ?? "unknown"
    }
}

/// `flotilla dlq list|show|retry`.
struct DeadLetterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq",
        abstract: "Look at dead letters and try them again.",
        subcommands: [List.self, Show.self, Retry.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List dead letters, newest first.", aliases: ["ls"])

        @Option(help: "dead, retrying, retried or dropped.")
        var state: String?

        @Option(help: "Only letters with this reason.")
        var reason: String?

        @Option(help: "Only letters of this kind of task.")
        var kind: String?

        @OptionGroup var page: PageOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let query = page.query(["state": state, "reason": reason, "kind": kind])
            let list: Listing<LetterShape> = try await common.client().get(APIPath.deadLetters, query: query)
            if common.json { return try Terminal.json(list) }
            let rows = list.items.map { letter in
                [
                    "\(letter.id)", letter.kind ?? "unknown", letter.reason, letter.state, "\(letter.attempts)",
                    common.times.of(letter.lastDiedAt), letter.message,
                ]
            }
            let head = ["letter", "kind", "reason", "state", "attempts", "died", "message"]
            Terminal.say(TextTable(head, rows).text(empty: "no dead letters"))
            if let next = list.next { Terminal.note("more: --cursor \(next)") }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Tell the whole story of one letter.")

        @Argument(help: "Number of the letter.")
        var letter: Int64

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let client = try common.client()
            let letter: LetterShape = try await client.get(APIPath.deadLetter(letter))
            if common.json { return try Terminal.json(letter) }
            Terminal.say("letter \(letter.id)  \(letter.reason)  \(letter.state)\n  \(letter.message)")
            if let body = letter.body, let bytes = Data(base64Encoded: body) {
                Terminal.say("  original message (\(letter.contentType ?? "no content type"), \(bytes.count) bytes):")
                Terminal.say("  " + String(decoding: bytes.prefix(2000), as: UTF8.self))
            }
            guard let id = letter.task else { return }
            let task: TaskShape = try await client.get(APIPath.task(id))
            Terminal.say(TaskText(task, common.times).story)
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Admit a new task for each letter; the dead one stays dead.")

        @Argument(help: "Numbers of the letters.")
        var letters: [Int64]

        @Flag(help: "Only print the plan.")
        var dryRun = false

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let order = RetryRequest(ids: letters, dryRun: dryRun)
            let list: Listing<RetryShape> = try await common.client().post(APIPath.deadLettersRetry, order)
            if common.json {
                try Terminal.json(list)
            } else {
                let rows = list.items.map { ["\($0.letter)", $0.kind ?? "unknown", $0.answer, $0.task ?? ""] }
                Terminal.say(TextTable(["letter", "kind", "answer", "task"], rows).text(empty: "nothing to do"))
            }
            let done = list.items.count { ["retried", "would_retry"].contains($0.answer) }
            if done == 0 { throw CommandError(.notFound, "no letter could be retried") }
            if done < list.items.count {
                throw CommandError(.partial, "\(list.items.count - done) of \(list.items.count) letters could not be retried")
            }
        }
    }
}
