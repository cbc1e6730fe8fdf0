import APIContract
import Domain
import FaultProxy
import Foundation
import FoundationNetworking
import PrivateServers

/// Deaths in the narrow windows around a commit: before its publish, before its note, before its acknowledgement.
extension FaultRow {
    static let commits: [FaultRow] = [killedBeforeOutcomeAck, killedBeforePublish, killedBeforeNote]

    private static let killedBeforeOutcomeAck = FaultRow(
        id: "F04",
        fault: "kill -9 of orchestrator and worker at once",
        when: "the outcomes' transaction is committed, PostgreSQL's answer is 1.5 s late by the proxy, nothing is acknowledged",
        expected: "the outcomes come to the next orchestrator again and are recorded once",
        measure: "orchestrator ready again → every queue empty",
        target: .seconds(8),
        shape: {
            var shape = FaultShape()
            shape.proxied = [.postgres]
            shape.workers = 1
            shape.isLoaded = false
            return shape
        }()
    ) { stage in
        let (victim, worker) = await (stage.fleet.orchestrators[0], stage.fleet.workers[0])
        let slow = Array(repeating: TaskDraft(kind: "noop", payload: ["sleepMs": .number(3_000)]), count: 6)
        let plain = try await stage.load.send(slow, isKeyed: false)
        let keyed = TaskDraft(kind: "snmp.discovery", payload: ["olt": .text(FaultStage.olt(1))])
        let ids = try await plain + stage.load.send([keyed], isKeyed: true)
        try await FaultWait.until("the walk has begun", within: .seconds(20)) { try await !stage.spans(1).isEmpty }
        victim.postgres?.set(Toxics(latency: .milliseconds(1_500)), .down)
        try await FaultWait.until("an outcome is committed", within: .seconds(60), poll: .milliseconds(20)) {
            try await !stage.recorded(ids).isEmpty
        }
        async let first: Void = stage.fleet.kill(victim)
        async let second: Void = stage.fleet.kill(worker)
        _ = await (first, second)
        let before = try await stage.recorded(ids)
        let held = try await stage.servers.filledQueues().filter { $0.hasPrefix("outcomes") }
        let text = "\(before.count) outcomes recorded at the kill, unacknowledged: \(held.joined(separator: ", "))"
        await stage.check("I26", text, good: !before.isEmpty && !held.isEmpty)
        try await stage.fleet.startOrchestrator()
        let ready = TimeSource.now
        try await stage.fleet.startWorker()
        await stage.healed()
        try await FaultWait.until("every queue is empty", within: .seconds(40)) { try await stage.servers.filledQueues().isEmpty }
        await stage.recovered(in: TimeSource.now - ready)
        let stale = await stage.counter("flotilla_outcomes_stale_total")
        await stage.check("I26", "\(stale) outcomes came again and were refused as stale", good: stale > 0)
        for id in ids {
            let task = try await stage.ended(id, within: .seconds(60))
            let ends = task.runs.count { $0.outcome == "succeeded" }
            if ends != 1 { await stage.problem("I2: \(task.kind) \(id) is \(task.state), \(ends) ends in \(task.runs.count) runs") }
        }
        let after = try await stage.recorded(ids)
        let changed = before.count { after[$0.key] != $0.value }
        await stage.check("I2", "\(changed) of \(before.count) recorded ends changed", good: changed == 0)
        let spans = try await stage.spans(1)
        await stage.check("I4", "\(spans.count) run at the OLT", good: spans.count == 1)
    }

    private static let killedBeforePublish = FaultRow(
        id: "F07",
        fault: "kill -9 orchestrator, one of two",
        when: "state and number are committed, the messages are held back by the proxy and never arrive",
        expected: "the other one publishes them with the same numbers after 5 s",
        measure: "kill → the last of them has ended; 5 s and a look each second",
        target: .seconds(8),
        shape: {
            var shape = FaultShape()
            shape.orchestrators = 2
            shape.proxied = [.broker]
            return shape
        }()
    ) { stage in
        let victim = await stage.fleet.orchestrators[0]
        victim.broker?.set(.blackhole, .up)
        let alone = try FaultLoad([victim.url], olts: [])
        let ids = await alone.send(Array(repeating: TaskDraft(kind: "noop"), count: 6), isKeyed: false)
        try await stage.load.adopt(await alone.accepted)
        let numbers = try await stage.unpublished(ids)
        let killedAt = TimeSource.now
        await stage.fleet.kill(victim)
        await stage.healed()
        await stage.check("I26", "\(numbers.count) numbers committed and not published at the kill", good: numbers.count == ids.count)
        var ends: [Timestamp] = []
        var same = 0
        for id in ids {
            let task = try await stage.ended(id, within: .seconds(60))
            if let end = task.finishedAt.flatMap({ Timestamp($0) }) { ends.append(end) }
            if task.runs.count == 1, task.runs.first?.number == numbers[id], task.state == "succeeded" { same += 1 }
        }
        if let last = ends.max() { await stage.recovered(in: max(.zero, last - killedAt)) }
        await stage.check("I3", "\(same) of \(ids.count) ran once, under the number of before", good: same == ids.count)
    }

