import Domain
import Orchestration
import TestSupport
import Testing

@Suite("The dispatcher", .timeLimit(.minutes(2)))
struct DispatcherTests {
    @Test("a task of the hot path is published once, and its confirm is written down")
    func hotPath() async throws {
        try await Harness.run { harness in
            let id = try await harness.submit().id
            let task = try await harness.published(id)
            try await eventually("the confirm is written down") { await harness.record.rows[id]?.isPublished == true }
            #expect(harness.broker.published == [task])
        }
    }

    @Test("what no queue takes waits again with the reason, and goes out with a new number")
    func returned() async throws {
        try await Harness.run { harness in
            harness.broker.answerNext(.returned(reason: "NO_ROUTE"), .refused)
            let id = try await harness.submit().id
            try await eventually("the task is published a third time") { harness.broker.published.count == 3 }
            #expect(Set(harness.broker.published.map(\.number)).count == 3)
            #expect(await harness.record.rows[id]?.reason?.contains("refused") == true)
            #expect(try await harness.desk.overview().counters.notTaken == 2)
        }
    }

    @Test("what was not confirmed is published again with the same number")
    func unconfirmed() async throws {
        try await Harness.run { harness in
            harness.broker.answerNext(.unconfirmed(reason: "connection lost"))
            let id = try await harness.submit().id
            try await eventually("it is published again") { harness.broker.published.count == 2 }
            #expect(Set(harness.broker.published.map(\.number)).count == 1)
            try await eventually("the confirm is written down") { await harness.record.rows[id]?.isPublished == true }
            #expect(try await harness.desk.overview().counters.republished == 1)
        }
    }

    @Test(
        "what may be on its lane already keeps its number, though the broker does not take the copy",
        arguments: [
            PublishAnswer.refused, .returned(reason: "NO_ROUTE"),
        ]
    )
    func copyNotTaken(_ answer: PublishAnswer) async throws {
        try await Harness.run { harness in
            harness.broker.answerNext(.unconfirmed(reason: "connection lost"), answer)
            let id = try await harness.submit().id
            try await eventually("a copy is confirmed") { await harness.record.rows[id]?.isPublished == true }
            #expect(harness.broker.published.count == 3)
            #expect(Set(harness.broker.published.map(\.number)).count == 1)
        }
    }

    @Test("confirms that could not be written down are kept until they are")
    func confirmsAreKept() async throws {
        try await Harness.run { harness in
            await harness.record.fail(.published, .unavailable(reason: "away"), .unavailable(reason: "away"))
            let id = try await harness.submit().id
            try await eventually("the confirm is written down") { await harness.record.rows[id]?.isPublished == true }
            #expect(harness.broker.published.count == 1)
        }
    }

    @Test(
        "while the broker takes nothing tasks wait; when it does again they go out",
        arguments: [
            BrokerHealth.blocked(reason: "memory"), .disconnected(reason: "gone"),
        ]
    )
    func blocked(_ health: BrokerHealth) async throws {
        try await Harness.run { harness in
            harness.broker.set(health)
            try await eventually("new tasks wait") { try await harness.submit().state == .waiting }
            let before = harness.broker.published.count
            let waiting = try await harness.submit()
            #expect(waiting.state == .waiting)
            #expect(harness.broker.published.count == before)
            harness.broker.set(.connected)
            _ = try await harness.published(waiting.id)
        }
    }

    @Test("while the lease store is away tasks with a key wait, plain ones go on; when it answers they go out")
    func withoutLeases() async throws {
        try await Harness.run { harness in
            harness.leases.set(trouble: "connection refused")
            // The first answer may still be on its way when it is asked again.
            try await eventually("the gate is shut") { harness.leases.examined > 1 }
            let keyed = try await harness.submit(TaskDraft(kind: "noop", exclusionKey: "key")).id
            let plain = try await harness.submit().id
            _ = try await harness.published(plain)
            try await eventually("several sweeps have passed") { harness.leases.examined > 6 }
            #expect(await harness.record.rows[keyed]?.state == .waiting)
            #expect(!harness.broker.published.contains { $0.id == keyed })
            harness.leases.set(trouble: nil)
            _ = try await harness.published(keyed)
        }
    }

    @Test("a lane that is full takes no more at once; as outcomes come in, the rest follows")
    func room() async throws {
        var settings = Harness.brisk
        settings.dispatcher.highWatermark = 3
        // A count that was begun before a task came would overlook it.
        settings.dispatcher.recountEvery = .seconds(30)
        try await Harness.run(settings) { harness in
            var states: [TaskState] = []
            for _ in 0..<3 { states.append(try await harness.submit().state) }
            #expect(states == [.queued, .queued, .queued])
            #expect(try await harness.submit().state == .waiting)
        }
    }

    @Test("settings out of range are refused with their name")
    func settings() throws {
        var settings = OrchestratorSettings()
        settings.dispatcher.batchMax = 0
        #expect(throws: SettingFault(setting: "dispatch.batchMax", value: "0", allowed: "1 to 1000")) { try settings.validated() }
        #expect(throws: Never.self) { try OrchestratorSettings().validated() }
    }
}
