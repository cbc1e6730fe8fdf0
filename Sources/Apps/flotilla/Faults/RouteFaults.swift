import APIContract
import Domain
import FaultProxy
import Foundation
import PrivateServers

/// A broker whose routes are gone, whose disk or lane is full, or whose link crawls; and one that a crowd comes back to.
extension FaultRow {
    static let routes: [FaultRow] = [routesRemoved, diskAlarm, laneFull, slowLink, lateConfirms, crowd]

    private static let routesRemoved = FaultRow(
        id: "F16",
        fault: "a lane's binding removed, then the exchanges flotilla.work and flotilla.outcomes deleted",
        when: "load",
        expected: "returned tasks wait and are counted; bindings and exchanges come back by themselves; nothing is lost",
        measure: "removed → a task sent afterwards has ended, the slowest of three; looked for each 10 s",
        target: .seconds(25),
        shape: FaultShape()
    ) { stage in
        let removals = [
            "rabbit_binding:remove({binding, \(exchange("flotilla.work")), <<\"general.normal\">>, \(lane("general.normal")), []}, \(person))",
            "rabbit_exchange:delete(\(exchange("flotilla.work")), false, \(person))",
            "rabbit_exchange:delete(\(exchange("flotilla.outcomes")), false, \(person))",
        ]
        var slowest: Duration = .zero
        for removal in removals {
            let answer = try await stage.servers.rabbitMQ.control(["eval", "\(removal)."])
            guard answer.trimmingCharacters(in: .whitespacesAndNewlines) == "ok" else {
                throw CommandError(.failed, "the broker answered \(answer) to \(removal)")
            }
            let removed = TimeSource.now
            let ids = try await stage.load.send([TaskDraft(kind: "noop")], isKeyed: false)
            let task = try await stage.ended(ids[0], within: .seconds(60))
            let span = TimeSource.now - removed
            slowest = max(slowest, span)
            stage.note("  \(task.state) \(span.seconds) s after the removal")
        }
        await stage.healed()
        await stage.recovered(in: slowest)
        let returned = await stage.counter("flotilla_tasks_not_taken_total")
        await stage.check("I26", "\(returned) tasks came back and were counted", good: returned > 0)
    }

    private static let person = "<<\"somebody\">>"
    private static func exchange(_ name: String) -> String { "rabbit_misc:r(<<\"/\">>, exchange, <<\"\(name)\">>)" }
    private static func lane(_ name: String) -> String { "rabbit_misc:r(<<\"/\">>, queue, <<\"work.\(name)\">>)" }

    private static let diskAlarm = FaultRow(
        id: "F18",
        fault: "disk alarm, 20 s",
        when: "load",
        expected: "as F17",
        measure: "alarm lifted → first success",
        target: .seconds(5),
        shape: FaultShape()
    ) { stage in
        try await stage.judgeAlarm(raise: ["set_disk_free_limit", "100000GB"], lift: ["set_disk_free_limit", "50MB"])
    }

