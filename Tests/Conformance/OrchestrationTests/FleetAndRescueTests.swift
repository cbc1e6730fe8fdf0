import Domain
import Orchestration
import TestSupport
import Testing

@Suite("The fleet registry and the watch keeper", .timeLimit(.minutes(2)))
struct FleetAndRescueTests {
    @Test("beats are noted and acknowledged; silence is looked for only after we have listened long enough ourselves")
    func beats() async throws {
        try await Harness.run { harness in
            let began = Harness.time.monotonic()
            let beat = Heartbeat(
                worker: WorkerID("w"),
                sentAt: Harness.time.wall(),
                status: .healthy,
                running: [],
                slotsUsed: [:],
                queuedTasks: 0,
                tasksCompleted: 0,
                tasksFailed: 0,
                averageRunMs: 0
            )
            harness.broker.fleetFeed.deliver(.heartbeat(beat))
            try await eventually("it is acknowledged") { harness.broker.fleetFeed.acknowledged == [1] }
            #expect(await harness.record.noted == [.heartbeat(beat)])
            try await eventually("silence is looked for") { await !harness.record.lostSince.isEmpty }
            // Three and a half beats of 100 ms.
            #expect(Harness.time.monotonic() - began > .milliseconds(340))
        }
    }

    @Test("nobody is called lost while the broker is away, nor within three beats after it came back")
    func cutOff() async throws {
        try await Harness.run { harness in
            try await eventually("silence is looked for") { await !harness.record.lostSince.isEmpty }
            harness.broker.set(.disconnected(reason: "gone"))
            try await eventually("new tasks wait, so the loss was noticed") { try await harness.submit().state == .waiting }
            let deafSince = Harness.time.monotonic()
            // One look may have been under way.
            try await eventually("two beats pass") { Harness.time.monotonic() - deafSince > .milliseconds(200) }
            let looks = await harness.record.lostSince.count
            harness.broker.set(.connected)
            let backAt = Harness.time.monotonic()
            try await eventually("silence is looked for again") { await harness.record.lostSince.count > looks }
            #expect(Harness.time.monotonic() - backAt > .milliseconds(250))
        }
    }

    @Test("a watched number is voided and rescued; while the lease store is silent it waits")
    func watches() async throws {
        try await Harness.run { harness in
            harness.leases.answerNext(
                .failure(.silent(operation: "void", reason: "timeout")),
                .failure(.silent(operation: "void", reason: "timeout")),
                .success(.void(wasGranted: true))
            )
            let key = try #require(ExclusionKey("olt:7"))
            await harness.record.watch(WatchedNumber(task: TaskID(high: 1, low: 1), number: DispatchNumber(3), key: key))
            try await eventually("it is rescued") { await harness.record.rescued == [.void(wasGranted: true)] }
            #expect(harness.leases.asked == 3)
        }
    }

    @Test("health names each server and its trouble")
    func health() async throws {
        try await Harness.run { harness in
            #expect(await harness.desk.health().isReady)
            harness.broker.set(.blocked(reason: "disk"))
            let health = await harness.desk.health()
            #expect(!health.isReady)
            #expect(health.answers.map(\.name) == ["database", "broker", "lease store"])
            #expect(health.answers.map(\.trouble) == [nil, "blocked: disk", nil])
        }
    }
}
