import APIContract
import ArgumentParser
import Domain
import Foundation
import Wire

/// `flotilla task publish|show|list|cancel|reprioritize`.
struct TaskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task",
        abstract: "Publish tasks and follow them.",
        subcommands: [Publish.self, Show.self, List.self, Cancel.self, Reprioritize.self]
    )

    struct Publish: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Publish a task over HTTP or AMQP.")

        enum Route: String, ExpressibleByArgument, CaseIterable {
            case http, amqp
        }

        @Argument(help: "The kind, such as noop or snmp.discovery.")
        var kind: String

        @Option(help: "The payload as a JSON object.")
        var payload = "{}"

        @Option(help: "Short for a payload with this OLT.")
        var olt: String?

        @Option(help: "One of the eight priorities.")
        var priority: String?

        @Option(name: .customLong("class"), help: "The class of resource the task needs.")
        var taskClass: String?

        @Option(help: "The exclusion key.")
        var key: String?

        @Option(help: "Seconds that one attempt may take.")
        var timeout: Double?

        @Option(help: "While a task with this key is not done, publishing again answers with that task.")
        var uniqueKey: String?

        @Option(help: "Seconds that the unique key stands, whether the task is done or not.")
        var uniqueFor: Double?

        @Option(help: "Seconds from now after which the task is expired unless it has ended.")
        var deadline: Double?

        @Option(help: "Attempts before the task is dead, 1 to 100.")
        var maxAttempts: Int?

        @Option(help: "The id, a UUID; a draft published twice with it is one task.")
        var id: String?

        @Option(help: "http asks the orchestrator; amqp goes to the broker (FLOTILLA_BROKER_URL) and needs no orchestrator.")
        var via: Route = .http

        @Flag(help: "Wait until the task has ended; exit 1 unless it succeeded.")
        var wait = false

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let draft = try makeDraft()
            switch via {
            case .http:
                let client = try common.client()
                let receipt: ReceiptShape = try await client.post(
                    APIPath.tasks,
                    bytes: Data(DraftCodec.encode(draft, as: .json)),
                    contentType: "application/json"
                )
                if wait { return try await follow(receipt.id, client) }
                if common.json { return try Terminal.json(receipt) }
                Terminal.say(receipt.duplicate ? "\(receipt.id) exists already (\(receipt.state))" : "\(receipt.id) \(receipt.state)")
            case .amqp:
                let id = try await AMQPDraft(draft).publish()
                let receipt = ReceiptShape(id: id, state: "published", duplicate: false)
                if wait { return try await follow(id, try common.client()) }
                if common.json { return try Terminal.json(receipt) }
                Terminal.say("\(id) published")
            }
        }

        private func makeDraft() throws -> TaskDraft {
            var draft = TaskDraft(kind: kind)
            do {
                draft.payload = try PayloadJSON.decode(payload)
            } catch {
                throw CommandError(.usage, "--payload is no JSON object: \(error)")
            }
            if let olt { draft.payload["olt"] = .text(olt) }
            if let id {
                guard let id = TaskID(id) else { throw CommandError(.usage, "--id \"\(id)\" is no UUID") }
                draft.id = id
            }
            draft.priority = priority
            draft.taskClass = taskClass
            draft.exclusionKey = key
            draft.timeout = timeout.map { .microseconds(Int64($0 * 1_000_000)) }
            draft.maxAttempts = maxAttempts
            draft.uniqueKey = uniqueKey
            draft.uniqueFor = uniqueFor.map { .microseconds(Int64($0 * 1_000_000)) }
            draft.deadline = deadline.map { Timestamp(microseconds: Int64((Date().timeIntervalSince1970 + $0) * 1_000_000)) }
            return draft
        }

        private func follow(_ id: String, _ client: APIClient) async throws {
            let task = try await TaskFollower(client: client).ended(id)
            if common.json { try Terminal.json(task) } else { Terminal.say(TaskText(task, common.times).story) }
            guard task.state == TaskState.succeeded.word else { throw CommandError(.failed, "the task ended \(task.state)") }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Tell the story of one task.")

        @Argument(help: "The id.")
        var id: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let task: TaskShape = try await common.client().get(APIPath.task(id))
            if common.json { return try Terminal.json(task) }
            Terminal.say(TaskText(task, common.times).story)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List tasks, newest first.", aliases: ["ls"])

        @Option(help: "Only tasks in this state.")
        var state: String?

        @Option(help: "Only tasks of this kind.")
        var kind: String?

        @Option(help: "Only tasks of this OLT.")
        var olt: String?

        @OptionGroup var page: PageOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let query = page.query(["state": state, "kind": kind, "olt": olt])
            let list: Listing<TaskShape> = try await common.client().get(APIPath.tasks, query: query)
            if common.json { return try Terminal.json(list) }
            let times = common.times
            let rows = list.items.map { task in
                [
                    task.id, task.kind, task.state, task.priority, "\(task.attempt)/\(task.maxAttempts)", times.of(task.createdAt),
                    task.worker ?? "",
                ]
            }
            Terminal.say(
                TextTable(["id", "kind", "state", "priority", "attempt", "created", "worker"], rows).text(empty: "no tasks")
            )
            if let next = list.next { Terminal.note("more: --cursor \(next)") }
        }
    }
}

