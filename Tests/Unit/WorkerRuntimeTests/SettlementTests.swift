import Domain
import Testing
import WorkerRuntime

@Suite("A worker settles what it ran", .timeLimit(.minutes(1)))
struct SettlementTests {
    @Test("a success is published, confirmed, and only then acknowledged")
    func success() async throws {
        let bench = try Bench()
        bench.broker.holdConfirms()
        try await bench.run {
            bench.deliver(Bench.delivery(1))
            try await expectSoon("the run ends") { bench.worker.heartbeat.tasksCompleted == 1 }
            #expect(bench.broker.acknowledged.isEmpty)
            bench.broker.confirm()
            try await expectSoon("the delivery is settled") { bench.broker.acknowledged.count == 1 }
        }

        #expect(bench.broker.ends.map(\.verdict) == [.succeeded])
        #expect(bench.broker.ends.first?.startedAt != nil)
        #expect(bench.journal.all.prefix(2) == ["outcome #1 succeeded", "acknowledge #1"])
        #expect(bench.broker.rejected.isEmpty)
    }

    @Test("with a key: take, outcome, settlement, release, in this order")
    func order() async throws {
        let bench = try Bench()
        try await bench.run {
            bench.deliver(Bench.delivery(1, key: "olt:1"))
            try await expectSoon("the lease is back") { bench.journal.all.contains("release #1") }
        }

        let steps = bench.journal.all.filter { $0 != "outcome #1 started" && $0 != "stop consuming" }
        #expect(steps == ["take #1", "outcome #1 succeeded", "acknowledge #1", "release #1"])
        #expect(bench.broker.outcomes.map(\.verdict) == [.started, .succeeded])
        #expect(bench.broker.acknowledged.count == 1)
    }

    @Test("a fault's message is cut to what is kept, so that the outcomes of many still fit into a message")
    func longFault() async throws {
        let bench = try Bench()
        let long = String(repeating: "é", count: 300_000)
        try await bench.run {
            bench.deliver(Bench.delivery(1, "fail", ["message": .text(long)]))
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }

        guard case .failed(let fault) = bench.broker.ends.first?.verdict else {
            Issue.record("it failed")
            return
        }
        #expect(fault.message.hasPrefix("éé") && fault.message.hasSuffix("…"))
        #expect(fault.message.utf8.count <= 4096)
        #expect(fault.errorClass == "asked" && fault.retryable)
    }

    @Test("a lease that came with a quiet gap is clean again only when the gap is over")
    func quietGapOutlivesShortRuns() async throws {
        let key = ExclusionKey(OLTID(1))
        let bench = try Bench(quietGap: .seconds(60))
        bench.leases.direct { book, now in
            _ = book.take(key, DispatchNumber(1), run: RunToken(9), span: .seconds(60), quietGap: .zero, now: now)
            _ = book.release(key, DispatchNumber(1), run: RunToken(9), clean: false, now: now)
        }
        try await bench.run {
            bench.deliver(Bench.delivery(2, key: "olt:1"))
            try await expectSoon("the lease is back") { bench.journal.all.contains { $0.hasPrefix("release") } }
        }

        #expect(bench.journal.all.contains("release unclean #2"))
    }

    @Test("a retryable failure with attempts left is acknowledged; a final or exhausted one is rejected")
    func failures() async throws {
        let bench = try Bench()
        try await bench.run {
            bench.deliver(
                Bench.delivery(1, "fail", ["times": 2], attempt: 1),
                Bench.delivery(2, "fail", ["final": true], attempt: 1),
                Bench.delivery(3, "fail", ["times": 9], attempt: 3),
                Bench.delivery(4, "fail", ["times": 1], attempt: 2)
            )
            try await expectSoon("all are settled") { bench.broker.acknowledged.count + bench.broker.rejected.count == 4 }
        }

        #expect(Set(bench.broker.acknowledged.map(\.tag)) == [1, 4])
        #expect(Set(bench.broker.rejected.map(\.tag)) == [2, 3])
        #expect(bench.worker.heartbeat.tasksFailed == 3 && bench.worker.heartbeat.tasksCompleted == 1)
    }

    @Test("while the dead-letter queue is nearly full, the dead are acknowledged instead")
    func fullDeadQueue() async throws {
        let bench = try Bench()
        bench.broker.deadQueueFillsUp()
        try await bench.run {
            bench.deliver(Bench.delivery(1, "fail", ["final": true]))
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }

        #expect(bench.broker.rejected.isEmpty)
        #expect(bench.broker.ends.map(\.verdict.word) == ["failed"])
    }

