import APIContract
import Domain
import Foundation
import Wire

/// What the demo does, step by step, and what came of it.
struct DemoStory {
    let fleet: LocalFleet
    let simulator: SimulatedOLTs
    let note: @Sendable (String) -> Void

    /// What happened, as a table for people.
    struct Ending {
        struct Step: Encodable {
            let step: String
            let result: String
            let seconds: Double?
            let ok: Bool
        }

        var steps: [Step] = []
        var isGood: Bool { steps.allSatisfy(\.ok) }

        mutating func add(_ what: String, _ result: String, good: Bool, took: Duration? = nil) {
            steps.append(Step(step: what, result: result, seconds: took.map { $0 / .seconds(1) }, ok: good))
        }

        func table(total: Duration) -> String {
            let rows = steps.map { step in
                [step.step, step.result, step.seconds.map { Stopwatch.text(.seconds($0)) } ?? "", step.ok ? "ok" : "WRONG"]
            }
            return TextTable(["step", "result", "took", ""], rows + [["in all", "", Stopwatch.text(total), isGood ? "ok" : "WRONG"]]).text(
                empty: ""
            )
        }
    }

    func play() async throws -> Ending {
        var ending = Ending()
        let client = try APIClient(await fleet.url)
        let names = try await enterOLTs(client)
        try await discover(names, client, &ending)
        try await readOptics(names, client, &ending)
        try await dieAndRetry(names[0], client, &ending)
        try await audit(client, &ending)
        return ending
    }

    private func enterOLTs(_ client: APIClient) async throws -> [String] {
        var names: [String] = []
        for place in 0..<simulator.count {
            let draft = OLTDraft(
                name: "OLT-DEMO-\(place + 1)",
                address: SimulatedOLTs.address(place),
                port: simulator.port,
                profile: "huawei",
                community: "public",
                pdusPerSecond: 200
            )
            let olt: OLTShape = try await client.post(APIPath.olts, draft)
            names.append(olt.name)
        }
        note("\(names.count) OLTs entered")
        return names
    }

    private func discover(_ names: [String], _ client: APIClient, _ ending: inout Ending) async throws {
        let start = ContinuousClock.now
        let ids = try await publish(names.map { TaskDraft(kind: "snmp.discovery", payload: ["olt": .text($0)]) }, client)
        let tasks = try await ended(ids, client)
        let olts: Listing<OLTShape> = try await client.get(APIPath.olts, query: ["limit": "1000"])
        let onus = olts.items.reduce(0) { $0 + $1.onus.total }
        let succeeded = tasks.count { $0.state == "succeeded" }
        let expected = simulator.count * 64
        ending.add(
            "discover \(names.count) OLTs",
            "\(succeeded) succeeded, \(onus) ONUs of \(expected)",
            good: succeeded == names.count && onus == expected,
            took: ContinuousClock.now - start
        )
        note("discovery: \(onus) ONUs")
    }

    private func readOptics(_ names: [String], _ client: APIClient, _ ending: inout Ending) async throws {
        let start = ContinuousClock.now
        let ids = try await publish(
            names.map { TaskDraft(kind: "snmp.get", payload: ["olt": .text($0), "columns": .list(["status", "distance", "optics"])]) },
            client
        )
        try await waitUntil(someRunning: ids, client)
        await fleet.killWorker(0)
        note("worker 1 killed with SIGKILL while it reads optics")
        let tasks = try await ended(ids, client)
        let succeeded = tasks.count { $0.state == "succeeded" }
        let lost = ids.count - tasks.count { TaskState(word: $0.state)?.isTerminal ?? false }
        let again = tasks.count { $0.runs.contains { $0.outcome == "worker_lost" || $0.outcome == "seen" } || $0.attempt > 1 }
        ending.add(
            "read optics of \(names.count) OLTs, one worker killed",
            "\(succeeded) succeeded, \(again) run again, \(lost) lost",
            good: succeeded == names.count && lost == 0,
            took: ContinuousClock.now - start
        )
        note("optics: \(succeeded) of \(names.count) succeeded")
        try await fleet.startWorker()
        try await fleet.waitForWorkers(2)
    }

    private func dieAndRetry(_ name: String, _ client: APIClient, _ ending: inout Ending) async throws {
        let start = ContinuousClock.now
        try await simulator.setFaults(["silent"], at: 0)
        let id = try await publish(
            [TaskDraft(kind: "snmp.get", payload: ["olt": .text(name), "columns": .list(["status"])], maxAttempts: 1)],
            client
        )
        let dead = try await ended(id, client).first
        let letters: Listing<LetterShape> = try await client.get(APIPath.deadLetters, query: ["state": "dead"])
        let letter = letters.items.first { $0.task == dead?.id }
        ending.add(
            "ask a silent OLT",
            "\(dead?.state ?? "unknown"): \(letter?.reason ?? "no letter")",
            good: dead?.state == "dead" && letter != nil,
            took: ContinuousClock.now - start
        )
        note("task is dead, letter \(letter.map { "\($0.id)" } ?? "missing")")
        try await simulator.setFaults([], at: 0)
        guard let letter else { return }
        let retried = ContinuousClock.now
        let answer: Listing<LetterAnswerShape> = try await client.post(APIPath.deadLettersRetry, LetterOrderRequest(ids: [letter.id]))
        let task = try await ended(answer.items.compactMap(\.task), client).first
        ending.add(
            "heal it and retry the letter",
            task?.state ?? "unknown",
            good: task?.state == "succeeded",
            took: ContinuousClock.now - retried
        )
    }

    private func audit(_ client: APIClient, _ ending: inout Ending) async throws {
        let account = try await simulator.account()
        let overlaps = account.devices.reduce(0) { $0 + $1.overlaps }
        let requests = account.devices.reduce(0) { $0 + $1.requests }
        let strays = account.devices.reduce(0) { $0 + $1.strays }
        ending.add(
            "two holders at one OLT, by the OLTs' own account",
            "\(overlaps) in \(requests) requests (\(strays) strays)",
            good: overlaps == 0
        )
        let states: [String: Int] = try await client.get(APIPath.states)
        let open = TaskState.allCases.filter { !$0.isTerminal }.reduce(0) { $0 + (states[$1.word] ?? 0) }
        ending.add("tasks admitted and not ended", "\(open) open, \(open) lost", good: open == 0)
    }

    private func publish(_ drafts: [TaskDraft], _ client: APIClient) async throws -> [String] {
        let batch: BatchShape = try await client.post(
            APIPath.tasksBatch,
            bytes: Data(DraftCodec.encodeBatch(drafts, as: .json)),
            contentType: "application/json"
        )
        if let problem = batch.entries.compactMap(\.problem).first {
            throw CommandError(.failed, "\(problem.field ?? ""): \(problem.detail)")
        }
        return batch.entries.compactMap(\.receipt?.id)
    }

    private func ended(_ ids: [String], _ client: APIClient) async throws -> [TaskShape] {
        var tasks: [TaskShape] = []
        for id in ids { tasks.append(try await TaskFollower(client: client).ended(id)) }
        return tasks
    }

    private func waitUntil(someRunning ids: [String], _ client: APIClient) async throws {
        while true {
            var running = 0
            for id in ids {
                let task: TaskShape = try await client.get(APIPath.task(id))
                if task.startedAt != nil, task.finishedAt == nil { running += 1 }
                if running >= 2 || TaskState(word: task.state)?.isTerminal ?? false { return }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
