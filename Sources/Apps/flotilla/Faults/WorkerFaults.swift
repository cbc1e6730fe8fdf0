import APIContract
import Domain
import FaultProxy
import Foundation
import PrivateServers

/// Workers that are killed or frozen.
extension FaultRow {
    static let workers: [FaultRow] = [killedBeforeClaim, killedBeforeAck, killedMidWalk, frozen, frozenShortly, poison]

    private static let killedBeforeClaim = FaultRow(
        id: "F01",
        fault: "kill -9 worker",
        when: "it holds deliveries that did not start",
        expected: "they run elsewhere, nothing is charged",
        measure: "kill → last of them begun elsewhere, ≤ 2 s without a key",
        target: .seconds(2),
        shape: {
            var shape = FaultShape()
            shape.workers = 1
            shape.slots = "general=2"
            shape.isLoaded = false
            return shape
        }()
    ) { stage in
        let first = await stage.fleet.workers[0]
        // Its slots are taken for long; what is delivered to it now waits in its hands, for at most 5 s.
        let long = Array(repeating: TaskDraft(kind: "noop", payload: ["sleepMs": .number(15_000)]), count: 2)
        let running = try await stage.load.send(long, isKeyed: false)
        try await FaultWait.until("its slots are taken", within: .seconds(20)) {
            var started = 0
            for id in running where try await stage.task(id).startedAt != nil { started += 1 }
            return started == running.count
        }
        try await stage.fleet.startWorker(slots: "general=32")
        try await stage.fleet.waitForWorkers(2)
        // Of another lane: what is fetched ahead is counted by lane.
        let draft = TaskDraft(kind: "noop", payload: ["sleepMs": .number(1_000)], priority: "low")
        let short = Array(repeating: draft, count: 12)
        let ids = try await stage.load.send(short, isKeyed: false)
        try await stage.pause(.seconds(1))
        var held: [String] = []
        for id in ids where try await stage.task(id).startedAt == nil { held.append(id) }
        let killedAt = TimeSource.now
        await stage.fleet.kill(first)
        await stage.healed()
        await stage.check("I26", "\(held.count) deliveries not started, 2 running", good: !held.isEmpty)
        var begun: [Timestamp] = []
        for id in ids + running {
            let task = try await stage.ended(id, within: .seconds(60))
            let isHeld = held.contains(id)
            if isHeld, let at = task.runs.last?.startedAt.flatMap({ Timestamp($0) }) { begun.append(at) }
            if task.runs.count != 1 || task.attempt != 1 {
                await stage.problem("I4: \(task.runs.count) recorded runs, attempt \(task.attempt)")
            }
        }
        await stage.check("I4", "\(ids.count + running.count) tasks with one recorded run each", good: begun.count == held.count)
        if let last = begun.max() { await stage.recovered(in: last - killedAt) }
    }

    private static let killedBeforeAck = FaultRow(
        id: "F02",
        fault: "kill -9 worker",
        when: "its outcomes are recorded, its deliveries not acknowledged (confirms held back by the proxy)",
        expected: "the deliveries come again, are *seen* or refused as stale, nothing ends twice",
        measure: "kill → every queue empty",
        target: .seconds(5),
        shape: {
            var shape = FaultShape()
            shape.proxied = [.broker]
            shape.workers = 1
            shape.isLoaded = false
            return shape
        }()
    ) { stage in
        let victim = try await stage.midWalk()
        // The report that it started is confirmed; from here on no confirm comes, and one outcome leaves.
        try await stage.pause(.seconds(1))
        victim.worker.broker?.set(.blackhole, .down)
        let before = try await stage.ended(victim.task, within: .seconds(60))
        let held = try await stage.servers.filledQueues()
        await stage.check("I26", "unacknowledged before the kill: \(held.joined(separator: ", "))", good: !held.isEmpty)
        // The first one is called lost by now: its beats wait for their confirms, too.
        let second = try await stage.fleet.startWorker()
        try await stage.fleet.waitForWorker(second)
        await stage.fleet.kill(victim.worker)
        let killedAt = TimeSource.now
        await stage.healed()
        try await FaultWait.until("every queue is empty", within: .seconds(40)) { try await stage.servers.filledQueues().isEmpty }
        await stage.recovered(in: TimeSource.now - killedAt)
        let task = try await stage.task(before.id)
        let ends = task.runs.count { $0.outcome == "succeeded" }
        await stage.check("I2", "\(task.state), \(ends) end", good: ends == 1 && task.finishedAt == before.finishedAt)
        let spans = try await stage.spans(0)
        await stage.check("I4", "\(spans.count) run at the OLT", good: spans.count == 1)
    }

    private static let killedMidWalk = FaultRow(
        id: "F03",
        fault: "kill -9 worker",
        when: "mid walk, by the OLT's account",
        expected: "another worker walks again after the lease and the quiet gap; worker_lost is charged once",
        measure: "kill → next walk's first request; lease 9 s + 5 s + quiet gap 7 s",
        target: .seconds(21),
        shape: FaultShape()
    ) { stage in
        let victim = try await stage.midWalk()
        let second = try await stage.behind()
        let killedAt = TimeSource.now
        await stage.fleet.kill(victim.worker)
        try await stage.fleet.startWorker()
        await stage.healed()
        try await stage.judgeRescue(victim, since: killedAt, lost: 1)
        if let second {
            let task = try await stage.ended(second, within: .seconds(60))
            await stage.check("I22", "the task behind it: \(task.state)", good: task.state == "succeeded")
        }
    }

