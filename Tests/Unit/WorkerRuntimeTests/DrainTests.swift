import Domain
import Testing
import WorkerRuntime

@Suite("A worker stops", .timeLimit(.minutes(1)))
struct DrainTests {
    @Test("a drain hands back what has not started, lets running ones finish, then says goodbye")
    func drains() async throws {
        let bench = try Bench { $0.slots = [.general: 1] }
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe", key: "olt:1"), Bench.delivery(2), Bench.delivery(3, key: "olt:2"))
            try await expectSoon("the first runs") { bench.probe.begun.count == 1 }
            bench.worker.stop()
            try await expectSoon("two are handed back") { bench.broker.acknowledged.count == 2 }
            bench.deliver(Bench.delivery(4))
            try await expectSoon("a late one too") { bench.broker.acknowledged.count == 3 }
            #expect(bench.probe.cutOff.isEmpty)
        }

        let verdicts = Dictionary(uniqueKeysWithValues: bench.broker.ends.map { ($0.number.value, $0.verdict) })
        let handedBack = Verdict.deferred(Deferral(.handedBack))
        #expect(verdicts == [1: .succeeded, 2: handedBack, 3: handedBack, 4: handedBack])
        #expect(bench.journal.all.contains("release #1") && bench.journal.all.contains("hand #3"))
        #expect(!bench.broker.isConsuming && bench.broker.isClosed)
        #expect(Self.statuses(bench).last == .stopped && Self.statuses(bench).contains(.draining))
    }

    @Test("what runs past the soft bound is interrupted, reported, and its lease given back")
    func interrupts() async throws {
        let bench = try Bench { $0.drain.soft = .milliseconds(50) }
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe", key: "olt:1"))
            try await expectSoon("it runs") { bench.probe.begun.count == 1 }
            bench.worker.stop()
            try await expectSoon("the worker is closed") { bench.broker.isClosed }
        }

        #expect(bench.broker.ends.map(\.verdict) == [.interrupted(reason: "the worker drains")])
        #expect(bench.broker.acknowledged.count == 1)
        #expect(bench.journal.all.contains("release #1"))
    }

    @Test("a second signal cuts running attempts off at once")
    func aborts() async throws {
        let bench = try Bench { $0.drain.soft = .seconds(3600) }
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe"))
            try await expectSoon("it runs") { bench.probe.begun.count == 1 }
            bench.worker.stop()
            bench.worker.abort()
            try await expectSoon("the worker is closed") { bench.broker.isClosed }
        }

        #expect(bench.broker.ends.map(\.verdict) == [.interrupted(reason: "the worker drains")])
    }

    @Test("what cannot be confirmed in time is left behind, and said so")
    func leftBehind() async throws {
        let bench = try Bench { settings in
            settings.drain.soft = .milliseconds(20)
            settings.drain.giveBack = .milliseconds(50)
        }
        bench.broker.answerNext(Array(repeating: .unconfirmed(reason: "gone"), count: 100_000))

        await #expect(throws: WorkerError.leftBehind(deliveries: 1)) {
            try await bench.run {
                bench.deliver(Bench.delivery(1))
                try await expectSoon("it has run") { bench.worker.heartbeat.tasksCompleted == 1 }
            }
        }
        #expect(bench.broker.acknowledged.isEmpty)
    }

    @Test("an idle worker beats and stops at once")
    func idle() async throws {
        let bench = try Bench { $0.beatEvery = .seconds(1) }
        try await bench.run {
            try await expectSoon("it beats on its own clock") { Self.statuses(bench).count >= 2 }
        }

        #expect(Self.statuses(bench).first == .healthy && Self.statuses(bench).last == .stopped)
    }

    @Test("settings out of their ranges are refused by name")
    func settings() {
        #expect(throws: WorkerError.badSetting(setting: "suspectAfter", value: "0", allowed: "1 to 20")) {
            try Bench { $0.suspectAfter = 0 }
        }
        #expect(throws: WorkerError.self) { try Bench { $0.slots = [:] } }
        #expect(throws: WorkerError.self) { try Bench { $0.lease.renewEvery = .seconds(20) } }
        #expect(throws: WorkerError.self) { try Bench { $0.report.batchMax = 65 } }
    }

    private static func statuses(_ bench: Bench) -> [WorkerStatus] {
        bench.broker.told.compactMap { message in if case .heartbeat(let beat) = message { beat.status } else { nil } }
    }
}