    private static let laneFull = FaultRow(
        id: "F19",
        fault: "a lane that takes 10 messages (a policy), for 15 s",
        when: "a burst of 1000 tasks while its slots are taken, and load",
        expected: "refused ones wait and are tried again, uncharged; all pass",
        measure: "limit lifted → the last of the burst has ended",
        target: .seconds(15),
        shape: FaultShape()
    ) { stage in
        let small = ["set_policy", "small", #"^work\.general\.normal$"#, #"{"max-length":10}"#, "--apply-to", "queues"]
        _ = try await stage.servers.rabbitMQ.control(small)
        let running = try await stage.takeSlots(sleeping: 8_000)
        let burst = try await stage.load.send(Array(repeating: TaskDraft(kind: "noop"), count: 1_000), isKeyed: false)
        try await stage.pause(.seconds(15))
        let refused = await stage.counter("flotilla_tasks_not_taken_total")
        _ = try await stage.servers.rabbitMQ.control(["clear_policy", "small"])
        await stage.healed()
        let lifted = TimeSource.now
        var last = lifted
        var charged = 0
        for id in burst + running {
            let task = try await stage.ended(id, within: .seconds(60))
            if let end = task.finishedAt.flatMap({ Timestamp($0) }) { last = max(last, end) }
            if task.attempt != 1 { charged += 1 }
        }
        await stage.recovered(in: last - lifted)
        await stage.check("I26", "\(refused) publishes refused", good: refused > 0)
        await stage.check("I19", "\(charged) of \(burst.count) charged", good: charged == 0)
    }

    private static let slowLink = FaultRow(
        id: "F23",
        fault: "every connection to the broker passes \(slowOctets) octets a second in pieces of \(slice), for 60 s",
        when: "a task each 2 s and one discovery",
        expected: "slower; no connection lost, no worker lost, no memory, descriptor or thread more than before",
        measure: "healed → everything sent meanwhile has ended",
        target: .seconds(10),
        shape: {
            var shape = FaultShape()
            shape.proxied = [.broker]
            shape.isLoaded = false
            return shape
        }()
    ) { stage in
        let members = await stage.fleet.orchestrators + stage.fleet.workers
        let quick = try await stage.roundTrips(5, every: .milliseconds(200))
        let walk = TaskDraft(kind: "snmp.discovery", payload: ["olt": .text(FaultStage.olt(1))])
        for id in try await stage.load.send([walk], isKeyed: true) { _ = try await stage.ended(id, within: .seconds(60)) }
        let before = members.map { ProcessSample.now(of: $0.pid) }
        let accepted = members.map { $0.broker?.counts.accepted ?? 0 }
        let crawl = Toxics(slices: Toxics.Slices(octets: slice, every: .milliseconds(1000 * slice / slowOctets)))
        for member in members { member.broker?.set(crawl) }
        let discovery = try await stage.load.send([walk], isKeyed: true)
        let slow = try await stage.roundTrips(30, every: .seconds(2))
        let meanwhile = members.enumerated().reduce(0) { $0 + ($1.element.broker?.counts.accepted ?? 0) - accepted[$1.offset] }
        let lost = try await stage.fleet.listedWorkers().count { $0.status == "lost" }
        for member in members { member.broker?.heal() }
        await stage.healed()
        let healed = TimeSource.now
        for id in slow.ids + discovery {
            let task = try await stage.ended(id, within: .seconds(60))
            if task.attempt != 1 { await stage.problem("\(task.kind) \(id): attempt \(task.attempt)") }
        }
        await stage.recovered(in: TimeSource.now - healed)
        let text = "median \(slow.median.seconds) s from sent to ended, \(quick.median.seconds) s before"
        await stage.check("I26", text, good: slow.median > quick.median)
        await stage.check("I22", "\(meanwhile) connections made anew, \(lost) workers lost", good: meanwhile == 0 && lost == 0)
        try await stage.pause(.seconds(3))
        let grown = zip(members, before).map { ProcessSample.now(of: $0.pid) - $1 }
        let most = ProcessSample(
            bytes: grown.map(\.bytes).max() ?? 0,
            descriptors: grown.map(\.descriptors).max() ?? 0,
            threads: grown.map(\.threads).max() ?? 0
        )
        let leaks = most.descriptors > 2 || most.threads > 2 || most.bytes > 16 << 20
        await stage.check(
            "I23",
            "at most \(most.bytes >> 10) KiB, \(most.descriptors) descriptors, \(most.threads) threads more",
            good: !leaks
        )
    }

    private static let slowOctets = 1024
    private static let slice = 64

    private static let lateConfirms = FaultRow(
        id: "F24",
        fault: "everything from the broker to the orchestrator 15 s late, for 30 s; from 6 s on nothing reaches the broker",
        when: "confirms of what was sent before are under way (confirms reordered by `multiple` no server makes: the simulation does)",
        expected: "no late confirm is taken for a message that never arrived; both are published again with their numbers",
        measure: "healed → all of both have ended; a walk of 10 s may wait for its outcome to be read",
        target: .seconds(30),
        shape: {
            var shape = FaultShape()
            shape.proxied = [.broker]
            shape.isLoaded = false
            return shape
        }()
    ) { stage in
        let orchestrator = await stage.fleet.orchestrators[0]
        orchestrator.broker?.set(Toxics(latency: .seconds(15)), .down)
        let began = ContinuousClock.now
        let walk = TaskDraft(kind: "snmp.discovery", payload: ["olt": .text(FaultStage.olt(0))])
        let early =
            try await stage.load.send(Array(repeating: TaskDraft(kind: "noop"), count: 20), isKeyed: false)
            + stage.load.send([walk], isKeyed: true)
        try await FaultWait.until("the walk has begun", within: .seconds(5)) { try await !stage.spans(0).isEmpty }
        try await stage.pause(.seconds(6) - (.now - began))
        orchestrator.broker?.set(.blackhole, .up)
        let late = try await stage.load.send(Array(repeating: TaskDraft(kind: "noop"), count: 20), isKeyed: false)
        let numbers = try await stage.unpublished(late)
        var falseConfirms = late.count - numbers.count
        while .now - began < .seconds(30) {
            try await stage.pause(.seconds(1))
            falseConfirms = max(falseConfirms, late.count - (try await stage.unpublished(late).count))
        }
        orchestrator.broker?.heal()
        await stage.healed()
        let healed = TimeSource.now
        var moved = 0
        for id in early + late {
            let task = try await stage.ended(id, within: .seconds(90))
            let ends = task.runs.count { $0.outcome == "succeeded" }
            if ends != 1 || task.attempt != 1 { await stage.problem("\(task.kind) \(id): \(ends) ends, attempt \(task.attempt)") }
            if let number = numbers[id], task.runs.last?.number != number { moved += 1 }
        }
        await stage.recovered(in: TimeSource.now - healed)
        await stage.check("I3", "\(falseConfirms) of \(late.count) that never arrived were called confirmed", good: falseConfirms == 0)
        let again = await stage.counter("flotilla_tasks_republished_total")
        await stage.check(
            "I26",
            "\(again) numbers published again, \(moved) of \(late.count) under another number",
            good: again > 0 && moved == 0
        )
        let spans = try await stage.spans(0)
        await stage.check("I4", "\(spans.count) run of the walk", good: spans.count == 1)
    }

    private static let crowdSize = 50

    private static let crowd = FaultRow(
        id: "F47",
        fault: "broker restarted under \(crowdSize) workers",
        when: "load",
        expected: "all come back with jitter, not in one instant, and all consume",
        measure: "broker answers again → every lane has its \(crowdSize) consumers",
        target: .seconds(20),
        shape: {
            var shape = FaultShape()
            shape.workers = crowdSize
            shape.slots = "general=2,network=2"
            shape.proxied = [.broker]
            return shape
        }()
    ) { stage in
        let meter = ConnectMeter(await stage.fleet.workers.compactMap(\.broker))
        let sampling = Sampling(every: .milliseconds(100)) { meter.sample() }
        try await sampling.during {
            try await stage.servers.rabbitMQ.restart()
            await stage.healed()
            meter.mark()
            let back = TimeSource.now
            try await FaultWait.until("every lane has its consumers", within: .seconds(120), poll: .seconds(1)) {
                try await stage.consumers(["work.general.normal", "work.network.normal"]) == [crowdSize, crowdSize]
            }
            await stage.recovered(in: TimeSource.now - back)
        }
        // Each worker has two connections.
        let (away, back) = (meter.before, meter.since)
        let text =
            "\(away.total) connections refused while it was away, at most \(away.perSecond) in a second; then \(back.total), "
            + "at most \(back.perSecond) in a second"
        await stage.check("I22", text, good: back.total >= crowdSize && back.perSecond <= crowdSize * 3 / 2)
        // Enough for every worker to get some.
        let slow = Array(repeating: TaskDraft(kind: "noop", payload: ["sleepMs": .number(500)]), count: 6 * crowdSize)
        for id in try await stage.load.send(slow, isKeyed: false) { _ = try await stage.ended(id, within: .seconds(60)) }
    }
}

extension FaultStage {
    /// An alarm of the broker for 20 s: publishers are blocked, the API is not.
    func judgeAlarm(raise: [String], lift: [String]) async throws {
        let start = ContinuousClock.now
        try await pause(.seconds(8))
        let alarmed = ContinuousClock.now
        _ = try await servers.rabbitMQ.control(raise)
        try await pause(.seconds(20))
        let states = try await servers.rabbitMQ.control(["list_connections", "--no-table-headers", "state"])
        let blocked = states.split(separator: "\n").count { $0.contains("block") }
        let lifted = ContinuousClock.now
        _ = try await servers.rabbitMQ.control(lift)
        healed()
        check("I26", "\(blocked) connections blocked", good: blocked > 0)
        let load = try load
        let before = await load.slowest(from: start, to: alarmed)
        let during = await load.slowest(from: alarmed, to: lifted)
        let text =
            "API p99 \(Figure.millis(before.p99)) of \(before.count) before, \(Figure.millis(during.p99)) of \(during.count) during the alarm"
        // Rabbit's own tools take a core for a second each; that is no fault of the API.
        check("p99", text, good: during.failed == 0 && during.count > 50 && during.p99 < max(250, before.p99 * 3))
    }

