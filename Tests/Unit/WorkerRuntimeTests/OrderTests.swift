import Domain
import Logging
import Testing
import WorkerRuntime

@Suite("A worker follows orders", .timeLimit(.minutes(1)))
struct OrderTests {
    @Test("quiet hands back what waits, lets running ones finish, takes nothing, says so; resume takes again")
    func quietAndResume() async throws {
        let bench = try Bench { $0.slots = [.general: 1] }
        try await bench.run {
            try await expectSoon("it consumes") { bench.broker.isConsuming }
            bench.deliver(Bench.delivery(1, "probe"), Bench.delivery(2), Bench.delivery(3, key: "olt:3"))
            try await expectSoon("the first runs") { bench.probe.begun.count == 1 }

            bench.order(.quiet)
            try await expectSoon("nothing is consumed") { !bench.broker.isConsuming }
            try await expectSoon("two are handed back") { bench.broker.acknowledged.count == 2 }
            try await expectSoon("it is said at once") { bench.beats.last?.status == .quiet }
            bench.deliver(Bench.delivery(4))
            try await expectSoon("a late one is handed back") { bench.broker.acknowledged.count == 3 }
            #expect(bench.probe.cutOff.isEmpty && bench.worker.heartbeat.running.count == 1)
            bench.probe.letGo()
            try await expectSoon("the running one ends") { bench.broker.acknowledged.count == 4 }

            bench.order(.resume)
            try await expectSoon("it consumes again") { bench.broker.isConsuming && !bench.broker.lanes.isEmpty }
            try await expectSoon("that is said too") { bench.beats.last?.status == .healthy }
            bench.deliver(Bench.delivery(5))
            try await expectSoon("a new one runs") { bench.broker.acknowledged.count == 5 }
        }

        let verdicts = Dictionary(uniqueKeysWithValues: bench.broker.ends.map { ($0.number.value, $0.verdict) })
        let handedBack = Verdict.deferred(Deferral(.handedBack))
        #expect(verdicts == [1: .succeeded, 2: handedBack, 3: handedBack, 4: handedBack, 5: .succeeded])
    }

    @Test("an order to drain stops the worker as a signal does, and nothing after it makes it take work again")
    func drain() async throws {
        let bench = try Bench()
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe"))
            try await expectSoon("it runs") { bench.probe.begun.count == 1 }
            bench.order(.drain)
            try await expectSoon("it drains") { bench.worker.heartbeat.status == .draining }
            bench.order(.resume)
            bench.deliver(Bench.delivery(2))
            try await expectSoon("a late one is handed back") { bench.broker.acknowledged.count == 1 }
            #expect(bench.worker.heartbeat.status == .draining)
            bench.probe.letGo()
            try await expectSoon("the worker is closed") { bench.broker.isClosed }
        }

        #expect(!bench.broker.isConsuming)
        #expect(bench.broker.ends.map(\.verdict) == [.deferred(Deferral(.handedBack)), .succeeded])
    }

    @Test("a second order to drain cuts running attempts off at once, as a second signal does")
    func drainTwice() async throws {
        let bench = try Bench { $0.drain.soft = .seconds(3600) }
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe"))
            try await expectSoon("it runs") { bench.probe.begun.count == 1 }
            bench.order(.drain)
            bench.order(.drain)
            try await expectSoon("the worker is closed") { bench.broker.isClosed }
        }

        #expect(bench.broker.ends.map(\.verdict) == [.interrupted(reason: "the worker drains")])
    }

    @Test("cancel is followed while the worker drains")
    func cancelWhileDraining() async throws {
        let bench = try Bench()
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe"))
            try await expectSoon("it runs") { bench.probe.begun.count == 1 }
            bench.order(.drain)
            bench.order(.cancel([CancelledRun(task: TaskID(high: 1, low: 1), number: nil, reason: "by hand")]))
            try await expectSoon("the worker is closed") { bench.broker.isClosed }
        }

        #expect(bench.broker.ends.map(\.verdict) == [.interrupted(reason: "by hand")])
    }

    @Test("the log level follows an order; an unknown word and a ping change nothing")
    func logLevel() async throws {
        let bench = try Bench()
        try await bench.run {
            for word in ["debug", "loud", "warning"] { bench.order(.setLogLevel(word)) }
            bench.order(.ping)
            bench.deliver(Bench.delivery(1))
            try await expectSoon("work goes on") { bench.broker.acknowledged.count == 1 }
        }

        #expect(bench.levels.all == [.debug, .warning])
    }

    @Test("beats and registrations name every number in hand: what waits, what runs, what waits for its confirm")
    func numbersInHand() async throws {
        let bench = try Bench { $0.slots = [.general: 1] }
        bench.broker.holdConfirms()
        try await bench.run {
            bench.deliver(Bench.delivery(1))
            try await expectSoon("the first has run") { bench.worker.heartbeat.tasksCompleted == 1 }
            bench.deliver(Bench.delivery(2, "probe"), Bench.delivery(3))
            try await expectSoon("the second runs") { bench.probe.begun.count == 1 }
            #expect(bench.worker.heartbeat.numbersInHand.map(\.value) == [1, 2, 3])

            bench.broker.emit(.connected(connection: 2))
            try await expectSoon("it registers again") { Self.registrations(bench).last?.connection == 2 }
            // What had not started belongs to the broker again.
            #expect(Self.registrations(bench).last?.numbersInHand.map(\.value) == [1, 2])
            try await expectSoon("it beats") { bench.beats.last?.numbersInHand.map(\.value) == [1, 2] }
            bench.broker.confirm()
            bench.probe.letGo()
            try await expectSoon("nothing is in hand") { bench.worker.heartbeat.numbersInHand.isEmpty }
        }
    }

    private static func registrations(_ bench: Bench) -> [WorkerRegistration] {
        bench.broker.told.compactMap { message in if case .registration(let registration) = message { registration } else { nil } }
    }
}