    @Test(
        "an outcome that is not confirmed is published again and settles once",
        arguments: [PublishAnswer.unconfirmed(reason: "x"), .refused, .returned(reason: "x")]
    )
    func unconfirmed(answer: PublishAnswer) async throws {
        let bench = try Bench()
        bench.broker.answerNext([answer, answer])
        try await bench.run {
            bench.deliver(Bench.delivery(1))
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }

        #expect(bench.journal.all.filter { $0 == "unconfirmed #1 succeeded" }.count == 2)
        #expect(bench.journal.all.filter { $0 == "outcome #1 succeeded" }.count == 1)
        #expect(bench.broker.acknowledged.count == 1)
    }

    @Test("what collects while a message waits for its confirm leaves as the next one")
    func batches() async throws {
        let bench = try Bench { $0.slots = [.general: 64] }
        bench.broker.holdConfirms()
        try await bench.run {
            bench.deliver(Bench.delivery(1))
            try await expectSoon("the first has run") { bench.worker.heartbeat.tasksCompleted == 1 }
            for number in Int64(2)...31 { bench.deliver(Bench.delivery(number)) }
            try await expectSoon("all have run") { bench.worker.heartbeat.tasksCompleted == 31 }
            bench.broker.confirm()
            try await expectSoon("all are settled") { bench.broker.acknowledged.count == 31 }
        }

        #expect(bench.broker.messages.count == 2)
        #expect(Set(bench.broker.acknowledged).count == 31)
    }

    @Test("two thousand tasks are each reported and acknowledged once")
    func many() async throws {
        let bench = try Bench { $0.slots = [.general: 8] }
        try await bench.run {
            for start in stride(from: Int64(1), to: 2001, by: 100) {
                bench.broker.emit(.deliveries((start..<start + 100).map { Bench.delivery($0) }))
            }
            try await expectSoon("all are settled") { bench.broker.acknowledged.count == 2000 }
        }

        #expect(Set(bench.broker.acknowledged.map(\.tag)).count == 2000)
        #expect(Set(bench.broker.ends.map(\.number)).count == 2000)
        #expect(bench.broker.ends.count == 2000)
        #expect(
            bench.broker.messages.allSatisfy { message in
                if case .outcomes(let outcomes) = message { outcomes.count <= 64 } else { false }
            }
        )
    }

    @Test("a large device result travels in numbered parts before its outcome")
    func parts() async throws {
        let bench = try Bench()
        let observations = (0..<2500).map { ONUObservation(index: "1.\($0)") }
        let device = DeviceResult(olt: OLTID(1), operation: .discovery, coverage: .complete, observations: observations, columns: [])
        bench.probe.brings(Yield(result: ["onus": 2500], device: device), for: 1)
        bench.probe.letGo()
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe"))
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }

        #expect(bench.journal.all.prefix(4) == ["part #1 0", "part #1 1", "part #1 2", "outcome #1 succeeded"])
        let parts = bench.broker.messages.compactMap { message in if case .part(let part) = message { part.observations } else { nil } }
        #expect(parts.map(\.count) == [1000, 1000, 500])
        #expect(parts.flatMap(\.self) == observations)
        #expect(bench.broker.ends.first?.parts == 3)
        #expect(bench.broker.ends.first?.device?.observations.isEmpty == true)
    }

    @Test("a few observations with long texts travel in parts as well, none above the bound of a message")
    func heavyParts() async throws {
        let bench = try Bench()
        let observations = (0..<1200).map { number in
            var observation = ONUObservation(index: "1.\(number)")
            observation.description = String(repeating: "d", count: 1000)
            return observation
        }
        let device = DeviceResult(olt: OLTID(1), operation: .discovery, coverage: .complete, observations: observations, columns: [])
        bench.probe.brings(Yield(device: device), for: 1)
        bench.probe.letGo()
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe"))
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }

        let parts = bench.broker.messages.compactMap { message in if case .part(let part) = message { part } else { nil } }
        #expect(parts.flatMap(\.observations) == observations)
        #expect(parts.map(\.index) == Array(0..<parts.count) && parts.count == bench.broker.ends.first?.parts)
        #expect(parts.allSatisfy { $0.observations.count * 1000 <= 512 * 1024 })
    }

    @Test("a result that is too large to be kept fails for good")
    func largeResult() async throws {
        let bench = try Bench()
        bench.probe.brings(Yield(result: ["text": .text(String(repeating: "x", count: 70_000))]), for: 1)
        bench.probe.letGo()
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe"))
            try await expectSoon("it is settled") { bench.broker.rejected.count == 1 }
        }

        guard case .failed(let fault)? = bench.broker.ends.first?.verdict else {
            Issue.record("it has not failed")
            return
        }
        #expect(fault.errorClass == "result_too_large" && !fault.retryable)
    }
}
