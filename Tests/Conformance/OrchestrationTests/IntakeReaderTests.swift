import Domain
import Orchestration
import TestSupport
import Testing

@Suite("The intake reader and the archivist", .timeLimit(.minutes(2)))
struct IntakeReaderTests {
    private func intake(_ draft: TaskDraft, _ priority: Priority? = .high) -> IntakeDraft {
        IntakeDraft(draft: draft, lanePriority: priority, body: [1, 2, 3], contentType: "application/json", queue: "intake.high")
    }

    @Test("a message becomes a task of its queue's priority, or a letter with its reason and bytes; then it is acknowledged")
    func kinds() async throws {
        try await Harness.run { harness in
            let odd = UnreadableMessage(body: [9], contentType: nil, reason: .undecodable, explanation: "odd", queue: "intake.low")
            harness.broker.intakeFeed.deliver([
                .success(intake(Harness.draft())), .failure(odd), .success(intake(TaskDraft(kind: "nonsense"))),
                .success(intake(TaskDraft(kind: "noop", payload: ["sleepMs": "long"]), nil)),
            ])
            try await eventually("all are acknowledged") { harness.broker.intakeFeed.acknowledged.sorted() == [1, 2, 3, 4] }
            let rows = await harness.record.rows.values.map(\.task)
            #expect(rows.map(\.priority) == [.high])
            #expect(rows.map(\.source) == [.amqp])
            let archived = await harness.record.archived
            #expect(Set(archived.map(\.reason)) == [.undecodable, .unknownKind, .invalidPayload])
            #expect(archived.filter { $0.reason != .undecodable }.allSatisfy { $0.body == [1, 2, 3] && $0.queue == "intake.high" })
            #expect(archived.first { $0.reason == .unknownKind }?.explanation.contains("nonsense") == true)
        }
    }

    @Test("while the database is away nothing is acknowledged and nothing is lost; a draft without an id stays one task")
    func away() async throws {
        try await Harness.run { harness in
            await harness.record.commitThough()
            await harness.record.fail(.admit, .unavailable(reason: "away"), .commitUnknown, .unavailable(reason: "away"))
            harness.broker.intakeFeed.deliver(intake(Harness.draft()))
            try await eventually("it is acknowledged") { harness.broker.intakeFeed.acknowledged == [1] }
            #expect(await harness.record.rows.count == 1)
        }
    }

    @Test("a draft that the database refuses becomes a letter; its neighbours become tasks")
    func refused() async throws {
        try await Harness.run { harness in
            var poison = Harness.draft()
            poison.labels = ["poison": "1"]
            harness.broker.intakeFeed.deliver(intake(Harness.draft()), intake(poison), intake(Harness.draft()))
            try await eventually("all are acknowledged") { harness.broker.intakeFeed.acknowledged.sorted() == [1, 2, 3] }
            #expect(await harness.record.rows.count == 2)
            #expect(await harness.record.archived.map(\.reason) == [.invalidDraft])
        }
    }

    @Test("dead letters are attached before they are acknowledged, also when the database was away")
    func archivist() async throws {
        try await Harness.run { harness in
            await harness.record.fail(.attach, .unavailable(reason: "away"))
            let dead = DeadMessage(
                task: nil,
                number: DispatchNumber(4),
                reason: "rejected",
                firstQueue: "work.general.normal",
                body: [5],
                contentType: nil
            )
            harness.broker.deadFeed.deliver(dead)
            try await eventually("it is acknowledged") { harness.broker.deadFeed.acknowledged == [1] }
            #expect(await harness.record.attached == [dead])
        }
    }
}
