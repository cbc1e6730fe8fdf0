import Domain
import Postgres
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Dispatch")
    struct Dispatch {
        @Test(
            "due tasks go most urgent first, then oldest; each lane only as far as it has room; the rest waits",
            arguments: RecordBackend.available
        )
        func order(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let low = bench.task(priority: .low, dueIn: .seconds(-50))
                let old = bench.task(dueIn: .seconds(-20))
                let young = bench.task(dueIn: .seconds(-10))
                let urgent = bench.task(priority: .urgent)
                let later = bench.task(priority: .emergency, dueIn: .seconds(10))
                try await bench.admit(young, low, later, urgent, old)

                let room = [Lane(.general, .normal): 1, Lane(.general, .urgent): 5, Lane(.general, .low): 5, Lane(.cpu, .normal): 5]
                let first = try await bench.dispatch(room: room, limit: 2)
                #expect(first.map(\.id) == [urgent.id, old.id])
                #expect(first[0].number != first[1].number)
                #expect(try await bench.dispatch(room: [Lane(.general, .low): 1]).map(\.id) == [low.id])
                #expect(try await bench.dispatch(room: [:]).isEmpty)
                let counts = try await bench.tasks.laneCounts(now: bench.now)
                #expect(counts.waiting == [Lane(.general, .normal): 1])
                #expect(counts.oldestWaiting[Lane(.general, .normal)] == young.dueAt)
                #expect(counts.queued.values.reduce(0, +) == 3)
                #expect(try await bench.tasks.stateCounts() == [.waiting: 2, .queued: 3, .blocked: 0])
            }
        }

        @Test("another clock, somewhat behind, finds nobody forgotten behind a task that is due", arguments: RecordBackend.available)
        func clocks(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let first = bench.task(key: "k", dueIn: .seconds(-2))
                let second = bench.task(key: "k", dueIn: .seconds(-1))
                try await bench.admit(first, second)
                #expect(try await bench.state(second.id) == .blocked)
                #expect(try await bench.tasks.promoteForgotten(now: bench.now - .seconds(5)) == 0)
                #expect(try await bench.state(second.id) == .blocked)
            }
        }

        @Test("without keys only plain tasks go; those with a key stay due and unblocked", arguments: RecordBackend.available)
        func plainOnly(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let first = bench.task(key: "k", dueIn: .seconds(-9))
                let plain = bench.task(dueIn: .seconds(-2))
                let second = bench.task(key: "l", dueIn: .seconds(-1))
                try await bench.admit(first, plain, second)

                #expect(try await bench.dispatch(room: [Lane(.general, .normal): 1], keyed: false).map(\.id) == [plain.id])
                #expect(try await bench.dispatch(keyed: false).isEmpty)
                #expect(try await bench.state(first.id) == .waiting)
                #expect(try await bench.dispatch().map(\.id) == [first.id, second.id])
            }
        }

        @Test("a task of an OLT carries what its worker needs to reach it", arguments: RecordBackend.available)
        func device(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let olt = try await bench.addOLT("OLT-1")
                let discovery = try await bench.discovery(olt)
                #expect(discovery.device == olt.access)
                #expect(discovery.exclusionKey == ExclusionKey(olt.id))
                #expect(discovery.payload == ["olt": "OLT-1"])
            }
        }

        @Test(
            "two due tasks of a key: one is queued, the other blocked, and promoted when the first has ended",
            arguments: RecordBackend.available
        )
        func promotion(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let first = bench.task(key: "k", dueIn: .seconds(-2))
                let second = bench.task(key: "k", dueIn: .seconds(-1))
                try await bench.admit(first, second)
                let queued = try await bench.dispatch()
                #expect(queued.map(\.id) == [first.id])
                #expect(try await bench.dispatch().isEmpty)
                #expect(try await bench.state(second.id) == .blocked)

                let summary = try await bench.record(bench.outcome(queued[0], .succeeded))
                #expect(summary.due == 1)
                #expect(try await bench.state(second.id) == .waiting)
                let next = try await bench.dispatch()
                #expect(next.map(\.id) == [second.id])
                #expect(queued[0].number < next[0].number)
            }
        }

        @Test(
            "what was not confirmed is published again with the same number, once per asking; what was confirmed is not",
            arguments: RecordBackend.available
        )
        func republish(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let lost = try await bench.queued(bench.task())
                let confirmed = try await bench.queued(bench.task())
                try await bench.admit(bench.task(key: "k"))
                let keyed = try await bench.dispatch()
                try await bench.tasks.published([confirmed.number], now: bench.now)

                let later = bench.now + .milliseconds(1)
                #expect(try await bench.tasks.unpublished(before: bench.now - .seconds(5), limit: 10, now: bench.now).isEmpty)
                let again = try await bench.tasks.unpublished(before: later, limit: 10, now: later)
                #expect(again == [lost] + keyed)
                #expect(try await bench.tasks.unpublished(before: later, limit: 10, now: later).isEmpty)
            }
        }

        @Test(
            "what the broker did not take waits again, uncharged, with the reason; its key goes to the next",
            arguments: RecordBackend.available
        )
        func notTaken(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let first = bench.task(key: "k", dueIn: .seconds(-2))
                let second = bench.task(key: "k", dueIn: .seconds(-1))
                let plain = bench.task(priority: .low)
                try await bench.admit(first, second, plain)
                let queued = try await bench.dispatch()
                #expect(queued.map(\.id) == [first.id, plain.id])

                try await bench.tasks.notTaken(queued.map(\.number), reason: "no queue takes it", dueAt: bench.now + .seconds(1))
                let story = try #require(try await bench.tasks.task(first.id))
                #expect(story.state == .waiting)
                #expect(story.attempt == 1)
                #expect(story.waitingBecause == "no queue takes it")
                #expect(story.task.dueAt == bench.now + .seconds(1))
                #expect(try await bench.dispatch().map(\.id) == [second.id])
                // An outcome of a number that left its row changes nothing.
                #expect(try await bench.record(bench.outcome(queued[1], .succeeded)).stale == 1)
                #expect(try await bench.tasks.promoteForgotten(now: bench.now + .seconds(2)) == 0)
            }
        }

        @Test("a number whose confirm is written down while it is given back stays queued and keeps its key")
        func confirmedMeanwhile() async throws {
            try await Bench.with { bench in
                try await bench.admit(bench.task(key: "k"))
                let queued = try #require(try await bench.dispatch().first)
                let holder = try Bench(url: bench.url)
                _ = try await holder.pool.query("select pg_advisory_lock(hashtextextended('k', 0))")
                async let givenBack: Void = bench.tasks.notTaken([queued.number], reason: "full", dueAt: bench.now)
                try await eventually("the key is waited for") {
                    try await bench.number("select count(*) from pg_locks where locktype = 'advisory' and not granted") == 1
                }

                try await bench.tasks.published([queued.number], now: bench.now)
                await holder.pool.close()
                try await givenBack

                #expect(try await bench.state(queued.id) == .queued)
                #expect(try await bench.number("select count(*) from exclusions where number = $1", [.int64(queued.number.value)]) == 1)
            }
        }
    }
}