    /// Takes all slots of `general` for a while; returns the tasks that do.
    func takeSlots(sleeping millis: Double) async throws -> [String] {
        let long = Array(repeating: TaskDraft(kind: "noop", payload: ["sleepMs": .number(millis)], priority: "high"), count: 16)
        let running = try await load.send(long, isKeyed: false)
        try await FaultWait.until("the slots are taken", within: .seconds(30), poll: .milliseconds(200)) {
            var started = 0
            for id in running where try await self.task(id).startedAt != nil { started += 1 }
            return started == running.count
        }
        return running
    }

    /// Plain tasks one after another at a steady pace, and half of the times that they took at least.
    func roundTrips(_ count: Int, every pace: Duration) async throws -> (ids: [String], median: Duration) {
        var ids: [String] = []
        for _ in 0..<count {
            ids += try await load.send([TaskDraft(kind: "noop")], isKeyed: false)
            try await pause(pace)
        }
        var times: [Duration] = []
        let now = TimeSource.now
        for id in ids {
            let task = try await task(id)
            guard let sent = Timestamp(task.createdAt) else { continue }
            times.append((task.finishedAt.flatMap { Timestamp($0) } ?? now) - sent)
        }
        times.sort()
        return (ids, times.isEmpty ? .zero : times[times.count / 2])
    }

    /// Consumers of queues, by the broker's account.
    func consumers(_ queues: [String]) async throws -> [Int] {
        let text = try await servers.rabbitMQ.control(["list_queues", "--no-table-headers", "name", "consumers"])
        let lines = text.split(separator: "\n")
        return queues.map { queue in
            lines.first { $0.hasPrefix("\(queue)\t") }.flatMap { $0.split(separator: "\t").last }.flatMap { Int($0) } ?? 0
        }
    }
}
