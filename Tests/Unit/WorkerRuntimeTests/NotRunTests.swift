import Domain
import Testing
import WorkerRuntime

@Suite("A worker does not run what it must not", .timeLimit(.minutes(1)))
struct NotRunTests {
    private let key = ExclusionKey(OLTID(1))

    @Test("a busy key is asked for again, then deferred until its lease ends")
    func busy() async throws {
        let bench = try Bench { $0.busyPatience = .milliseconds(500) }
        _ = bench.leases.direct { $0.take(key, DispatchNumber(1), run: RunToken(9), span: .seconds(60), quietGap: .zero, now: $1) }
        try await bench.run {
            bench.deliver(Bench.delivery(2, key: "olt:1"))
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }

        guard case .deferred(let deferral)? = bench.broker.ends.first?.verdict, let after = deferral.retryAfter else {
            Issue.record("it is not deferred with a time")
            return
        }
        #expect(deferral.reason == .busy)
        #expect(after > .seconds(50) && after <= .seconds(60))
        #expect(bench.broker.ends.first?.startedAt == nil)
        #expect((2...26).contains(bench.journal.all.filter { $0 == "take #2" }.count))
        #expect(!bench.journal.all.contains("release #2"))
    }

    @Test("a busy key that is let go meanwhile is taken")
    func busyThenFree() async throws {
        let bench = try Bench { $0.busyPatience = .seconds(5) }
        _ = bench.leases.direct { $0.take(key, DispatchNumber(1), run: RunToken(9), span: .seconds(60), quietGap: .zero, now: $1) }
        try await bench.run {
            bench.deliver(Bench.delivery(2, key: "olt:1"))
            try await expectSoon("it has asked") { bench.journal.all.contains("take #2") }
            _ = bench.leases.direct { $0.release(key, DispatchNumber(1), run: RunToken(9), clean: true, now: $1) }
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }

        #expect(bench.broker.ends.map(\.verdict) == [.succeeded])
    }

    @Test("a number that had its answer is reported seen and acknowledged")
    func seen() async throws {
        let bench = try Bench()
        _ = bench.leases.direct { $0.take(key, DispatchNumber(5), run: RunToken(9), span: .seconds(60), quietGap: .zero, now: $1) }
        try await bench.run {
            bench.deliver(Bench.delivery(5, "probe", key: "olt:1"))
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }

        guard case .seen(let seen)? = bench.broker.ends.first?.verdict else {
            Issue.record("it is not seen")
            return
        }
        #expect(seen.answer == .granted && seen.highest == DispatchNumber(5) && seen.leaseLeft != nil)
        #expect(bench.probe.begun.isEmpty)
    }

    @Test("a silent lease store defers")
    func silent() async throws {
        let bench = try Bench()
        bench.leases.fallSilent()
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe", key: "olt:1"))
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }

        #expect(bench.broker.ends.map(\.verdict) == [.deferred(Deferral(.leaseStoreSilent))])
        #expect(bench.probe.begun.isEmpty)
    }

    @Test("a plain delivery that came back three times is suspect; a keyed one is left to its lease")
    func suspect() async throws {
        let bench = try Bench()
        try await bench.run {
            bench.deliver(
                Bench.delivery(1, redeliveries: 3),
                Bench.delivery(2, redeliveries: 2),
                Bench.delivery(3, key: "olt:1", redeliveries: 7)
            )
            try await expectSoon("all are settled") { bench.broker.acknowledged.count == 3 }
        }

        let verdicts = Dictionary(uniqueKeysWithValues: bench.broker.ends.map { ($0.number.value, $0.verdict) })
        #expect(verdicts == [1: .suspect, 2: .succeeded, 3: .succeeded])
        #expect(bench.broker.ends.first { $0.number.value == 1 }?.redeliveries == 3)
    }

    @Test("an unknown kind is handed back, never run")
    func notCapable() async throws {
        let bench = try Bench()
        try await bench.run {
            bench.deliver(Bench.delivery(1, "snmp.get"), Bench.delivery(2, "snmp.get", key: "olt:1"))
            try await expectSoon("all are settled") { bench.broker.acknowledged.count == 2 }
        }

        #expect(bench.broker.ends.allSatisfy { $0.verdict == .deferred(Deferral(.notCapable)) })
        #expect(bench.journal.all.contains("hand #2") && !bench.journal.all.contains("take #2"))
    }

    @Test("what has not started in time is handed back, a keyed number first to the lease store")
    func handBack() async throws {
        let bench = try Bench { $0.handBackAfter = .milliseconds(100) }
        try await bench.run {
            bench.deliver(
                Bench.delivery(1, "probe"),
                Bench.delivery(2, "probe"),
                Bench.delivery(3),
                Bench.delivery(4, key: "olt:1")
            )
            try await expectSoon("two are handed back") { bench.broker.acknowledged.count == 2 }
            #expect(Set(bench.probe.begun.map(\.value)) == [1, 2])
        }

        let handedBack = bench.broker.ends.filter { $0.verdict == .deferred(Deferral(.handedBack)) }
        #expect(Set(handedBack.map(\.number.value)) == [3, 4])
        #expect(bench.journal.all.contains("hand #4") && !bench.journal.all.contains("take #4"))
        #expect(bench.broker.ends.count == 4)
    }

    @Test("a number that was granted elsewhere is not handed back but seen")
    func handBackSeen() async throws {
        let bench = try Bench { $0.handBackAfter = .milliseconds(100) }
        _ = bench.leases.direct { $0.take(key, DispatchNumber(4), run: RunToken(9), span: .seconds(60), quietGap: .zero, now: $1) }
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe"), Bench.delivery(2, "probe"), Bench.delivery(4, key: "olt:1"))
            try await expectSoon("it is settled") { bench.broker.acknowledged.count == 1 }
        }

        #expect(bench.broker.ends.first { $0.number.value == 4 }?.verdict.word == "seen")
    }
}
