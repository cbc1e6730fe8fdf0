import Domain
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Messages that the broker gave up")
    struct GivenUp {
        private func copy(_ task: DispatchedTask, _ reason: String = "delivery_limit") -> DeadMessage {
            DeadMessage(
                task: task.id,
                number: task.number,
                reason: reason,
                firstQueue: "work.general.high",
                body: [7],
                contentType: "application/x-protobuf"
            )
        }

        private func charge(_ bench: Bench, _ number: GivenUpNumber, _ answer: VoidAnswer) async throws -> RecordSummary {
            try await bench.letters.charge([(number, answer)], judge: bench.judge, now: bench.now)
        }

        /// A keyed task that was dispatched.
        private func keyed(_ bench: Bench, _ key: String) async throws -> DispatchedTask {
            let task = bench.task(key: key)
            try await bench.admit(task)
            return try #require(try await bench.dispatch().first { $0.id == task.id })
        }

        @Test(
            "a plain task whose delivery limit is reached has lost its worker each time, and is dead as poison in the end",
            arguments: RecordBackend.available
        )
        func plain(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                var task = try await bench.queued(bench.task())
                for attempt in 1...3 {
                    let givenUp = try await bench.attach(copy(task))
                    #expect(givenUp == [GivenUpNumber(task: task.id, number: task.number, key: nil)])
                    let summary = try await charge(bench, givenUp[0], .void(wasGranted: true))
                    #expect(summary.left == [task.lane: 1])
                    #expect(summary.retried == (attempt < 3 ? 1 : 0))
                    #expect(summary.dead == (attempt < 3 ? 0 : 1))
                    guard attempt < 3 else { break }
                    #expect(try await bench.attach(copy(task)).isEmpty, "the number is not current any more")
                    let again = try #require(try await bench.dispatch().first)
                    #expect(again.number > task.number)
                    task = again
                }
                #expect(try await bench.state(task.id) == .dead)
                let letter = try #require(try await bench.letters.letters(LetterFilter()).items.first)
                #expect(letter.reason == .poison)
                #expect(letter.errorClass == "worker_lost")
                #expect(letter.taskClass == .general)
                #expect(letter.priority == .normal)
                #expect(try await bench.letters.letter(letter.id)?.body == [7])
            }
        }

        @Test("a keyed one that is held waits for its lease's end, with its number", arguments: RecordBackend.available)
        func held(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let task = try await keyed(bench, "k")
                let givenUp = try #require(try await bench.attach(copy(task)).first)
                #expect(givenUp.key == ExclusionKey("k"))
                let summary = try await charge(bench, givenUp, .held(for: .seconds(20)))
                #expect(summary.watched == 1)
                #expect(try await bench.state(task.id) == .queued)
                #expect(try await bench.tasks.dueWatches(limit: 10, now: bench.now + .seconds(19)).isEmpty)
                #expect(try await bench.tasks.dueWatches(limit: 10, now: bench.now + .seconds(20)).map(\.number) == [task.number])
            }
        }

        @Test("a keyed one that was never granted gets a new number and is not charged", arguments: RecordBackend.available)
        func neverGranted(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let task = try await keyed(bench, "k")
                let givenUp = try #require(try await bench.attach(copy(task)).first)
                #expect(try await charge(bench, givenUp, .void(wasGranted: false)).released == 1)
                let again = try #require(try await bench.dispatch().first)
                #expect(again.id == task.id)
                #expect(again.number > task.number)
                #expect(again.attempt == 1)
                #expect(try await charge(bench, givenUp, .void(wasGranted: true)).stale == 1)
            }
        }

        @Test("a keyed one that was granted is charged, and the next of its key goes on when it dies", arguments: RecordBackend.available)
        func granted(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let task = bench.task(key: "k", maxAttempts: 1)
                try await bench.admit(task)
                let queued = try #require(try await bench.dispatch().first)
                let next = bench.task(key: "k")
                try await bench.admit(next)
                let givenUp = try #require(try await bench.attach(copy(queued)).first)
                #expect(try await charge(bench, givenUp, .void(wasGranted: true)).dead == 1)
                #expect(try await bench.dispatch().map(\.id) == [next.id])
                #expect(try await bench.letters.letters(LetterFilter()).items.map(\.reason) == [.poison])
            }
        }

        @Test("copies of old numbers, ended tasks and workers' own rejections never touch a task", arguments: RecordBackend.available)
        func evidenceOnly(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let task = try await bench.queued(bench.task())
                #expect(try await bench.attach(copy(task, "rejected")).isEmpty)
                try await bench.record(bench.outcome(task, .succeeded))
                #expect(try await bench.attach(copy(task)).isEmpty)
                let other = try await bench.queued(bench.task())
                let old = DispatchedTask(
                    id: other.id,
                    number: DispatchNumber(other.number.value - 1),
                    attempt: 1,
                    maxAttempts: 1,
                    kind: "noop",
                    payload: [:],
                    priority: .normal,
                    taskClass: .general,
                    exclusionKey: nil,
                    timeout: .seconds(1),
                    device: nil
                )
                #expect(try await bench.attach(copy(old)).isEmpty)
                #expect(try await bench.state(task.id) == .succeeded)
                #expect(try await bench.state(other.id) == .queued)
            }
        }
    }
}
