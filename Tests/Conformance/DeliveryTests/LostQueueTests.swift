import AMQP
import BrokerAdapter
import Domain
import Foundation
import Logging
import Orchestration
import Postgres
import PrivateServers
import TestSupport
import Testing

/// All suites of this target: one after the other, each has a broker of its own.
@Suite("Delivery", .serialized, .timeLimit(.minutes(10)))
enum Delivery {}

extension Delivery {
    @Suite("Queues that the broker lost")
    struct LostQueueTests {
        private static let lane = Lane(.general, .normal)

        private static func draft(_ number: Int, keyed: Bool, sleepMs: Int) -> TaskDraft {
            TaskDraft(
                kind: "noop",
                payload: ["sleepMs": .number(Double(sleepMs))],
                taskClass: "general",
                exclusionKey: keyed ? TestServers.unique("key") : nil
            )
        }

        /// 300 tasks, a third of them on keys of their own; the first four run for seconds, two of these with a lease.
        private static func drafts(slowMs: Int = 6000) -> [TaskDraft] {
            (0..<300).map { draft($0, keyed: $0 % 3 == 0 || $0 == 1, sleepMs: $0 < 4 ? slowMs : 20) }
        }

        /// What must be true however the broker lost a queue.
        private static func expectAllEndedOnce(_ fleet: LiveFleet, _ tasks: [TaskID], _ drafts: [TaskDraft]) async throws {
            try await fleet.everyTaskEnds(within: .seconds(120))
            #expect(try await fleet.endings(.succeeded) == tasks.count)
            #expect(fleet.exclusion.overlaps == 0)
            let runs = fleet.exclusion.runs
            #expect(tasks.allSatisfy { runs[$0] != nil })
            for task in tasks {
                let story = try #require(try await fleet.desk.task(task))
                #expect(story.state == .succeeded)
                #expect(story.attempt == 1)
                #expect(story.runs.count { $0.outcome == "succeeded" } == 1)
            }
            #expect(try await fleet.number("select count(*) from exclusions") == 0)
            try await eventually("every case is settled", within: .seconds(20)) {
                try await fleet.number("select count(*) from queue_births where settled_at is null") == 0
            }
            let again = zip(tasks, drafts).count { runs[$0, default: 0] > 1 && $1.exclusionKey == nil }
            let total = runs.values.reduce(0, +)
            LiveFleet.log.notice("the end", metadata: ["tasks": "\(tasks.count)", "runs": "\(total)", "plain, again": "\(again)"])
        }

        @Test("the broker's disk is wiped under 300 queued tasks, some of which run: all end, none is charged, no key runs twice at a time")
        func wipedDisk() async throws {
            try await LiveFleet.run { fleet in
                let drafts = Self.drafts(slowMs: 25_000)
                let tasks = try await fleet.submit(drafts)
                try await eventually("the first four run", within: .seconds(20)) { fleet.exclusion.runs.count >= 4 }
                try await eventually("all are confirmed", within: .seconds(20)) {
                    try await fleet.number("select count(*) from tasks where state = 1 and published_at is not null") >= 200
                }

                await fleet.broker.kill()
                try FileManager.default.removeItem(atPath: fleet.brokerFolder.file("data"))
                try await fleet.broker.start()

                try await Self.expectAllEndedOnce(fleet, tasks, drafts)
                #expect(try await fleet.desk.overview().counters.reconciled >= 150)
            }
        }

        @Test("a lane is deleted under load: what lay in it gets new numbers, the other lanes go on")
        func deletedLane() async throws {
            try await LiveFleet.run { fleet in
                let drafts = Self.drafts()
                let tasks = try await fleet.submit(drafts)
                try await eventually("the first four run", within: .seconds(20)) { fleet.exclusion.runs.count >= 4 }

                _ = try await fleet.directly { try await $0.delete(queue: Queue.lane(Self.lane)) }
                let other = TaskDraft(kind: "noop", priority: "high", taskClass: "general")
                let others = try await fleet.submit([other])

                try await Self.expectAllEndedOnce(fleet, tasks + others, drafts + [other])
                #expect(
                    try await fleet.number("select count(*) from queue_births where reason = 'made_anew' and queue = 'general.normal'") == 1
                )
            }
        }

        @Test("the outcomes are deleted under load: confirmed ones are lost with them, and their tasks run again")
        func deletedOutcomes() async throws {
            try await LiveFleet.run { fleet in
                let drafts = Self.drafts()
                let tasks = try await fleet.submit(drafts)
                try await eventually("some have ended", within: .seconds(30)) {
                    try await fleet.endings(.succeeded) > 20
                }

                _ = try await fleet.directly { try await $0.delete(queue: Queue.outcomes) }

                try await Self.expectAllEndedOnce(fleet, tasks, drafts)
                #expect(try await fleet.number("select count(*) from queue_births where queue = 'outcomes'") == 1)
            }
        }

        @Test("a message that vanished is found once enough later ones have overtaken it; a long-running plain task is left alone")
        func overtaken() async throws {
            try await LiveFleet.run(overtaking: 50) { fleet in
                let slow = try await fleet.submit([Self.draft(0, keyed: false, sleepMs: 20_000)])[0]
                try await eventually("it runs", within: .seconds(20)) { fleet.exclusion.runs[slow] == 1 }
                // A number that is queued and confirmed, though its lane does not have it: it lies where nobody looks.
                let lost = TaskDraft(kind: "noop", taskClass: "cpu", exclusionKey: TestServers.unique("key"))
                _ = try await fleet.submit([lost])
                try await eventually("it is confirmed", within: .seconds(20)) {
                    try await fleet.number("select count(*) from tasks where published_at is not null and exclusion_key is not null") == 1
                }
                let general = TaskClass.general.rawValue
                _ = try await fleet.pool.query("update tasks set class = \(general) where exclusion_key is not null")
                for batch in 0..<10 {
                    _ = try await fleet.submit((0..<50).map { Self.draft(batch * 50 + $0, keyed: false, sleepMs: 0) })
                    try await eventually("they have ended", within: .seconds(20)) {
                        try await fleet.number("select count(*) from tasks where state = 1") <= 2
                    }
                }
                try await eventually("the lost one is found", within: .seconds(30)) {
                    try await fleet.desk.overview().counters.reconciled == 1
                }
                try await fleet.everyTaskEnds(within: .seconds(60))
                #expect(fleet.exclusion.runs[slow] == 1)
            }
        }
    }
}
