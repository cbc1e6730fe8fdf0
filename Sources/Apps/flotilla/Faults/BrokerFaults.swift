import APIContract
import Domain
import FaultProxy
import Foundation
import PrivateServers

/// A broker that restarts, dies, forgets, blocks or falls silent.
extension FaultRow {
    static let brokers: [FaultRow] = [restarted, killed, wiped, queueDeleted, memoryAlarm, silentToIdle, silentToWorkers, resetMidFrame]

    private static let restarted = FaultRow(
        id: "F12",
        fault: "broker restarted in good order",
        when: "load",
        expected: "everybody connects again, all workers consume",
        measure: "broker answers again → first success",
        target: .seconds(5),
        shape: FaultShape()
    ) { stage in
        let before = try await stage.midWalk()
        try await stage.servers.rabbitMQ.restart()
        await stage.healed()
        try await stage.judgeSurvivor(before)
    }

    private static let killed = FaultRow(
        id: "F13",
        fault: "broker kill -9, started again",
        when: "load",
        expected: "confirmed tasks survive, unconfirmed ones are published again",
        measure: "broker answers again → first success",
        target: .seconds(5),
        shape: FaultShape()
    ) { stage in
        let before = try await stage.midWalk()
        await stage.servers.rabbitMQ.kill()
        try await stage.servers.rabbitMQ.start()
        await stage.healed()
        try await stage.judgeSurvivor(before)
    }

    private static let wiped = FaultRow(
        id: "F14",
        fault: "broker kill -9, its data removed, started empty",
        when: "load; 40 tasks wait in a lane whose slots are taken",
        expected: "the reconciler gives every queued task a new number",
        measure: "broker answers again → first success",
        target: .seconds(5),
        shape: FaultShape()
    ) { stage in
        let ids = try await stage.fillLane()
        await stage.servers.rabbitMQ.kill()
        try stage.servers.wipeBroker()
        try await stage.servers.rabbitMQ.start()
        await stage.healed()
        var again = 0
        for id in ids {
            let task = try await stage.ended(id, within: .seconds(120))
            if task.state != "succeeded" { await stage.problem("\(id) is \(task.state)") }
            again += 1
        }
        await stage.check("I26", "\(again) of \(ids.count) tasks that the broker forgot ended", good: again == ids.count)
    }

    private static let queueDeleted = FaultRow(
        id: "F15",
        fault: "one lane deleted",
        when: "load; 40 tasks wait in it",
        expected: "consumers see it, it is declared anew, its tasks get new numbers",
        measure: "deleted → the last of its tasks has ended",
        target: .seconds(60),
        shape: FaultShape()
    ) { stage in
        let ids = try await stage.fillLane()
        _ = try await stage.servers.rabbitMQ.control(["delete_queue", "work.general.normal"])
        let deleted = TimeSource.now
        await stage.healed()
        for id in ids {
            let task = try await stage.ended(id, within: .seconds(120))
            if task.state != "succeeded" { await stage.problem("\(id) is \(task.state)") }
        }
        await stage.recovered(in: TimeSource.now - deleted)
    }

    private static let memoryAlarm = FaultRow(
        id: "F17",
        fault: "memory alarm, 20 s",
        when: "load",
        expected: "the API goes on, dispatch pauses, everything drains afterwards",
        measure: "alarm lifted → first success",
        target: .seconds(5),
        shape: FaultShape()
    ) { stage in
        try await stage.judgeAlarm(
            raise: ["set_vm_memory_high_watermark", "absolute", "1"],
            lift: ["set_vm_memory_high_watermark", "absolute", "1GB"]
        )
    }

