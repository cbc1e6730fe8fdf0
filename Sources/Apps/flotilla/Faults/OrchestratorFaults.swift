import APIContract
import Domain
import FaultProxy
import Foundation
import PrivateServers

/// Orchestrators that are killed or frozen.
extension FaultRow {
    static let orchestrators: [FaultRow] = [killedBeforeConfirm, frozenOrchestrator]

    private static let killedBeforeConfirm = FaultRow(
        id: "F08",
        fault: "kill -9 orchestrator, one of two",
        when: "its messages are in the broker, their confirms held back by the proxy",
        expected: "the other one publishes again with the same number; copies are *seen* or refused",
        measure: "kill → first success",
        target: .seconds(5),
        shape: {
            var shape = FaultShape()
            shape.orchestrators = 2
            shape.proxied = [.broker]
            return shape
        }()
    ) { stage in
        let victim = await stage.fleet.orchestrators[0]
        victim.broker?.set(.blackhole, .down)
        let drafts = Array(repeating: TaskDraft(kind: "noop", payload: ["sleepMs": .number(9_000)]), count: 6)
        let alone = try FaultLoad([victim.url], olts: [])
        let ids = await alone.send(drafts, isKeyed: false)
        let walk = await alone.send([TaskDraft(kind: "snmp.discovery", payload: ["olt": .text(FaultStage.olt(0))])], isKeyed: true)
        try await stage.load.adopt(await alone.accepted)
        // Accepted tasks are published right after their commit; the walk shows at the OLT.
        try await FaultWait.until("the walk has begun", within: .seconds(30)) { try await !stage.spans(0).isEmpty }
        let unconfirmed = try await stage.servers.count("select count(*) from tasks where state + 0 = 1 and published_at is null")
        await stage.check("I26", "\(unconfirmed) numbers without a confirm at the kill", good: unconfirmed > 0)
        await stage.fleet.kill(victim)
        await stage.healed()
        for id in ids + walk {
            let task = try await stage.ended(id, within: .seconds(90))
            let ends = task.runs.count { $0.outcome == "succeeded" }
            if ends != 1 { await stage.problem("\(task.kind) \(id) is \(task.state) with \(ends) ends") }
        }
        let spans = try await stage.spans(0)
        await stage.check("I4", "\(spans.count) run of the walk", good: spans.count == 1)
    }

    private static let frozenOrchestrator = FaultRow(
        id: "F10",
        fault: "SIGSTOP orchestrator, one of two, 30 s, then SIGCONT",
        when: "load; no leader exists yet",
        expected: "the other one goes on admitting and dispatching; nothing is done twice when it wakes",
        measure: "SIGCONT → first success",
        target: .seconds(5),
        shape: {
            var shape = FaultShape()
            shape.orchestrators = 2
            return shape
        }()
    ) { stage in
        let victim = await stage.fleet.orchestrators[0]
        let stopped = ContinuousClock.now
        victim.process.signal(.stop)
        try await stage.pause(.seconds(30))
        victim.process.signal(.resume)
        await stage.healed()
        let (_, count, failed) = try await stage.load.slowest(from: stopped, to: .now)
        await stage.check(
            "I26",
            "\(count - failed) requests answered by the other one, \(failed) without answer",
            good: count > failed && failed > 0
        )
    }
}