    private static let frozen = FaultRow(
        id: "F05",
        fault: "SIGSTOP worker until another one did its task, then SIGCONT",
        when: "mid walk; the broker notices by its heartbeats (20 s), the lease is 9 s",
        expected: "no request after it goes on (one stray is allowed), its late outcome is refused",
        measure: "SIGSTOP → next walk's first request; heartbeats 60 s + 5 s + quiet gap 7 s",
        target: .seconds(72),
        shape: {
            var shape = FaultShape()
            shape.frozenWorkers = 1
            return shape
        }()
    ) { stage in
        let victim = try await stage.midWalk()
        let stoppedAt = TimeSource.now
        victim.worker.process.signal(.stop)
        stage.note("  \(victim.worker.name) frozen")
        try await FaultWait.until("another worker did it", within: .seconds(150), poll: .milliseconds(200)) {
            try await stage.task(victim.task).state == "succeeded"
        }
        let before = try await stage.spans(0).first { $0.number == victim.number }?.pdus ?? 0
        victim.worker.process.signal(.resume)
        await stage.healed()
        try await stage.pause(.seconds(8))
        let after = try await stage.spans(0).first { $0.number == victim.number }?.pdus ?? 0
        await stage.check("I6", "\(after - before) requests after it went on", good: after - before <= 1)
        try await stage.judgeRescue(victim, since: stoppedAt, lost: 1)
    }

    private static let frozenShortly = FaultRow(
        id: "F06",
        fault: "SIGSTOP worker for 5 s, then SIGCONT",
        when: "mid walk; the lease lasts 9 s",
        expected: "it keeps its lease and ends its walk",
        measure: "SIGCONT → end of the walk (10 s long)",
        target: .seconds(20),
        shape: FaultShape()
    ) { stage in
        let victim = try await stage.midWalk()
        victim.worker.process.signal(.stop)
        try await stage.pause(.seconds(5))
        victim.worker.process.signal(.resume)
        let wentOn = TimeSource.now
        await stage.healed()
        let task = try await stage.ended(victim.task, within: .seconds(60))
        await stage.recovered(in: (task.finishedAt.flatMap { Timestamp($0) } ?? TimeSource.now) - wentOn)
        let spans = try await stage.spans(0)
        await stage.check("I2", "\(task.state) in \(task.runs.count) run", good: task.state == "succeeded" && task.runs.count == 1)
        await stage.check("I26", "\(spans.count) run at the OLT", good: spans.count == 1)
    }

    private static let poison = FaultRow(
        id: "F46",
        fault: "a message that kills its worker each time (the runner kills whichever worker has started it)",
        when: "load; a new worker replaces each one killed",
        expected: "not run again after 3 returns, charged worker_lost, at last dead; the others flow",
        measure: "last kill → the task is dead",
        target: .seconds(15),
        shape: FaultShape()
    ) { stage in
        let draft = TaskDraft(kind: "noop", payload: ["sleepMs": .number(120_000)], priority: "high")
        guard let id = try await stage.load.send([draft], isKeyed: false).first else { return }
        await stage.expectDead([id])
        var kills = 0
        var killedAt = TimeSource.now
        while kills < 21 {
            try await FaultWait.until("it runs or is dead", within: .seconds(60)) {
                if try await stage.task(id).state == "dead" { return true }
                return try await stage.fleet.runner(of: id) != nil
            }
            guard let runner = try await stage.fleet.runner(of: id), try await stage.task(id).state != "dead" else { break }
            killedAt = TimeSource.now
            await stage.fleet.kill(runner)
            kills += 1
            try await stage.fleet.startWorker()
        }
        await stage.healed()
        let task = try await stage.ended(id, within: .seconds(60))
        if let end = task.finishedAt.flatMap({ Timestamp($0) }) { await stage.recovered(in: max(.zero, end - killedAt)) }
        let charged = task.runs.count { $0.outcome == "suspect" || $0.outcome == "lost" || $0.error?.class == "worker_lost" }
        await stage.check("I25", "\(kills) workers killed, \(charged) times charged", good: kills <= 20 && charged >= 1)
        await stage.check("I12", "\(task.state): \(task.error?.class ?? "no error")", good: task.state == "dead")
    }
}

extension FaultStage {
    /// The victim's task was walked again by another run, late enough, and the lost one was charged so many times.
    func judgeRescue(_ victim: Victim, since: Timestamp, lost: Int) async throws {
        let task = try await ended(victim.task, within: .seconds(90))
        let runs = try await spans(0)
        let charged = task.runs.count { $0.outcome == "lost" }
        check("I26", "\(charged) rescue; runs: \(task.runs.map(\.outcome).joined(separator: ", "))", good: charged == lost)
        let ends = task.runs.count { $0.outcome == "succeeded" }
        check("I2", "\(task.state) with \(ends) end", good: task.state == "succeeded" && ends == 1)
        guard let old = runs.first(where: { $0.number == victim.number }),
            let next = runs.first(where: { ($0.number ?? 0) > victim.number && $0.first > old.first }),
            let last = Timestamp(old.last), let first = Timestamp(next.first)
        else { return problem("the OLT saw no second run") }
        let gap = first - last
        // The last request was answered within milliseconds; the gap counts from the end of a life it might have had.
        check("I8", "\(gap.seconds) s between the two runs' requests", good: gap >= FaultFleet.quietGap)
        recovered(in: first - since)
    }
}

extension FaultFleet {
    /// The worker that tells in its heartbeats that it runs the task.
    func runner(of task: String) async throws -> Member? {
        let pids = Set(workers.map(\.pid))
        let name = try await listedWorkers().first { pids.contains($0.pid) && $0.running.contains { $0.task == task } }
        return name.flatMap { shape in workers.first { $0.pid == shape.pid } }
    }
}