/// Waits for a task's end by asking again.
struct TaskFollower {
    let client: APIClient
    /// Is told how far the task is, each time that this is news.
    var note: (String) -> Void = { _ in }

    func ended(_ id: String, pause: Duration = .milliseconds(200)) async throws -> TaskShape {
        var told = ""
        while true {
            do {
                let task: TaskShape = try await client.get(APIPath.task(id))
                if TaskState(word: task.state)?.isTerminal ?? false { return task }
                let now = task.waitingBecause ?? task.progress.map { ProgressText($0).line } ?? ""
                if now != told, !now.isEmpty { note(now) }
                told = now
            } catch let error as CommandError where error.status == .notFound {
                // A draft published over AMQP has an id before it is admitted.
            }
            try await Task.sleep(for: pause)
        }
    }
}

/// How far a run is, for people.
struct ProgressText {
    let line: String

    init(_ progress: ProgressShape) {
        var words = ["\(progress.rows) rows"]
        if let part = progress.part { words.append("\(part.unit) \(part.done) of \(part.total)") }
        if let rate = progress.rowsPerSecond { words.append("\(rate) rows/s") }
        if let left = progress.secondsLeft { words.append("about \(Int(left)) s left") }
        line = words.joined(separator: ", ")
    }
}

/// A task's story for people.
struct TaskText {
    private let task: TaskShape
    private let times: TimeText

    init(_ task: TaskShape, _ times: TimeText) {
        self.task = task
        self.times = times
    }

    var story: String {
        var lines = [
            "\(task.id)  \(task.kind)  \(task.state)",
            "  priority \(task.priority), class \(task.class), attempt \(task.attempt) of \(task.maxAttempts), from \(task.source)",
            "  created \(times.of(task.createdAt)), due \(times.of(task.dueAt)), finished \(times.of(task.finishedAt))",
        ]
        if let key = task.uniqueKey { lines.append("  unique key \(key)") }
        if let deadline = task.deadline { lines.append("  deadline \(times.of(deadline))") }
        if let key = task.exclusionKey { lines.append("  exclusion key \(key)") }
        if let reason = task.waitingBecause { lines.append("  waits because \(reason)") }
        if let progress = task.progress { lines.append("  " + ProgressText(progress).line) }
        if let error = task.error { lines.append("  error \(error.class): \(error.message)") }
        if let result = task.result, !result.isEmpty { lines.append("  result \(PayloadJSON.encode(result))") }
        for run in task.runs {
            let error = run.error.map { " (\($0.class): \($0.message))" } ?? ""
            lines.append(
                "  run #\(run.number), attempt \(run.attempt) on \(run.worker): \(run.outcome)\(error), \(times.of(run.finishedAt))"
            )
        }
        return lines.joined(separator: "\n")
    }
}
