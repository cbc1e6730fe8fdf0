import APIContract
import ArgumentParser

/// `flotilla workers list|drain|quiet|resume|stop`.
struct WorkersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers",
        abstract: "Look at workers and order them.",
        subcommands: [List.self, Drain.self, Quiet.self, Resume.self, Stop.self]
    )

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
