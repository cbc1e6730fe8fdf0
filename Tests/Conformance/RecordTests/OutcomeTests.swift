import Domain
import Postgres
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Outcomes")
    struct Outcomes {
        @Test("an outcome counts once per number; the second is stale, in the same batch and later", arguments: RecordBackend.available)
        func once(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let task = try await bench.queued(bench.task())
                let outcome = bench.outcome(task, .succeeded, result: ["slept": 5])
                let summary = try await bench.record(outcome, outcome)
                #expect(summary.succeeded == 1)
                #expect(summary.stale == 1)
                #expect(summary.left == [task.lane: 1])
                #expect(try await bench.record(outcome).stale == 1)
                #expect(try await bench.record(bench.outcome(task, .failed(Bench.final))).stale == 1)

                let story = try #require(try await bench.tasks.task(task.id))
                #expect(story.state == .succeeded)
                #expect(story.result == ["slept": 5])
                #expect(story.worker == WorkerID("host-1-abc"))
                #expect(story.startedAt == bench.now)
                #expect(story.finishedAt == bench.now + .seconds(1))
                #expect(story.runs.map(\.outcome) == ["succeeded"])
                #expect(story.runs.map(\.number) == [task.number])
                #expect(try await bench.tasks.stateCounts()[.succeeded] == 1)
            }
        }

        @Test("an outcome counts only while its number is the task's current one", arguments: RecordBackend.available)
        func current(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let first = try await bench.queued(bench.task())
                try await bench.record(bench.outcome(first, .interrupted(reason: "drain")))
                let second = try await bench.dispatch()[0]
                #expect(second.id == first.id)
                #expect(first.number < second.number)

                #expect(try await bench.record(bench.outcome(first, .succeeded)).stale == 1)
                #expect(try await bench.state(first.id) == .queued)
                #expect(try await bench.record(bench.outcome(second, .succeeded)).succeeded == 1)
                let stranger = Outcome(
                    task: bench.id(),
                    number: DispatchNumber(1),
                    attempt: 1,
                    worker: WorkerID("w"),
                    run: RunToken(1),
                    verdict: .succeeded,
                    startedAt: nil,
                    finishedAt: bench.now
                )
                #expect(try await bench.record(stranger).stale == 1)
            }
        }

        @Test(
            "a failure that may be tried again is due after its backoff, with the next attempt, until the budget is used up",
            arguments: RecordBackend.available
        )
        func retries(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let task = bench.task(maxAttempts: 2, backoff: Backoff(base: .seconds(8), factor: 2, ceiling: .seconds(8)))
                let first = try await bench.queued(task)
                let fault = TaskFault("device_silent", "no answer", retryable: true, retryAfter: .seconds(3))
                let summary = try await bench.record(bench.outcome(first, .failed(fault)))
                #expect(summary.retried == 1)
                var story = try #require(try await bench.tasks.task(task.id))
                #expect(story.state == .waiting)
                #expect(story.attempt == 2)
                #expect(story.fault == fault)
                #expect((bench.now + .seconds(3)...bench.now + .seconds(8)).contains(story.task.dueAt))
                #expect(try await bench.dispatch(at: bench.now + .seconds(2)).isEmpty)

                let second = try await bench.dispatch(at: bench.now + .seconds(9))[0]
                #expect(second.attempt == 2)
                #expect(try await bench.record(bench.outcome(second, .failed(fault)), at: bench.now + .seconds(10)).dead == 1)
                story = try #require(try await bench.tasks.task(task.id))
                #expect(story.state == .dead)
                #expect(story.runs.map(\.attempt) == [1, 2])
                #expect(story.runs.map(\.fault) == [fault, fault])
                let letter = try #require(try await bench.letters.letters(LetterFilter()).items.first)
                #expect(letter.reason == .exhausted)
                #expect(letter.errorClass == "device_silent")
                #expect(letter.attempts == 2)
                #expect(letter.task == task.id)
                #expect(letter.number == second.number)
                #expect(letter.kind == "noop")
                #expect(letter.state == .dead)
                #expect(letter.firstDiedAt <= letter.lastDiedAt)
                #expect(try await bench.letters.openLetters() == 1)
            }
        }

        @Test("a final failure is dead at once, with one letter", arguments: RecordBackend.available)
        func final(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let task = try await bench.queued(bench.task())
                let outcome = bench.outcome(task, .failed(Bench.final))
                #expect(try await bench.record(outcome, outcome).dead == 1)
                #expect(try await bench.letters.letters(LetterFilter()).items.map(\.reason) == [.final])
                #expect(try await bench.tasks.stateCounts()[.dead] == 1)
            }
        }

        @Test("a deferral, a hand-back and an interruption close the number and leave the budget alone", arguments: RecordBackend.available)
        func uncharged(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let task = bench.task(maxAttempts: 1)
                var queued = try await bench.queued(task)
                var time = bench.now
                let verdicts: [Verdict] = [
                    .deferred(Deferral(.busy, retryAfter: .seconds(4))), .deferred(Deferral(.handedBack)), .interrupted(reason: "drain"),
                ]
                for verdict in verdicts {
                    #expect(try await bench.record(bench.outcome(queued, verdict), at: time).released == 1)
                    if case .deferred(let deferral) = verdict, let pause = deferral.retryAfter {
                        #expect(try await bench.dispatch(at: time + pause - .milliseconds(1)).isEmpty)
                        time = time + pause
                    }
                    let next = try await bench.dispatch(at: time)
                    #expect(next.map(\.attempt) == [1])
                    #expect(queued.number < next[0].number)
                    queued = next[0]
                }
                let story = try #require(try await bench.tasks.task(task.id))
                #expect(story.runs.map(\.outcome) == ["deferred", "deferred", "interrupted"])
            }
        }

        @Test("a start and the end of its number may come in one batch; a start alone marks the row", arguments: RecordBackend.available)
        func started(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let quick = try await bench.queued(bench.task())
                let slow = try await bench.queued(bench.task())
                let summary = try await bench.record(
                    bench.outcome(slow, .started),
                    bench.outcome(quick, .started),
                    bench.outcome(quick, .succeeded)
                )
                #expect(summary.succeeded == 1)
                #expect(summary.left == [quick.lane: 1])
                let story = try #require(try await bench.tasks.task(slow.id))
                #expect(story.state == .queued)
                #expect(story.startedAt == bench.now)
                #expect(story.worker == WorkerID("host-1-abc"))
                #expect(story.runs.isEmpty)
                #expect(try await bench.state(quick.id) == .succeeded)
            }
        }

        @Test(
            "the key of a task that waits for its retry goes to the next; the retry waits behind it in turn",
            arguments: RecordBackend.available
        )
        func keyGoesOn(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let first = bench.task(key: "k", dueIn: .seconds(-2))
                let second = bench.task(key: "k", dueIn: .seconds(-1))
                try await bench.admit(first, second)
                let running = try await bench.dispatch()[0]
                let fault = TaskFault("device_silent", "no answer", retryable: true, retryAfter: .seconds(2))
                #expect(try await bench.record(bench.outcome(running, .failed(fault))).due == 1)

                let next = try await bench.dispatch()
                #expect(next.map(\.id) == [second.id])
                let later = bench.now + .seconds(700)
                #expect(try await bench.dispatch(at: later).isEmpty)
                #expect(try await bench.state(first.id) == .blocked)
                try await bench.record(bench.outcome(next[0], .succeeded), at: later)
                #expect(try await bench.dispatch(at: later).map(\.id) == [first.id])
            }
        }

        @Test(
            "a text with U+0000 makes one outcome unrecordable, dead with its bytes in the letter; the other 255 are recorded",
            arguments: RecordBackend.available
        )
        func unrecordable(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let answers = try await bench.tasks.admit(
                    (0..<256).map { _ in AdmittedTask(bench.task(), goesAtOnce: true) },
                    now: bench.now
                )
                let tasks = answers.compactMap { answer -> DispatchedTask? in
                    guard case .queued(let task) = answer else { return nil }
                    return task
                }
                #expect(tasks.count == 256)
                let outcomes = tasks.enumerated().map { place, task in
                    place == 100
                        ? bench.outcome(task, .failed(TaskFault("odd", "zero \0 byte", retryable: true)))
                        : bench.outcome(task, .succeeded)
                }
                let summary = try await bench.tasks.record(outcomes, judge: bench.judge, now: bench.now)
                #expect(summary.succeeded == 255)
                #expect(summary.unrecordable == 1)
                #expect(summary.dead == 1)
                #expect(try await bench.state(tasks[100].id) == .dead)
                let listed = try #require(try await bench.letters.letters(LetterFilter()).items.first)
                // A list is without bodies.
                let letter = try #require(try await bench.letters.letter(listed.id))
                #expect(letter.reason == .unrecordable)
                #expect(letter.number == tasks[100].number)
                let bytes = try #require(letter.body)
                #expect(String(decoding: bytes, as: UTF8.self).contains("zero \0 byte"))
            }
        }

        @Test("U+0000 in a result is unrecordable, too", arguments: RecordBackend.available)
        func unrecordableResult(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let task = try await bench.queued(bench.task())
                let summary = try await bench.record(bench.outcome(task, .succeeded, result: ["text": "a\0b"]))
                #expect(summary.unrecordable == 1)
                #expect(try await bench.state(task.id) == .dead)
            }
        }

        @Test("a database that takes no writes for a while, as during a failover, is away: nothing is judged by its refusals")
        func readOnly() async throws {
            let url = try await TestServers.shared.freshDatabase()
            try await Bench.with(url) { bench in
                let task = try await bench.queued(bench.task())
                let name = try await bench.pool.query("select current_database()::text").rows[0].text(0)
                _ = try await bench.pool.query("alter database \"\(name)\" set default_transaction_read_only = on")
                let standby = try Bench(url: url)

                let error = await #expect(throws: RecordError.self) { try await standby.record(standby.outcome(task, .succeeded)) }
                #expect(error?.mayPass == true)
                await standby.pool.close()

                #expect(try await bench.record(bench.outcome(task, .succeeded)).succeeded == 1)
            }
        }
    }
}
