import APIContract
import Domain
import HTTPTypes
import Hummingbird
import Orchestration

/// The page at `/`: workers, lanes with depths, tasks per state, OLTs, dead letters; reloads itself every 2 s, needs no script.
struct StatusPage {
    let desk: ControlDesk
    let version: String

    func add(to router: Router<APIContext>) {
        router.get("/") { _, _ in Answer.page(try await html()) }
    }

    private func html() async throws -> String {
        let overview = try await desk.overview()
        let workers = try await desk.workers()
        let queues = try await QueueBoard(desk: desk).queues()
        let olts = try await desk.olts(OLTFilter(limit: 100, cursor: nil))
        let letters = try await desk.letters(LetterFilter())
        let health = await desk.health()
        return HTML.document(
            title: "Flotilla",
            [
                HTML.banner(health.answers.map { ($0.name, $0.trouble) }, version: version),
                HTML.section("Tasks", states(overview.states)),
                HTML.section("Workers", workerTable(workers)),
                HTML.section("Lanes", laneTable(queues)),
                "<p>\(HTML.places.dropFirst().map { HTML.anchor($0.0, $0.1) }.joined(separator: " · "))</p>",
                HTML.section("OLTs", oltTable(olts.items, total: olts.total)),
                HTML.section("Dead letters (\(overview.openLetters) open)", letterTable(letters.items)),
                HTML.link(LetterPage.path, "all letters, retry and drop"),
            ]
        )
    }

    private func states(_ counts: [TaskState: Int]) -> String {
        HTML.table(
            TaskState.allCases.map(\.word),
            [TaskState.allCases.map { "\(counts[$0] ?? 0)" }],
            empty: "no tasks yet"
        )
    }

    private func workerTable(_ workers: [KnownWorker]) -> String {
        HTML.table(
            ["worker", "status", "slots", "running", "done", "failed", "last beat"],
            workers.map(WorkerShape.init).map { worker in
                [
                    worker.id,
                    worker.status,
                    worker.slots.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.used)/\($0.value.total)" }.joined(separator: " · "),
                    worker.running.map(\.kind).joined(separator: ", "),
                    "\(worker.tasksCompleted)",
                    "\(worker.tasksFailed)",
                    worker.lastHeartbeatAt,
                ]
            },
            empty: "no worker has registered: start one with `flotilla-worker`"
        )
    }

    private func laneTable(_ queues: [QueueShape]) -> String {
        let busy = queues.filter { ($0.depth ?? 0) + ($0.queued ?? 0) + ($0.waiting ?? 0) > 0 || $0.`class` == nil }
        return HTML.table(
            ["queue", "ready", "queued", "waiting", "consumers"],
            busy.map { queue in
                [
                    queue.name, number(queue.depth), queue.`class` == nil ? "" : number(queue.queued),
                    queue.`class` == nil ? "" : number(queue.waiting), number(queue.consumers),
                ]
            },
            empty: "all lanes are empty"
        )
    }

    private func oltTable(_ olts: [OLTSummary], total: Int?) -> String {
        HTML.table(
            ["OLT", "address", "profile", "reachable", "ONUs", "online", "last seen"],
            olts.map { OLTShape($0, operations: []) }.map { olt in
                [
                    olt.name,
                    olt.address,
                    olt.profile,
                    olt.reachable.map { $0 ? "yes" : "no" } ?? "unknown",
                    "\(olt.onus.total)",
                    "\(olt.onus.online)",
                    olt.lastSeenAt ?? "never",
                ]
            },
            empty: "none yet: `flotilla olt add --profile huawei NAME ADDRESS`"
        )
    }

    private func letterTable(_ letters: [Letter]) -> String {
        HTML.table(
            ["letter", "kind", "reason", "error", "attempts", "state", "died"],
            letters.map { LetterShape($0) }.map { letter in
                [
                    "\(letter.id)",
                    letter.kind ?? "unknown",
                    letter.reason,
                    letter.message,
                    "\(letter.attempts)",
                    letter.state,
                    letter.lastDiedAt,
                ]
            },
            empty: "none"
        )
    }

    private func number(_ value: Int?) -> String {
        value.map(String.init) ?? "unknown"
    }
}
