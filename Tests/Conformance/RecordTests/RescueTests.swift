import Domain
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Rescue")
    struct Rescue {
        private func watched(_ bench: Bench, leaseLeft: Duration? = .seconds(5), maxAttempts: Int = 5) async throws -> WatchedNumber {
            let task = bench.task(key: "k", maxAttempts: maxAttempts)
            try await bench.admit(task)
            let queued = try await bench.dispatch()[0]
            let seen = Seen(.granted, highest: queued.number, leaseLeft: leaseLeft)
            #expect(try await bench.record(bench.outcome(queued, .seen(seen))).watched == 1)
            return WatchedNumber(task: task.id, number: queued.number, key: try #require(queued.exclusionKey))
        }

        private func rescue(_ bench: Bench, _ watch: WatchedNumber, _ answer: VoidAnswer, after: Duration) async throws -> RecordSummary {
            try await bench.tasks.rescue([(watch: watch, answer: answer)], judge: bench.judge, now: bench.now + after)
        }

        @Test("a seen number changes no state; its watch is due when the lease should have ended", arguments: RecordBackend.available)
        func watch(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let watch = try await watched(bench)
                #expect(try await bench.state(watch.task) == .queued)
                #expect(try await bench.tasks.dueWatches(limit: 10, now: bench.now + .seconds(4)).isEmpty)
                #expect(try await bench.tasks.dueWatches(limit: 10, now: bench.now + .seconds(5)) == [watch])
                #expect(try await bench.tasks.task(watch.task)?.runs.isEmpty == true)
            }
        }

        @Test(
            "void and granted: the lost worker is charged once, and the next attempt gets a new number",
            arguments: RecordBackend.available
        )
        func granted(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let watch = try await watched(bench)
                #expect(try await rescue(bench, watch, .void(wasGranted: true), after: .seconds(5)).retried == 1)
                #expect(try await rescue(bench, watch, .void(wasGranted: true), after: .seconds(5)).stale == 1)
                let story = try #require(try await bench.tasks.task(watch.task))
                #expect(story.attempt == 2)
                #expect(story.runs.map(\.outcome) == ["lost"])
                #expect(story.fault?.errorClass == "worker_lost")
                let next = try await bench.dispatch(at: bench.now + .seconds(5))
                #expect(next.map(\.id) == [watch.task])
                #expect(watch.number < next[0].number)
                #expect(try await bench.tasks.dueWatches(limit: 10, now: bench.now + .seconds(100)).isEmpty)
            }
        }

        @Test("void and never granted: nothing is charged", arguments: RecordBackend.available)
        func neverGranted(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let watch = try await watched(bench, leaseLeft: nil)
                #expect(try await bench.tasks.dueWatches(limit: 10, now: bench.now) == [watch])
                #expect(try await rescue(bench, watch, .void(wasGranted: false), after: .zero).released == 1)
                let story = try #require(try await bench.tasks.task(watch.task))
                #expect(story.attempt == 1)
                #expect(story.runs.isEmpty)
                #expect(try await bench.dispatch().map(\.attempt) == [1])
            }
        }

        @Test("held: the number is looked at again when that lease should have ended", arguments: RecordBackend.available)
        func held(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let watch = try await watched(bench)
                #expect(try await rescue(bench, watch, .held(for: .seconds(20)), after: .seconds(5)).watched == 1)
                #expect(try await bench.tasks.dueWatches(limit: 10, now: bench.now + .seconds(24)).isEmpty)
                #expect(try await bench.tasks.dueWatches(limit: 10, now: bench.now + .seconds(25)) == [watch])
                #expect(try await bench.state(watch.task) == .queued)
            }
        }

        @Test("a worker lost on the last attempt leaves the task dead, with a letter", arguments: RecordBackend.available)
        func exhausted(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let watch = try await watched(bench, maxAttempts: 1)
                #expect(try await rescue(bench, watch, .void(wasGranted: true), after: .seconds(5)).dead == 1)
                #expect(try await bench.letters.letters(LetterFilter()).items.map(\.reason) == [.workerLost])
            }
        }

        @Test("an outcome that comes before the rescue ends the watch", arguments: RecordBackend.available)
        func outcomeFirst(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let watch = try await watched(bench)
                let outcome = Outcome(
                    task: watch.task,
                    number: watch.number,
                    attempt: 1,
                    worker: WorkerID("w"),
                    run: RunToken(2),
                    verdict: .succeeded,
                    startedAt: nil,
                    finishedAt: bench.now
                )
                #expect(try await bench.record(outcome).succeeded == 1)
                #expect(try await bench.tasks.dueWatches(limit: 10, now: bench.now + .seconds(100)).isEmpty)
                #expect(try await rescue(bench, watch, .void(wasGranted: true), after: .seconds(5)).stale == 1)
            }
        }

        @Test("a key that knows a higher number than the record moves the sequence past it", arguments: RecordBackend.available)
        func sequence(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                try await bench.admit(bench.task(key: "k"))
                let queued = try await bench.dispatch()[0]
                let highest = DispatchNumber(queued.number.value + 50_000)
                try await bench.record(bench.outcome(queued, .seen(Seen(.older, highest: highest, leaseLeft: nil))))
                let next = try await bench.queued(bench.task())
                #expect(next.number > highest)
                // Never back again.
                try await bench.record(
                    bench.outcome(queued, .seen(Seen(.older, highest: DispatchNumber(highest.value - 10), leaseLeft: nil)))
                )
                #expect(try await bench.queued(bench.task()).number > next.number)
            }
        }
    }
}
