import APIContract
import Domain
import Foundation

/// Looks at everything once the row is over: whether each accepted task is at its one end, and nothing is left.
struct FaultJudge: Sendable {
    /// How long the fleet may take to finish what it accepted.
    static let patience: Duration = .seconds(120)
    /// Outcomes that charge nothing and repeat nothing of a task.
    private static let uncharged: Set<String> = ["deferred", "seen", "interrupted", "suspect"]
    private static let atOnce = 8

    let stage: FaultStage

    /// What the tasks came to.
    struct Account: Sendable {
        var tasks: [String: TaskShape] = [:]
        var missing: [String] = []
        var open: [TaskShape] = []
    }

    func judge(_ load: FaultLoad, began: ContinuousClock.Instant) async throws -> FaultVerdict {
        let accepted = await load.accepted
        let account = try await settle(accepted)
        let lost = account.missing.count + account.open.count
        await stage.check("I1 I3", "\(accepted.count - lost) of \(accepted.count) accepted tasks at their end", good: lost == 0)
        for task in account.open.prefix(3) {
            await stage.problem("\(task.kind) \(task.id) is \(task.state): \(task.waitingBecause ?? "no reason given")")
        }
        let doubled = account.tasks.values.count { task in task.runs.count { ["succeeded", "dead"].contains($0.outcome) } > 1 }
        await stage.check("I2", "\(doubled) tasks ended twice", good: doubled == 0)
        let again = account.tasks.values.reduce(0) { $0 + Self.ranAgain($1) }
        try await judgeDead(account)
        try await judgeDevices()
        try await judgeQuiet()
        await judgeWorkers(account)
        for end in await stage.fleet.ended() { await stage.problem(end) }
        if await stage.recovery == nil { await measureFirstSuccess(account) }
        let row = stage.row
        let recovery = await stage.recovery
        if let recovery, recovery > row.target {
            await stage.problem("recovered after \(recovery.seconds) s, \(row.target.seconds) s allowed")
        } else if recovery == nil {
            await stage.problem("nothing succeeded after the fault")
        }
        return FaultVerdict(
            id: row.id,
            fault: row.fault,
            when: row.when,
            expected: row.expected,
            measure: row.measure,
            problems: await stage.problems,
            recoverySeconds: recovery?.seconds,
            targetSeconds: row.target.seconds,
            accepted: accepted.count,
            lost: lost,
            doubleEnds: doubled,
            ranAgain: again,
            checks: await stage.checks,
            tookSeconds: (ContinuousClock.now - began).seconds
        )
    }