    private static let silentToIdle = FaultRow(
        id: "F20",
        fault: "black hole between the orchestrator and the broker, 60 s, no RST",
        when: "the publisher is idle",
        expected: "heartbeats tell within 45 s; new connections afterwards; no call hangs",
        measure: "healed → the task that was accepted meanwhile has ended",
        target: .seconds(5),
        shape: {
            var shape = FaultShape()
            shape.proxied = [.broker]
            shape.isLoaded = false
            return shape
        }()
    ) { stage in
        let orchestrator = await stage.fleet.orchestrators[0]
        let began = TimeSource.now
        orchestrator.broker?.set(.blackhole)
        try await FaultWait.until("readiness tells it", within: .seconds(60), poll: .milliseconds(250)) {
            await FaultFleet.health(orchestrator)?.parts.contains { !$0.ok } ?? false
        }
        let noticed = TimeSource.now - began
        await stage.check("I22", "noticed after \(noticed.seconds) s", good: noticed <= .seconds(45))
        let ids = try await stage.load.send([TaskDraft(kind: "noop")], isKeyed: false)
        try await stage.pause(max(.zero, .seconds(60) - (TimeSource.now - began)))
        let connections = orchestrator.broker?.counts.accepted ?? 0
        orchestrator.broker?.heal()
        await stage.healed()
        let healed = TimeSource.now
        let task = try await stage.ended(ids[0], within: .seconds(60))
        await stage.recovered(in: (task.finishedAt.flatMap { Timestamp($0) } ?? TimeSource.now) - healed)
        await stage.check("I26", "\(connections) connections tried", good: connections > 1)
        await stage.check("I3", task.state, good: task.state == "succeeded")
    }

    private static let silentToWorkers = FaultRow(
        id: "F21",
        fault: "black hole between all workers and the broker, 60 s",
        when: "mid walk and load",
        expected: "running tasks end (their leases are renewed), outcomes follow after the new connection",
        measure: "healed → first success",
        target: .seconds(5),
        shape: {
            var shape = FaultShape()
            shape.proxied = [.broker]
            return shape
        }()
    ) { stage in
        let victim = try await stage.midWalk()
        for worker in await stage.fleet.workers { worker.broker?.set(.blackhole) }
        let before = await stage.fleet.workers.compactMap { $0.broker?.counts.accepted }.reduce(0, +)
        try await stage.pause(.seconds(60))
        let after = await stage.fleet.workers.compactMap { $0.broker?.counts.accepted }.reduce(0, +)
        for worker in await stage.fleet.workers { worker.broker?.heal() }
        await stage.healed()
        await stage.check("I26", "\(after - before) connections tried", good: after > before)
        try await stage.judgeSurvivor(victim)
    }

    private static let resetMidFrame = FaultRow(
        id: "F22",
        fault: "RST in the middle of a publish frame, 12 times, orchestrator and workers in turn",
        when: "load",
        expected: "new connections, published again, confirmed ones not lost",
        measure: "last reset → first success",
        target: .seconds(5),
        shape: {
            var shape = FaultShape()
            shape.proxied = [.broker]
            return shape
        }()
    ) { stage in
        let members = await stage.fleet.orchestrators + stage.fleet.workers
        let cut = Toxics(cut: .chunk(min: 250, short: 3))
        for turn in 0..<12 {
            let member = members[turn % members.count]
            let before = member.broker?.counts.cuts ?? 0
            member.broker?.set(cut, .up)
            try await FaultWait.until("a frame is cut", within: .seconds(20)) { (member.broker?.counts.cuts ?? 0) > before }
            member.broker?.heal()
            try await stage.pause(.milliseconds(500))
        }
        await stage.healed()
        let cuts = members.compactMap { $0.broker?.counts.cuts }.reduce(0, +)
        await stage.check("I26", "\(cuts) frames cut", good: cuts >= 12)
    }
}

extension FaultStage {
    /// The task that ran when the broker went ended well, in one run that nobody met.
    func judgeSurvivor(_ victim: Victim) async throws {
        let task = try await ended(victim.task, within: .seconds(90))
        let ends = task.runs.count { $0.outcome == "succeeded" }
        check(
            "I2",
            "the running walk: \(task.state) with \(ends) end in \(task.runs.count) runs",
            good: task.state == "succeeded" && ends == 1
        )
    }

    /// Fills all slots of `general` for a while and puts 40 tasks behind them; returns those.
    func fillLane() async throws -> [String] {
        let long = Array(repeating: TaskDraft(kind: "noop", payload: ["sleepMs": .number(8_000)]), count: 16)
        let running = try await load.send(long, isKeyed: false)
        try await FaultWait.until("the slots are taken", within: .seconds(30), poll: .milliseconds(200)) {
            var started = 0
            for id in running where try await self.task(id).startedAt != nil { started += 1 }
            return started == running.count
        }
        return try await load.send(Array(repeating: TaskDraft(kind: "noop"), count: 40), isKeyed: false) + running
    }
}
