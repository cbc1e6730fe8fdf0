import Domain
import Foundation
import Orchestration
import TestSupport
import Testing

@Suite("Services for letters", .timeLimit(.minutes(1)))
struct LetterServiceTests {
    private func dead(_ number: Int64, _ reason: String = "delivery_limit") -> DeadMessage {
        DeadMessage(
            task: TaskID(high: 1, low: UInt64(number)),
            number: DispatchNumber(number),
            reason: reason,
            firstQueue: "work.general.normal",
            body: [5],
            contentType: nil
        )
    }

    private func givenUp(_ number: Int64, _ key: String?) -> GivenUpNumber {
        GivenUpNumber(
            task: TaskID(high: 1, low: UInt64(number)),
            number: DispatchNumber(number),
            key: key.flatMap { ExclusionKey($0) }
        )
    }

    @Test("the lease store is asked about keyed numbers that the broker gave up, and only about them; silence means later")
    func charge() async throws {
        try await Harness.run { harness in
            await harness.record.giveUp(givenUp(1, nil), givenUp(2, "olt:7"), givenUp(3, "olt:8"))
            harness.leases.answerNext(.success(.held(for: .seconds(9))), .failure(.silent(operation: "void", reason: "timeout")))
            harness.broker.deadFeed.deliver(dead(1), dead(2), dead(3))
            try await eventually("all are acknowledged") { harness.broker.deadFeed.acknowledged.count == 3 }
            let charged = await harness.record.charged
            #expect(charged == [.void(wasGranted: true), .held(for: .seconds(9)), .held(for: .seconds(1))])
            #expect(harness.leases.asked == 2)
        }
    }

    @Test("a run that was granted is charged once the outcomes before are recorded; until then its number is looked at later")
    func chargeAfterOutcomes() async throws {
        try await Harness.run { harness in
            await harness.record.giveUp(givenUp(1, "olt:7"))
            harness.leases.answerNext(.success(.void(wasGranted: true)))
            harness.broker.answerNextMarkers(.unconfirmed(reason: "gone"))
            harness.broker.deadFeed.deliver(dead(1))
            try await eventually("it is acknowledged") { harness.broker.deadFeed.acknowledged.count == 1 }
            #expect(await harness.record.charged == [.held(for: .seconds(1))])

            await harness.record.giveUp(givenUp(2, "olt:8"))
            harness.leases.answerNext(.success(.void(wasGranted: true)))
            harness.broker.deadFeed.deliver(dead(2))
            try await eventually("it is acknowledged, too") { harness.broker.deadFeed.acknowledged.count == 2 }
            #expect(await harness.record.charged == [.held(for: .seconds(1)), .void(wasGranted: true)])
            #expect(harness.broker.marked.count == 2)
        }
    }

    @Test("one message that is refused in company does not hold up the others")
    func oneByOne() async throws {
        try await Harness.run { harness in
            harness.broker.deadFeed.deliver(dead(1), dead(2, "poison"), dead(3))
            try await eventually("all are acknowledged") { harness.broker.deadFeed.acknowledged.sorted() == [1, 2, 3] }
            #expect(await harness.record.attached.compactMap(\.number?.value).sorted() == [1, 2, 3])
        }
    }

    @Test("one message that is refused even alone stays with the broker, the others are archived")
    func refusedAlone() async throws {
        try await Harness.run { harness in
            let refused = RecordError.refused(operation: "attach", message: "no")
            await harness.record.fail(.attach, refused, refused)
            harness.broker.deadFeed.deliver(dead(1), dead(2), dead(3))
            try await eventually("two are acknowledged") { harness.broker.deadFeed.acknowledged == [2, 3] }
            #expect(await harness.record.attached.compactMap(\.number?.value) == [2, 3])
        }
    }

    @Test("batches are worked on without a pause until none is left; retention counts what it removed")
    func batches() async throws {
        var settings = Harness.brisk
        settings.letters.every = .milliseconds(100)
        settings.letterBatches.idleEvery = .milliseconds(50)
        try await Harness.run(settings) { harness in
            await harness.record.steps(
                .worked(batch: 1, verb: .retry, done: 5, leftOpen: 1, isOver: false),
                .later(Harness.time.wall() + .milliseconds(20)),
                .worked(batch: 1, verb: .retry, done: 2, leftOpen: 0, isOver: true),
                .worked(batch: 2, verb: .drop, done: 3, leftOpen: 0, isOver: true)
            )
            try await eventually("all parts are done") { await harness.record.stepsLeft == 0 }
            try await eventually("letters were trimmed") { try await harness.desk.overview().counters.lettersTrimmed == 7 }
            let counters = try await harness.desk.overview().counters
            #expect(counters.lettersRetried == 7)
            #expect(counters.lettersDropped == 3)
        }
    }
}
