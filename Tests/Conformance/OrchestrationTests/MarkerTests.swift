import Domain
import Orchestration
import TestSupport
import Testing

@Suite("Markers", .timeLimit(.minutes(2)))
struct MarkerTests {
    @Test("a marker passes once everything before it is recorded")
    func order() async throws {
        try await Harness.run { harness in
            let task = try await harness.published(try await harness.submit().id)
            let away = RecordError.unavailable(reason: "away")
            await harness.record.fail(.record, away, away, away)
            harness.broker.outcomeFeed.deliver(.outcomes([harness.outcome(task)]))
            #expect(await harness.markers.pass(within: .seconds(30)))
            #expect(await harness.record.rows[task.id]?.state == .succeeded)
            #expect(await harness.record.markers == ["test": 1])
        }
    }

    @Test("callers that come while a marker is under way share the next one")
    func sharing() async throws {
        try await Harness.run { harness in
            let away = RecordError.unavailable(reason: "away")
            await harness.record.fail(.mark, away, away, away)
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 { group.addTask { await harness.markers.pass(within: .seconds(30)) } }
                for await hasPassed in group { #expect(hasPassed) }
            }
            #expect((1...10).contains(harness.broker.marked.count))
        }
    }

    @Test("one that comes later needs a marker of its own")
    func later() async throws {
        try await Harness.run { harness in
            #expect(await harness.markers.pass(within: .seconds(30)))
            #expect(await harness.markers.pass(within: .seconds(30)))
            #expect(harness.broker.marked.map(\.value) == [1, 2])
        }
    }

    @Test("nobody passes while the broker or the record is away, or when a marker does not come back in time")
    func away() async throws {
        try await Harness.run { harness in
            harness.broker.answerNextMarkers(.unconfirmed(reason: "gone"))
            #expect(await harness.markers.pass(within: .seconds(30)) == false)
            await harness.record.fail(.lookForMarker, .unavailable(reason: "away"))
            #expect(await harness.markers.pass(within: .seconds(30)) == false)
            harness.broker.keepMarkers()
            #expect(await harness.markers.pass(within: .milliseconds(60)) == false)
        }
    }

    @Test("while markers cannot be noted nothing of their batch is acknowledged")
    func unnoted() async throws {
        try await Harness.run { harness in
            await harness.record.fail(.mark, .unavailable(reason: "away"), .unavailable(reason: "away"))
            harness.broker.outcomeFeed.deliver(.marker(OutcomeMarker(observer: "other", value: 7)))
            try await eventually("it is acknowledged") { harness.broker.outcomeFeed.acknowledged == [1] }
            #expect(await harness.record.failureCount(.mark) == 0)
            #expect(await harness.record.markers == ["other": 7])
        }
    }
}