    private static let killedBeforeNote = FaultRow(
        id: "F09",
        fault: "kill -9 orchestrator",
        when: "the broker has confirmed, the confirm is not written down (PostgreSQL cut off by the proxy)",
        expected: "published again with the same numbers; the keyed copy is *seen*, plain ones may run twice, nothing ends twice",
        measure: "orchestrator ready again → the keyed copy was *seen*",
        target: .seconds(10),
        shape: {
            var shape = FaultShape()
            shape.proxied = [.postgres]
            shape.isLoaded = false
            return shape
        }()
    ) { stage in
        let victim = await stage.fleet.orchestrators[0]
        // Confirms are written down twice a second: the cut comes in time more often than not.
        var walk = ""
        var plain: [String] = []
        var numbers: [String: Int64] = [:]
        for turn in 1...8 {
            let before = try await stage.spans(0).count
            let draft = TaskDraft(kind: "snmp.discovery", payload: ["olt": .text(FaultStage.olt(0))], priority: "high")
            walk = try await stage.load.send([draft], isKeyed: true).first ?? ""
            let slow = Array(repeating: TaskDraft(kind: "noop", payload: ["sleepMs": .number(12_000)]), count: 4)
            plain = try await stage.load.send(slow, isKeyed: false)
            try await FaultWait.until("the walk has begun", within: .seconds(30), poll: .milliseconds(5)) {
                try await stage.spans(0).count > before
            }
            victim.postgres?.set(.blackhole)
            // What was on its way by now is committed.
            try await stage.pause(.milliseconds(300))
            numbers = try await stage.unpublished([walk] + plain)
            if numbers[walk] != nil { break }
            stage.note("  turn \(turn): the confirm was written down already")
            victim.postgres?.heal()
            for id in [walk] + plain { _ = try await stage.ended(id, within: .seconds(60)) }
        }
        await stage.check("I26", "\(numbers.count) numbers confirmed and not noted at the kill", good: numbers[walk] != nil)
        let runs = try await stage.spans(0).count
        await stage.fleet.kill(victim)
        try await stage.fleet.startOrchestrator()
        let ready = TimeSource.now
        await stage.healed()
        let watched = "select count(*) from tasks where id = '\(walk)' and watch_from is not null"
        try await FaultWait.until("the copy of the walk is seen", within: .seconds(30), poll: .milliseconds(100)) {
            try await stage.servers.count(watched) > 0
        }
        await stage.recovered(in: TimeSource.now - ready)
        let again = await stage.counter("flotilla_tasks_republished_total")
        await stage.check("I26", "\(again) numbers published again", good: again >= numbers.count)
        for id in [walk] + plain {
            let task = try await stage.ended(id, within: .seconds(90))
            let ends = task.runs.count { $0.outcome == "succeeded" }
            let isSame = numbers[id].map { $0 == task.runs.last?.number } ?? true
            if ends != 1 || !isSame || task.attempt != 1 {
                await stage.problem(
                    "I2: \(task.kind) \(id) is \(task.state), \(ends) ends, attempt \(task.attempt), same number: \(isSame)"
                )
            }
        }
        let after = try await stage.spans(0).count
        await stage.check("I4", "\(after - runs + 1) run of the walk", good: after == runs)
    }
}

extension FaultStage {
    /// Of these tasks the numbers of those that are queued and whose publish is not noted as confirmed, from the database.
    func unpublished(_ ids: [String]) async throws -> [String: Int64] {
        let list = ids.map { "'\($0)'" }.joined(separator: ",")
        let text = try await servers.postgres.statement(
            "select id, number from tasks where id in (\(list)) and state + 0 = 1 and published_at is null"
        )
        return text.split(separator: "\n").reduce(into: [:]) { numbers, line in
            let cells = line.split(separator: "|")
            if cells.count == 2, let number = Int64(cells[1]) { numbers[String(cells[0])] = number }
        }
    }

    /// Of these tasks those that have ended, with the time of it, from the database.
    func recorded(_ ids: [String]) async throws -> [String: String] {
        let list = ids.map { "'\($0)'" }.joined(separator: ",")
        let text = try await servers.postgres.statement("select id, finished_at from tasks_done where id in (\(list))")
        return text.split(separator: "\n").reduce(into: [:]) { ends, line in
            let cells = line.split(separator: "|")
            if cells.count == 2 { ends[String(cells[0])] = String(cells[1]) }
        }
    }

    /// A counter, summed over the orchestrators that answer.
    func counter(_ name: String) async -> Int {
        var sum = 0
        for orchestrator in await fleet.orchestrators where orchestrator.process.isRunning {
            for line in await FaultFleet.metrics(orchestrator).split(separator: "\n") where line.hasPrefix(name) {
                guard let value = line.split(separator: " ").last.flatMap({ Double($0) }) else { continue }
                let next = line.dropFirst(name.count).first
                if next == " " || next == "{" { sum += Int(value) }
            }
        }
        return sum
    }
}

extension FaultFleet {
    /// What `/metrics` says; empty without an answer in time.
    static func metrics(_ member: Member) async -> String {
        guard let url = URL(string: member.url + APIPath.metrics) else { return "" }
        let answer = try? await URLSession.shared.answer(to: URLRequest(url: url, timeoutInterval: 5))
        return answer.map { String(decoding: $0.0, as: UTF8.self) } ?? ""
    }
}