    /// Waits until nothing accepted is open, and fetches every task.
    private func settle(_ accepted: [String: FaultLoad.Accepted]) async throws -> Account {
        let deadline = ContinuousClock.now + Self.patience
        var account = Account()
        var left = Array(accepted.keys)
        while true {
            let found = await fetch(left)
            account.missing = left.filter { found[$0] == nil }
            for (id, task) in found { account.tasks[id] = task }
            account.open = found.values.filter { !(TaskState(word: $0.state)?.isTerminal ?? false) }
            left = account.missing + account.open.map(\.id)
            if left.isEmpty || ContinuousClock.now > deadline { return account }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    private func fetch(_ ids: [String]) async -> [String: TaskShape] {
        await withTaskGroup(of: [TaskShape].self) { group in
            for part in 0..<Self.atOnce {
                let mine = stride(from: part, to: ids.count, by: Self.atOnce).map { ids[$0] }
                group.addTask {
                    var tasks: [TaskShape] = []
                    for id in mine { if let task = try? await stage.task(id) { tasks.append(task) } }
                    return tasks
                }
            }
            return await group.reduce(into: [:]) { found, tasks in for task in tasks { found[task.id] = task } }
        }
    }

    private static func ranAgain(_ task: TaskShape) -> Int {
        let runs = task.runs.count { !uncharged.contains($0.outcome) && $0.outcome != "lost" && $0.error == nil }
        return max(0, runs - 1)
    }

    private func judgeDead(_ account: Account) async throws {
        let expected = await stage.expectedDead
        let dead = account.tasks.values.filter { $0.state != "succeeded" && !expected.contains($0.id) && TaskState(word: $0.state) != nil }
        let ended = dead.filter { TaskState(word: $0.state)?.isTerminal ?? false }
        if let first = ended.first {
            await stage.problem(
                "\(ended.count) tasks did not succeed, the first (\(first.kind)) is \(first.state): \(first.error?.message ?? "")"
            )
        }
        guard !stage.row.shape.hasLetters else { return }
        let client = try APIClient(await stage.fleet.orchestrators[0].url)
        let letters: Listing<LetterShape> = try await client.get(APIPath.deadLetters, query: ["limit": "1000"])
        let tasks = account.tasks.values.count { $0.state == "dead" }
        await stage.check("I12", "\(tasks) dead tasks, \(letters.items.count) letters", good: tasks == letters.items.count)
    }

    private func judgeDevices() async throws {
        let account = try await stage.account()
        let overlaps = account.devices.reduce(0) { $0 + $1.overlaps }
        let strays = account.devices.reduce(0) { $0 + $1.strays }
        let runs = account.devices.reduce(0) { $0 + $1.holders.count }
        let frozen = stage.row.shape.frozenWorkers
        await stage.check(
            "I7",
            "\(overlaps) overlaps in \(runs) runs at the OLTs, \(strays) strays",
            good: overlaps == 0 && strays <= frozen
        )
    }

    private func judgeQuiet() async throws {
        let client = try APIClient(await stage.fleet.orchestrators[0].url)
        // The last request of a client may have been admitted without an answer: that task ends a little later than the accepted ones.
        let deadline = ContinuousClock.now + .seconds(40)
        var open = 0
        var queues: [String] = []
        repeat {
            let states: [String: Int] = (try? await client.get(APIPath.states)) ?? [:]
            open = TaskState.allCases.filter { !$0.isTerminal }.reduce(0) { $0 + (states[$1.word] ?? 0) }
            queues = try await stage.servers.filledQueues()
        } while (open > 0 || !queues.isEmpty) && ContinuousClock.now < deadline
        let text = queues.isEmpty ? "all queues empty" : "left: \(queues.joined(separator: ", "))"
        await stage.check("I13", "\(open) tasks open, \(text)", good: open == 0 && queues.isEmpty)
    }

    /// Every worker that lives must have finished something since.
    private func judgeWorkers(_ account: Account) async {
        guard stage.row.shape.isLoaded, let healed = await stage.healedAt else { return }
        let busy = Set(account.tasks.values.flatMap(\.runs).filter { (Timestamp($0.finishedAt) ?? healed) > healed }.map(\.worker))
        let listed = (try? await stage.fleet.listedWorkers()) ?? []
        let pids = Set(await stage.fleet.workers.map(\.pid))
        let idle = listed.filter { pids.contains($0.pid) && $0.status != "lost" && !busy.contains($0.id) }
        let lost = pids.subtracting(listed.filter { $0.status != "lost" }.map(\.pid))
        let good = idle.isEmpty && lost.isEmpty
        await stage.check("I22", "\(pids.count - idle.count - lost.count) of \(pids.count) workers work again", good: good)
    }

    private func measureFirstSuccess(_ account: Account) async {
        guard let healed = await stage.healedAt else { return }
        let good = account.tasks.values.filter { $0.state == "succeeded" }
        if stage.row.shape.recoversKeyed { return await measureFirstGrant(good, since: healed) }
        let ends = good.compactMap { $0.finishedAt.flatMap { Timestamp($0) } }
        guard let first = ends.filter({ $0 > healed }).min() else { return }
        await stage.recovered(in: first - healed)
    }

    /// A Redis that forgot grants nothing for one span, however long the leases that it forgot would have lasted.
    private func measureFirstGrant(_ tasks: [TaskShape], since healed: Timestamp) async {
        let runs = tasks.filter { $0.exclusionKey != nil }.flatMap(\.runs).filter { $0.outcome == "succeeded" }
        guard let first = runs.compactMap({ $0.startedAt.flatMap { Timestamp($0) } }).filter({ $0 > healed }).min() else { return }
        let barrier = first - healed
        let least = FaultFleet.leaseSpan - .seconds(1)
        await stage.check("I26", "no key granted for \(barrier.seconds) s", good: barrier >= least)
        await stage.recovered(in: barrier)
    }
}
