import Domain
import Orchestration
import TestSupport
import Testing

@Suite("The outcome intake", .timeLimit(.minutes(2)))
struct OutcomeIntakeTests {
    @Test("outcomes are recorded and then acknowledged; what became due goes out at once")
    func recording() async throws {
        try await Harness.run { harness in
            let first = try await harness.published(try await harness.submit().id)
            let second = try await harness.published(try await harness.submit().id)
            harness.broker.outcomeFeed.deliver(
                .outcomes([harness.outcome(first)]),
                .outcomes([harness.outcome(second, .interrupted(reason: "drain"))])
            )
            try await eventually("both are acknowledged") { harness.broker.outcomeFeed.acknowledged.sorted() == [1, 2] }
            #expect(await harness.record.rows[first.id]?.state == .succeeded)
            try await eventually("the second goes out again") { harness.broker.published.filter { $0.id == second.id }.count == 2 }
            #expect(try await harness.desk.overview().counters.succeeded == 1)
        }
    }

    @Test(
        "nothing is acknowledged while the database is away; afterwards it is, once",
        arguments: [
            RecordError.unavailable(reason: "away"), .commitUnknown,
        ]
    )
    func away(_ error: RecordError) async throws {
        try await Harness.run { harness in
            let task = try await harness.published(try await harness.submit().id)
            await harness.record.fail(.record, error, error, error)
            harness.broker.outcomeFeed.deliver(.outcomes([harness.outcome(task)]))
            try await eventually("it is acknowledged") { harness.broker.outcomeFeed.acknowledged == [1] }
            #expect(await harness.record.recorded.count == 1)
        }
    }

    @Test("what is refused for good goes to the dead messages alone; its neighbours in the batch are recorded")
    func refused() async throws {
        try await Harness.run { harness in
            let first = try await harness.published(try await harness.submit().id)
            let second = try await harness.published(try await harness.submit().id)
            // The batch, then the first message alone.
            let no = RecordError.refused(operation: "record", message: "no")
            await harness.record.fail(.record, no, no)
            harness.broker.outcomeFeed.deliver([
                .success(.outcomes([harness.outcome(first)])), .success(.outcomes([harness.outcome(second)])),
            ])
            try await eventually("both are settled") {
                harness.broker.outcomeFeed.rejected == [1] && harness.broker.outcomeFeed.acknowledged == [2]
            }
            #expect(await harness.record.rows[first.id]?.state == .queued)
            #expect(await harness.record.rows[second.id]?.state == .succeeded)
        }
    }

    @Test("parts are staged before the outcome they belong to; messages that cannot be read go to the archive")
    func parts() async throws {
        try await Harness.run { harness in
            let task = try await harness.published(try await harness.submit().id)
            let part = OutcomePart(number: task.number, index: 0, observations: [])
            let odd = UnreadableMessage(body: [1], contentType: nil, reason: .undecodable, explanation: "odd", queue: "outcomes")
            harness.broker.outcomeFeed.deliver([
                .success(.part(part)), .success(.outcomes([harness.outcome(task)])), .failure(odd),
            ])
            try await eventually("all are acknowledged") { harness.broker.outcomeFeed.acknowledged.sorted() == [1, 2, 3] }
            #expect(await harness.record.staged == [part])
            #expect(await harness.record.archived == [odd])
        }
    }

    @Test("many messages share a transaction")
    func batches() async throws {
        try await Harness.run { harness in
            let drafts = (0..<200).map { Harness.draft($0) }
            let receipts = try await harness.desk.submit(drafts, source: .http).map { try $0.get() }
            try await eventually("all are published") { harness.broker.published.count == receipts.count }
            harness.broker.outcomeFeed.deliver(harness.broker.published.map { .success(.outcomes([harness.outcome($0)])) })
            try await eventually("all are acknowledged") { harness.broker.outcomeFeed.acknowledged.count == receipts.count }
            #expect(await harness.record.recorded.count == 1)
        }
    }

    @Test("a graceful shutdown records what is in hand, and then ends")
    func shutdown() async throws {
        var tag: [UInt64] = []
        var broker: MemoryBroker?
        try await Harness.run { harness in
            let task = try await harness.published(try await harness.submit().id)
            await harness.record.fail(.record, .unavailable(reason: "away"), .unavailable(reason: "away"))
            tag = harness.broker.outcomeFeed.deliver([.success(.outcomes([harness.outcome(task)]))])
            try await eventually("it is in hand") { await harness.record.failureCount(.record) < 2 }
            broker = harness.broker
        }
        #expect(broker?.outcomeFeed.acknowledged == tag)
    }
}
