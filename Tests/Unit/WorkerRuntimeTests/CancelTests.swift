import Domain
import Testing
import WorkerRuntime

@Suite("A worker is told to cancel", .timeLimit(.minutes(1)))
struct CancelTests {
    private static func task(_ number: Int64) -> TaskID { TaskID(high: 1, low: UInt64(number)) }

    private static func cancel(_ numbers: Int64..., reason: String = "cancelled by hand") -> ControlOrder {
        .cancel(numbers.map { CancelledRun(task: task($0), number: DispatchNumber($0), reason: reason) })
    }

    @Test("what runs is stopped at once and reported interrupted with the order's reason; nothing may be sent any more")
    func running() async throws {
        let bench = try Bench()
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe", key: "olt:1"), Bench.delivery(2, "probe"))
            try await expectSoon("both run") { bench.probe.begun.count == 2 }
            bench.order(Self.cancel(1))
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
            #expect(bench.probe.permission(of: 1)?.refusal(ContinuousClock.now) == "cancelled by hand")
            #expect(bench.probe.cutOff.map(\.value) == [1])
        }

        let verdicts = Dictionary(uniqueKeysWithValues: bench.broker.ends.map { ($0.number.value, $0.verdict) })
        #expect(verdicts == [1: .interrupted(reason: "cancelled by hand"), 2: .succeeded])
        #expect(bench.broker.rejected.isEmpty)
        #expect(bench.journal.all.contains("release #1"))
    }

    @Test("a cancelled task without a number is stopped under whatever number it runs")
    func anyNumber() async throws {
        let bench = try Bench()
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe"))
            try await expectSoon("it runs") { bench.probe.begun.count == 1 }
            bench.order(.cancel([CancelledRun(task: Self.task(1), number: nil, reason: "gone")]))
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }

        #expect(bench.broker.ends.map(\.verdict) == [.interrupted(reason: "gone")])
    }

    @Test("what has not started is handed back at once, never run; a keyed number is given up first")
    func prefetched() async throws {
        let bench = try Bench { $0.slots = [.general: 1] }
        try await bench.run {
            bench.deliver(
                Bench.delivery(1, "probe"),
                Bench.delivery(2, "probe"),
                Bench.delivery(3, "probe", key: "olt:3"),
                Bench.delivery(4, "probe")
            )
            try await expectSoon("the first runs") { bench.probe.begun.count == 1 }
            bench.order(Self.cancel(2, 3))
            try await expectSoon("two are settled") { bench.broker.acknowledged.count == 2 }
            #expect(bench.worker.heartbeat.queuedTasks == 1)
            bench.probe.letGo()
            try await expectSoon("the others too") { bench.broker.acknowledged.count == 4 }
        }

        let verdicts = Dictionary(uniqueKeysWithValues: bench.broker.ends.map { ($0.number.value, $0.verdict) })
        let handedBack = Verdict.deferred(Deferral(.handedBack))
        #expect(verdicts == [1: .succeeded, 2: handedBack, 3: handedBack, 4: .succeeded])
        #expect(bench.probe.begun.map(\.value) == [1, 4])
        let journal = bench.journal.all
        let hand = try #require(journal.firstIndex(of: "hand #3"))
        let outcome = try #require(journal.firstIndex(of: "outcome #3 deferred"))
        #expect(hand < outcome)
    }

    @Test("what arrives after its order is recognised and handed back; a new number of the task runs")
    func later() async throws {
        let bench = try Bench()
        try await bench.run {
            bench.order(Self.cancel(1, 2))
            bench.deliver(Bench.delivery(1), Bench.delivery(2, key: "olt:2"), Bench.delivery(3))
            try await expectSoon("all are settled") { bench.broker.acknowledged.count == 3 }
        }

        let verdicts = Dictionary(uniqueKeysWithValues: bench.broker.ends.map { ($0.number.value, $0.verdict) })
        let handedBack = Verdict.deferred(Deferral(.handedBack))
        #expect(verdicts == [1: handedBack, 2: handedBack, 3: .succeeded])
        #expect(bench.journal.all.contains("hand #2") && !bench.journal.all.contains("take #2"))
    }

    @Test("an order for what the worker does not have changes nothing")
    func strangers() async throws {
        let bench = try Bench()
        bench.probe.letGo()
        try await bench.run {
            bench.order(Self.cancel(7, 8))
            bench.order(.cancel([]))
            bench.deliver(Bench.delivery(1, "probe"))
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }

        #expect(bench.broker.ends.map(\.verdict) == [.succeeded])
    }

    @Test("the time left counts from the receipt: what runs is stopped at the deadline and says so")
    func deadlineWhileRunning() async throws {
        let clock = HandClock()
        let bench = try Bench(clock: clock)
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe", timeout: .seconds(60), timeLeft: .seconds(10)))
            try await expectSoon("it runs") { bench.probe.begun.count == 1 }
            clock.advance(by: .milliseconds(9_990))
            try await letTimePass(.milliseconds(20))
            #expect(bench.probe.cutOff.isEmpty)
            clock.advance(by: .milliseconds(10))
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }

        #expect(bench.broker.ends.map(\.verdict) == [.interrupted(reason: "deadline")])
    }

    @Test("the timeout stands when it comes before the deadline")
    func timeoutFirst() async throws {
        let clock = HandClock()
        let bench = try Bench(clock: clock)
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe", timeout: .seconds(5), timeLeft: .seconds(10)))
            try await expectSoon("it runs") { bench.probe.begun.count == 1 }
            clock.advance(by: .seconds(5))
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }

        #expect(bench.broker.ends.map(\.verdict) == [.failed(.timedOut(after: .seconds(5)))])
    }

    @Test("what has no time left when its turn comes is not run; a keyed number is given up")
    func deadlineBeforeStart() async throws {
        let clock = HandClock()
        let bench = try Bench(clock: clock) { settings in
            settings.slots = [.general: 1]
            settings.handBackAfter = .seconds(600)
        }
        try await bench.run {
            bench.deliver(
                Bench.delivery(1, "probe", timeout: .seconds(600)),
                Bench.delivery(2, "probe", timeLeft: .seconds(3)),
                Bench.delivery(3, "probe", key: "olt:3", timeLeft: .seconds(3)),
                Bench.delivery(4, "probe", timeLeft: .seconds(30))
            )
            try await expectSoon("the first runs") { bench.probe.begun.count == 1 }
            clock.advance(by: .seconds(4))
            bench.probe.letGo()
            try await expectSoon("all are settled") { bench.broker.acknowledged.count == 4 }
        }

        let verdicts = Dictionary(uniqueKeysWithValues: bench.broker.ends.map { ($0.number.value, $0.verdict) })
        let late = Verdict.interrupted(reason: "deadline")
        #expect(verdicts == [1: .succeeded, 2: late, 3: late, 4: .succeeded])
        #expect(bench.probe.begun.map(\.value) == [1, 4])
        #expect(bench.journal.all.contains("hand #3") && !bench.journal.all.contains("take #3"))
    }
}
