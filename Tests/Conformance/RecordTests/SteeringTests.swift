import Domain
import Testing

extension RecordSuites {
    @Suite("Steering")
    struct Steering {
        private let cancelled = Ending(.cancelled, reason: "cancelled by a test")

        @Test("a waiting task is cancelled at once and leaves its place to the next of its key", arguments: RecordBackend.available)
        func waiting(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let first = bench.task(key: "olt:1")
                let second = bench.task(key: "olt:1")
                #expect(try await bench.admit(first) == [.waiting])
                #expect(try await bench.admit(second) == [.blocked])
                let report = try await bench.steering.end([first.id], as: cancelled, now: bench.now)
                #expect(report.answers == [first.id: .ended])
                #expect(report.orders.isEmpty)
                #expect(report.summary.cancelled == 1)
                #expect(try await bench.state(first.id) == .cancelled)
                #expect(try await bench.state(second.id) == .waiting)
                #expect(try await bench.steering.end([first.id], as: cancelled, now: bench.now).answers == [first.id: .already(.cancelled)])
                let stranger = bench.id()
                #expect(try await bench.steering.end([stranger], as: cancelled, now: bench.now).answers == [stranger: .unknown])
            }
        }

        @Test(
            "a plain task on its lane is cancelled at once, the workers are told its number, and its outcome changes nothing",
            arguments: RecordBackend.available
        )
        func plain(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let task = bench.task()
                let dispatched = try await bench.queued(task)
                let report = try await bench.steering.end([task.id], as: cancelled, now: bench.now)
                #expect(report.orders == [CancelledRun(task: task.id, number: dispatched.number, reason: cancelled.reason)])
                #expect(report.summary.left == [task.lane: 1])
                #expect(try await bench.record(bench.outcome(dispatched, .succeeded)).stale == 1)
                let story = try #require(try await bench.tasks.task(task.id))
                #expect(story.state == .cancelled)
                #expect(story.fault?.message == cancelled.reason)
                #expect(story.runs.isEmpty)
                // Whoever joins the fleet hears of it, too.
                #expect(try await bench.steering.cancelledRuns(since: bench.now) == report.orders)
                #expect(try await bench.steering.cancelledRuns(since: bench.now + .seconds(1)).isEmpty)
            }
        }

        @Test(
            "a task that may hold its key ends only when its number is void or its run has reported",
            arguments: RecordBackend.available,
            [Verdict.interrupted(reason: "told to"), .failed(Bench.retryable), .failed(Bench.final), .succeeded]
        )
        func keyed(_ backend: RecordBackend, _ verdict: Verdict) async throws {
            try await Bench.with(backend) { bench in
                let task = bench.task(key: "olt:1")
                try await bench.admit(task)
                let dispatched = try await bench.dispatch()[0]
                #expect(try await bench.steering.end([task.id], as: cancelled, now: bench.now).answers == [task.id: .ending])
                #expect(try await bench.state(task.id) == .queued)
                let watches = try await bench.tasks.dueWatches(limit: 10, now: bench.now)
                #expect(watches.map(\.number) == [dispatched.number])
                let held: [(watch: WatchedNumber, answer: VoidAnswer)] = [(watches[0], .held(for: .seconds(9)))]
                _ = try await bench.tasks.rescue(held, judge: bench.judge, now: bench.now)
                #expect(try await bench.state(task.id) == .queued)
                let summary = try await bench.record(bench.outcome(dispatched, verdict))
                #expect(summary.cancelled == (verdict == .succeeded ? 0 : 1))
                #expect(try await bench.state(task.id) == (verdict == .succeeded ? .succeeded : .cancelled))
                #expect(try await bench.heldKeys() == 0)
            }
        }

        @Test("a number that is void ends a cancelled task without a run", arguments: RecordBackend.available)
        func void(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let task = bench.task(key: "olt:1")
                let next = bench.task(key: "olt:1")
                try await bench.admit(task)
                try await bench.admit(next)
                _ = try await bench.dispatch()
                _ = try await bench.steering.end([task.id], as: cancelled, now: bench.now)
                let watch = try await bench.tasks.dueWatches(limit: 10, now: bench.now)[0]
                let answers: [(watch: WatchedNumber, answer: VoidAnswer)] = [(watch, .void(wasGranted: false))]
                #expect(try await bench.tasks.rescue(answers, judge: bench.judge, now: bench.now).cancelled == 1)
                #expect(try await bench.state(task.id) == .cancelled)
                #expect(try await bench.state(next.id) == .waiting)
            }
        }

        @Test("what has not ended by its deadline is expired, wherever it stands", arguments: RecordBackend.available)
        func deadline(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let deadline = bench.now + .seconds(10)
                let waits = bench.task(dueIn: .seconds(5), deadline: deadline)
                let plain = bench.task(deadline: deadline)
                let keyed = bench.task(key: "olt:1", deadline: deadline)
                let blocked = bench.task(key: "olt:1", deadline: deadline)
                try await bench.admit(waits, keyed)
                try await bench.admit(blocked)
                let dispatched = try await bench.dispatch()
                #expect(dispatched.map(\.timeLeft) == [.seconds(10)])
                _ = try await bench.queued(plain)
                #expect(try await bench.steering.endOverdue(limit: 10, now: deadline - .seconds(1)).answers.isEmpty)
                let report = try await bench.steering.endOverdue(limit: 10, now: deadline)
                #expect(report.answers == [waits.id: .ended, plain.id: .ended, keyed.id: .ending, blocked.id: .ended])
                #expect(report.summary.expired == 3)
                // Not asked twice.
                #expect(try await bench.steering.endOverdue(limit: 10, now: deadline).answers.isEmpty)
                try await bench.record(bench.outcome(dispatched[0], .interrupted(reason: "deadline")), at: deadline)
                #expect(try await bench.state(keyed.id) == .expired)
            }
        }

        @Test("a retry that would come after the deadline is judged when the deadline has passed", arguments: RecordBackend.available)
        func retryAfterDeadline(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let task = bench.task(deadline: bench.now + .seconds(10))
                let dispatched = try await bench.queued(task)
                try await bench.record(bench.outcome(dispatched, .failed(Bench.retryable)), at: bench.now + .seconds(11))
                let story = try #require(try await bench.tasks.task(task.id))
                #expect(story.state == .expired)
                #expect(story.runs.map(\.outcome) == ["failed"])
            }
        }

        @Test(
            "a waiting task moves to the lane of its new priority, and the more urgent one of a key goes first",
            arguments: RecordBackend.available
        )
        func reprioritize(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let first = bench.task(key: "olt:1")
                let second = bench.task(key: "olt:1")
                try await bench.admit(first)
                try await bench.admit(second)
                let moved = try await bench.steering.reprioritize(second.id, to: .urgent, voided: nil, now: bench.now)
                #expect(moved == .moved(left: nil, from: nil))
                #expect(try await bench.state(first.id) == .blocked)
                let dispatched = try await bench.dispatch()
                #expect(dispatched.map(\.id) == [second.id])
                #expect(dispatched.map(\.priority) == [.urgent])
            }
        }

        @Test(
            "a task on its lane is moved under a new number: a plain one at once, one with a key once its number is void",
            arguments: RecordBackend.available
        )
        func moveQueued(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let plain = bench.task()
                let number = try await bench.queued(plain).number
                let left = CancelledRun(task: plain.id, number: number, reason: "its priority was changed")
                #expect(
                    try await bench.steering.reprioritize(plain.id, to: .high, voided: nil, now: bench.now)
                        == .moved(left: left, from: plain.lane)
                )
                let again = try await bench.dispatch()
                #expect(again.map(\.priority) == [.high])
                #expect(again.allSatisfy { $0.number > number })

                let keyed = bench.task(key: "olt:1")
                try await bench.admit(keyed)
                let keyedNumber = try await bench.dispatch()[0].number
                let key = try #require(ExclusionKey("olt:1"))
                #expect(
                    try await bench.steering.reprioritize(keyed.id, to: .high, voided: nil, now: bench.now) == .voidFirst(keyedNumber, key)
                )
                #expect(
                    try await bench.steering.reprioritize(keyed.id, to: .high, voided: keyedNumber, now: bench.now)
                        == .moved(left: nil, from: keyed.lane)
                )
                let moved = try await bench.dispatch()
                #expect(moved.map(\.id) == [keyed.id])
                try await bench.record(bench.outcome(moved[0], .started))
                #expect(try await bench.steering.reprioritize(keyed.id, to: .low, voided: nil, now: bench.now) == .running)
                try await bench.record(bench.outcome(moved[0], .succeeded))
                #expect(try await bench.steering.reprioritize(keyed.id, to: .low, voided: nil, now: bench.now) == .ended(.succeeded))
            }
        }

        @Test(
            "a task that waits long rises level by level, never above high; maintenance stays where it is",
            arguments: RecordBackend.available
        )
        func ageing(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let background = bench.task(priority: .background)
                let maintenance = bench.task(priority: .maintenance)
                let high = bench.task(priority: .high)
                let holder = bench.task(key: "olt:1", priority: .high)
                let blocked = bench.task(key: "olt:1", priority: .normal)
                try await bench.admit(background, maintenance, high, holder, blocked)
                let interval = Duration.seconds(600)
                #expect(try await bench.steering.age(every: interval, limit: 100, now: bench.now + .seconds(599)) == 0)
                #expect(try await bench.steering.age(every: interval, limit: 100, now: bench.now + .seconds(600)) == 2)
                #expect(try await bench.steering.age(every: interval, limit: 100, now: bench.now + .seconds(601)) == 0)
                for step in 2...5 { _ = try await bench.steering.age(every: interval, limit: 100, now: bench.now + interval * step) }
                for (task, priority) in [(background, Priority.high), (maintenance, .maintenance), (high, .high), (blocked, .high)] {
                    #expect(try await bench.tasks.task(task.id)?.task.priority == priority)
                }
            }
        }

        @Test("an urgent task recalls a queued one of its key that was not started, uncharged", arguments: RecordBackend.available)
        func recall(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let slow = bench.task(key: "olt:1", priority: .background)
                try await bench.admit(slow)
                _ = try await bench.dispatch()
                let equal = bench.task(key: "olt:1", priority: .background)
                try await bench.admit(equal)
                #expect(try await bench.steering.recall(limit: 10, now: bench.now) == 0)
                let urgent = bench.task(key: "olt:1", priority: .emergency)
                try await bench.admit(urgent)
                #expect(try await bench.steering.recall(limit: 10, now: bench.now) == 1)
                let watch = try await bench.tasks.dueWatches(limit: 10, now: bench.now)[0]
                let answers: [(watch: WatchedNumber, answer: VoidAnswer)] = [(watch, .void(wasGranted: false))]
                #expect(try await bench.tasks.rescue(answers, judge: bench.judge, now: bench.now).released == 1)
                #expect(try await bench.dispatch().map(\.id) == [urgent.id])
                let story = try #require(try await bench.tasks.task(slow.id))
                #expect(story.state == .blocked)
                #expect(story.attempt == 1)
            }
        }
    }
}
