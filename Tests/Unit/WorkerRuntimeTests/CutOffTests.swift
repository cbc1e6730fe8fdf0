import Domain
import Testing
import WorkerRuntime

@Suite("A worker cuts runs off", .timeLimit(.minutes(1)))
struct CutOffTests {
    private let key = ExclusionKey(OLTID(1))

    @Test("an attempt over its time is cancelled and fails as timed out")
    func timeout() async throws {
        let bench = try Bench()
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe", timeout: .milliseconds(30)))
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }

        #expect(bench.broker.ends.map(\.verdict) == [.failed(.timedOut(after: .milliseconds(30)))])
        #expect(bench.probe.cutOff.map(\.value) == [1])
    }

    @Test("after its time is up the slot is free only when the operation has returned")
    func slotAfterTimeout() async throws {
        let bench = try Bench { $0.slots = [.general: 1] }
        bench.probe.ignoreCancellation()
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe", timeout: .milliseconds(20)), Bench.delivery(2))
            try await expectSoon("it is cut off") { !bench.probe.cutOff.isEmpty }
            #expect(bench.broker.ends.isEmpty)
            #expect(bench.worker.heartbeat.slotsUsed == [.general: 1])
            bench.probe.letGo()
            try await expectSoon("both are settled") { bench.broker.acknowledged.count == 2 }
        }

        #expect(Set(bench.broker.ends.map(\.number.value)) == [1, 2])
    }

    @Test("a lost lease interrupts the run, and nothing may be sent from then on")
    func lostLease() async throws {
        let bench = try Bench(Self.shortLeases)
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe", key: "olt:1"))
            try await expectSoon("it runs") { bench.probe.begun.count == 1 }
            #expect(bench.probe.permission(of: 1)?.refusal(ContinuousClock.now) == nil)
            let number = DispatchNumber(1)
            // Somebody emptied the store: the run's own lease is gone.
            bench.leases.direct { book, _ in book = LeaseBook() }
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
            #expect(bench.probe.permission(of: number.value)?.refusal(ContinuousClock.now) != nil)
        }

        #expect(bench.broker.ends.map(\.verdict) == [.interrupted(reason: "the lease was lost")])
        #expect(bench.probe.cutOff.map(\.value) == [1])
        #expect(!bench.journal.all.contains { $0.hasPrefix("release") })
    }

    @Test("while the store is silent the run stops sending before the lease's end and is interrupted at it")
    func silentStore() async throws {
        let bench = try Bench(Self.shortLeases)
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe", key: "olt:1"))
            try await expectSoon("it runs") { bench.probe.begun.count == 1 }
            bench.leases.fallSilent()
            try await expectSoon("it may not send") { bench.probe.permission(of: 1)?.refusal(ContinuousClock.now) != nil }
            #expect(bench.probe.cutOff.isEmpty, "it may not send before it is cut off")
            try await expectSoon("it is cut off") { bench.probe.cutOff.count == 1 }
            bench.leases.fallSilent(false)
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }

        #expect(bench.broker.ends.map(\.verdict) == [.interrupted(reason: "the lease was lost")])
    }

    @Test("a lease is renewed while the run goes on, and while its outcome waits for the confirm")
    func renews() async throws {
        let bench = try Bench(Self.shortLeases)
        bench.broker.holdConfirms()
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe", key: "olt:1"))
            try await expectSoon("it is renewed") { bench.leases.renewals >= 3 }
            bench.probe.letGo()
            try await expectSoon("it has ended") { bench.worker.heartbeat.tasksCompleted == 1 }
            let renewals = bench.leases.renewals
            try await expectSoon("it is renewed while it waits") { bench.leases.renewals >= renewals + 2 }
            bench.broker.confirm()
            try await expectSoon("the lease is back") { bench.journal.all.contains("release #1") }
        }

        #expect(bench.broker.ends.map(\.verdict) == [.succeeded])
    }

    @Test("a finished run's lease is let go when the confirm does not come for too long")
    func hold() async throws {
        let bench = try Bench { settings in
            Self.shortLeases(&settings)
            settings.report.hold = .milliseconds(50)
        }
        bench.broker.holdConfirms()
        bench.probe.letGo()
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe", key: "olt:1"))
            try await expectSoon("the next number is granted") {
                let answer = bench.leases.direct {
                    $0.take(key, DispatchNumber(2), run: RunToken(9), span: .seconds(60), quietGap: .zero, now: $1)
                }
                return answer == .granted(quietGap: .zero)
            }
            bench.broker.confirm()
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }
    }

    @Test("a run without a lease is reported started only when it takes long")
    func started() async throws {
        let bench = try Bench { $0.startedAfter = .milliseconds(40) }
        try await bench.run {
            bench.deliver(Bench.delivery(1), Bench.delivery(2, "probe"))
            try await expectSoon("the long one is reported") { bench.broker.outcomes.contains { $0.verdict == .started } }
            bench.probe.letGo()
            try await expectSoon("both are settled") { bench.broker.acknowledged.count == 2 }
        }

        #expect(bench.broker.outcomes.filter { $0.verdict == .started }.map(\.number.value) == [2])
    }

    private static let shortLeases: @Sendable (inout WorkerSettings) -> Void = { settings in
        settings.lease.span = .seconds(4)
        settings.lease.renewEvery = .milliseconds(100)
        settings.lease.margin = .seconds(2)
        settings.lease.pduLife = .milliseconds(200)
    }
}
