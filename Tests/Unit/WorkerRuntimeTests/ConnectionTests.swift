import Domain
import Testing
import WorkerRuntime

@Suite("A worker and its connections", .timeLimit(.minutes(1)))
struct ConnectionTests {
    @Test("it consumes every lane of its classes and registers on each connection")
    func registers() async throws {
        let bench = try Bench()
        try await bench.run {
            try await expectSoon("it consumes") { bench.broker.isConsuming }
            bench.deliver(Bench.delivery(7, "probe"))
            try await expectSoon("it runs") { bench.probe.begun.count == 1 }
            bench.broker.emit(.disconnected(reason: "gone"))
            bench.broker.emit(.connected(connection: 2))
            try await expectSoon("it registers again") { Self.registrations(bench).count == 2 }
        }

        #expect(bench.broker.lanes.count == 16)
        #expect(bench.broker.lanes[Lane(.general, .high)] == 2 && bench.broker.lanes[Lane(.network, .low)] == 1)
        let registrations = Self.registrations(bench)
        #expect(registrations.map(\.connection) == [1, 2])
        #expect(registrations.first?.kinds == ["fail", "noop", "probe"])
        #expect(registrations.last?.numbersInHand == [DispatchNumber(7)])
    }

    @Test("when the connection is lost, running attempts report on the next one and are not settled; unstarted ones are forgotten")
    func connectionLost() async throws {
        let bench = try Bench { $0.slots = [.general: 1] }
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe"), Bench.delivery(2))
            try await expectSoon("the first runs") { bench.probe.begun.count == 1 }
            bench.broker.emit(.disconnected(reason: "gone"))
            bench.broker.emit(.connected(connection: 2))
            try await expectSoon("it is connected again") { Self.registrations(bench).count == 2 }
            bench.deliver(Bench.delivery(3, connection: 2))
            bench.probe.letGo()
            try await expectSoon("the new one is settled") { bench.broker.acknowledged.contains { $0.tag == 3 } }
            try await expectSoon("nothing is in hand") { bench.broker.ends.count == 2 }
        }

        #expect(Set(bench.broker.ends.map(\.number.value)) == [1, 3])
        #expect(bench.broker.acknowledged.map(\.tag) == [3])
    }

    @Test("when a lane's channel is lost, only its unstarted deliveries are forgotten and only its running ones not settled")
    func laneLost() async throws {
        let bench = try Bench { $0.slots = [.general: 1, .network: 1] }
        try await bench.run {
            bench.deliver(
                Bench.delivery(1, "probe", channel: 1),
                Bench.delivery(2, channel: 1),
                Bench.delivery(3, "probe", channel: 2, taskClass: .network),
                Bench.delivery(4, channel: 2, taskClass: .network)
            )
            try await expectSoon("two run") { bench.probe.begun.count == 2 }
            bench.broker.emit(.laneLost(Lane(.general, .normal), connection: 1, channel: 1))
            try await expectSoon("one is forgotten") { bench.worker.heartbeat.queuedTasks == 1 }
            bench.probe.letGo()
            try await expectSoon("three have ended") { bench.broker.ends.count == 3 }
        }

        #expect(Set(bench.broker.ends.map(\.number.value)) == [1, 3, 4])
        #expect(Set(bench.broker.acknowledged.map(\.tag)) == [3, 4])
    }

    @Test("a plain hand-back whose connection is gone is not told: the broker gives the task to somebody else")
    func handBackOfLostConnection() async throws {
        let bench = try Bench { settings in
            settings.slots = [.general: 1]
            settings.handBackAfter = .milliseconds(100)
        }
        bench.broker.answerNext(Array(repeating: .unconfirmed(reason: "gone"), count: 20))
        try await bench.run {
            bench.deliver(Bench.delivery(1, "probe"), Bench.delivery(2))
            try await expectSoon("the hand-back is tried") { bench.journal.all.contains("unconfirmed #2 deferred") }
            bench.broker.emit(.disconnected(reason: "gone"))
            bench.broker.emit(.connected(connection: 2))
            try await expectSoon("it is given up") {
                bench.worker.heartbeat.queuedTasks == 0 && Self.registrations(bench).last?.connection == 2
            }
            bench.probe.letGo()
            try await expectSoon("the other one is told") { bench.broker.ends.count >= 1 }
        }

        #expect(bench.broker.ends.map(\.number.value).filter { $0 == 1 }.count == 1)
        #expect(bench.broker.acknowledged.isEmpty)
    }

    @Test("short runs raise the prefetch of their lane")
    func prefetch() async throws {
        let bench = try Bench()
        bench.broker.holdConfirms()
        try await bench.run {
            for number in Int64(1)...20 { bench.deliver(Bench.delivery(number)) }
            bench.deliver(Bench.delivery(99, "probe"))
            try await expectSoon("all have run") { bench.worker.heartbeat.tasksCompleted == 20 }
            bench.broker.confirm()
            try await expectSoon("the prefetch has been raised") { bench.broker.prefetches[Lane(.general, .normal)]?.last == 256 }
        }

        #expect(bench.broker.prefetches.keys.count == 1)
    }

    private static func registrations(_ bench: Bench) -> [WorkerRegistration] {
        bench.broker.told.compactMap { message in if case .registration(let registration) = message { registration } else { nil } }
    }
}
