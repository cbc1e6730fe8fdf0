import Domain
import Testing

extension RecordSuites {
    @Suite("The coordinator's books")
    struct Coordination {
        @Test("an OLT that was never attended to is due first, and once attended to no more", arguments: RecordBackend.available)
        func due(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let first = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                #expect(try await bench.coordination.book(of: first.id) == nil)
                try await bench.attend(first, term: term, at: bench.hour)
                let book = try #require(try await bench.coordination.book(of: first.id))
                let second = try await bench.addOLT("OLT-2")
                #expect(try await bench.coordination.dueBooks(limit: 10, now: bench.hour).map(\.olt) == [second.id])
                #expect(
                    try await bench.coordination.dueBooks(limit: 10, now: book.wakeAt)
                        == [DueBook(olt: second.id, awaitsLease: false), DueBook(olt: first.id, awaitsLease: false)]
                )
                #expect(try await bench.coordination.dueBooks(limit: 1, now: book.wakeAt).count == 1)
                try await bench.attend(second, term: term, at: bench.hour)
                #expect(try await bench.coordination.dueBooks(limit: 10, now: bench.hour).isEmpty)
            }
        }

        @Test("what is declared becomes a plan, quotas and a line in the log", arguments: RecordBackend.available)
        func planned(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery, Bench.status])
                let report = try await bench.attend(olt, term: term, at: bench.hour)
                #expect(report.declarations == [OLTDeclaration(olt.id, isEnabled: true, operations: [Bench.discovery, Bench.status])])
                #expect(report.events.map(\.kind) == [.oltEnabled, .taskAdded, .taskAdded, .planCreated])
                #expect(try await bench.kinds(olt) == report.events.map(\.kind))
                let plans = try await bench.coordination.plans(of: olt.id, limit: 10)
                #expect(plans.map(\.status) == [.active])
                #expect(plans.first?.total == 10)
                let quotas = try await bench.quotas(olt)
                #expect(quotas[.discovery]?.required == 4)
                #expect(quotas[.get(.status)]?.required == 6)
                let run = try await bench.nextRun(of: olt, term: term, from: bench.hour)
                #expect(run.task.kind == "snmp.discovery")
                #expect(run.task.exclusionKey == ExclusionKey(olt.id))
                #expect(try await bench.tasks.task(run.task.id)?.task.source == .plan)
            }
        }

        @Test("a slot becomes one task, however often and under whatever term it is attended to", arguments: RecordBackend.available)
        func once(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                try await bench.attend(olt, term: term, at: bench.hour)
                let wakeAt = try #require(try await bench.coordination.book(of: olt.id)?.wakeAt)
                #expect(try await bench.attend(olt, olt, term: term, at: wakeAt).emitted == 1)
                #expect(try await bench.attend(olt, term: term, at: wakeAt).emitted == 0)
                #expect(try await bench.attend(olt, term: try await bench.lead("b"), at: wakeAt).emitted == 0)
                #expect(try await bench.taskCount() == 1)
            }
        }

        @Test("a coordinator that was deposed writes nothing", arguments: RecordBackend.available)
        func deposed(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let old = try await bench.lead()
                let term = try await bench.lead("b")
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                let error = RecordError.deposed(term: old)
                let event = CoordinatorEvent(.leaderChanged, .info, olt: nil, "a leads", at: bench.now)
                let tick = CoordinatorTick(term: old, holder: "a", at: bench.now, took: .zero, olts: 0)
                let gap = ServiceGap(.noLeader, from: bench.now, until: nil)
                await #expect(throws: error) { try await bench.attend(olt, term: old, at: bench.hour) }
                await #expect(throws: error) { try await bench.coordination.noteTick(tick) }
                await #expect(throws: error) { try await bench.coordination.note(gap, term: old) }
                await #expect(throws: error) { try await bench.coordination.log([event], term: old) }
                await #expect(throws: error) {
                    try await bench.coordination.sweep(CoordinationRetention(), batch: 10, term: old, now: bench.now)
                }
                #expect(try await bench.coordination.book(of: olt.id) == nil)
                #expect(try await bench.kinds(nil).isEmpty)
                #expect(try await bench.coordination.lastTick() == nil)
                #expect(try await bench.coordination.gaps(since: bench.now).isEmpty)
                #expect(try await bench.attend(olt, term: term, at: bench.hour).events.isEmpty == false)
            }
        }

        // MARK: Outcomes

        @Test("a number counts once, however often its outcome comes", arguments: RecordBackend.available)
        func counted(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                let run = try await bench.nextRun(of: olt, term: term, from: bench.hour)
                let outcome = bench.outcome(run, .succeeded)
                try await bench.record(outcome, outcome, at: run.at + .seconds(20))
                #expect(try await bench.record(outcome, at: run.at + .seconds(30)).stale == 1)
                #expect(try await bench.quotas(olt)[.discovery]?.completed == 1)
                let lines = try await bench.ledger(olt)
                #expect(lines.map(\.number) == [run.task.number])
                #expect(lines.first?.verdict == .completed)
                #expect(lines.first?.startedAt == run.at)
                #expect(try await bench.coordination.plans(of: olt.id, limit: 1).first?.completed == 1)
                let book = try #require(try await bench.coordination.book(of: olt.id))
                #expect(book.durations[.discovery]?.runs == 1)
                #expect(book.periods.first?.slots.first?.state == .completed)
            }
        }

        @Test("each number that fails counts, also of a task that succeeds in the end", arguments: RecordBackend.available)
        func failed(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                let run = try await bench.nextRun(of: olt, term: term, from: bench.hour)
                try await bench.record(bench.outcome(run, .failed(Bench.retryable)), at: run.at + .seconds(20))
                var quota = try await bench.quotas(olt)[.discovery]
                #expect(quota?.failed == 1)
                #expect(quota?.lastError == "device_silent")
                #expect(try await bench.coordination.book(of: olt.id)?.periods.first?.slots.first?.task == run.task.id)

                let later = run.at + .seconds(60)
                let again = try #require(try await bench.dispatch(at: later).first)
                #expect(again.id == run.task.id)
                try await bench.record(bench.outcome(Bench.Run(task: again, at: later), .succeeded), at: later + .seconds(20))
                quota = try await bench.quotas(olt)[.discovery]
                #expect(quota?.failed == 1)
                #expect(quota?.completed == 1)
                #expect(try await bench.ledger(olt).map(\.verdict) == [.completed, .failed])
            }
        }

        @Test(
            "a run that was handed back or cut off counts for nothing, and its task goes on",
            arguments: RecordBackend.available,
            [Verdict.deferred(Deferral(.busy, retryAfter: .seconds(1))), .interrupted(reason: "drain")]
        )
        func notCounted(_ backend: RecordBackend, _ verdict: Verdict) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                let run = try await bench.nextRun(of: olt, term: term, from: bench.hour)
                let before = try await bench.coordination.book(of: olt.id)
                try await bench.record(bench.outcome(run, verdict), at: run.at + .seconds(20))
                #expect(try await bench.coordination.book(of: olt.id) == before)
                #expect(try await bench.ledger(olt).isEmpty)
                let again = try #require(try await bench.dispatch(at: run.at + .seconds(60)).first)
                try await bench.record(bench.outcome(Bench.Run(task: again, at: run.at), .succeeded), at: run.at + .seconds(80))
                #expect(try await bench.quotas(olt)[.discovery]?.completed == 1)
            }
        }

        @Test("a task that somebody cancelled is told to the book, which asks again", arguments: RecordBackend.available)
        func cancelled(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                try await bench.attend(olt, term: term, at: bench.hour)
                let wakeAt = try #require(try await bench.coordination.book(of: olt.id)?.wakeAt)
                try await bench.attend(olt, term: term, at: wakeAt)
                let task = try #require(try await bench.coordination.book(of: olt.id)?.periods.first?.slots.first?.task)
                let report = try await bench.steering.end([task], as: Ending(.cancelled, reason: "by hand"), now: wakeAt)
                #expect(report.answers == [task: .ended])
                let book = try #require(try await bench.coordination.book(of: olt.id))
                #expect(book.periods.first?.slots.first?.state == .cancelled)
                #expect(try await bench.coordination.dueBooks(limit: 9, now: wakeAt).map(\.olt) == [olt.id])
                #expect(try await bench.attend(olt, term: term, at: wakeAt + .seconds(1)).events.map(\.kind) == [.planAdjusted])
                #expect(try await bench.coordination.plans(of: olt.id, limit: 9).map(\.status) == [.active, .superseded])
            }
        }

        @Test("an OLT that fails is asked nothing until a probe is answered", arguments: RecordBackend.available)
        func emergency(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                var run = try await bench.nextRun(of: olt, term: term, from: bench.hour)
                for turn in 1...3 {
                    let at = run.at + .seconds(60 * turn)
                    try await bench.record(bench.outcome(run, .failed(Bench.retryable)), at: at)
                    if turn < 3 { run = Bench.Run(task: try #require(try await bench.dispatch(at: at + .seconds(59)).first), at: at) }
                }
                let at = run.at + .seconds(300)
                #expect(try await bench.coordination.dueBooks(limit: 9, now: at).map(\.olt) == [olt.id])
                let report = try await bench.attend(olt, term: term, at: at)
                #expect(report.events.map(\.kind) == [.emergencyReplan])
                #expect(report.emitted == 1)
                let probe = try #require(try await bench.dispatch(at: at + .seconds(60)).first)
                #expect(probe.kind == "snmp.probe")
                try await bench.record(bench.outcome(Bench.Run(task: probe, at: at), .succeeded), at: at + .seconds(61))
                #expect(try await bench.coordination.book(of: olt.id)?.condition.suspendedAt == nil)
                #expect(try await bench.attend(olt, term: term, at: at + .seconds(62)).events.map(\.kind) == [.planAdjusted])
                #expect(try await bench.ledger(olt).count == 3)
            }
        }
    }
}
