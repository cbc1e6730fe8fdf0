import Domain
import Testing

extension RecordSuites {
    @Suite("Housekeeping")
    struct Keeping {
        @Test("ended tasks stand in the day they ended, with all their attempts, and go with it")
        func days() async throws {
            try await Bench.with { bench in
                let task = bench.task()
                let first = try await bench.queued(task)
                try await bench.record(bench.outcome(first, .failed(Bench.retryable)))
                let later = bench.now + .seconds(700)
                let second = try await bench.dispatch(at: later)[0]
                try await bench.record(bench.outcome(second, .succeeded), at: later)
                let story = try #require(try await bench.tasks.task(task.id))
                #expect(story.runs.map(\.outcome) == ["failed", "succeeded"])
                #expect(try await bench.number("select count(*) from tasks") == 0)
                #expect(try await bench.number("select count(*) from attempts") == 0)

                let keep = Retention(days: [.succeeded: 7, .dead: 7, .cancelled: 7, .expired: 7])
                let tooEarly = try await bench.housekeeping.sweep(keep, batch: 100, now: later + .seconds(6 * 86_400))
                #expect(tooEarly.tasks == 0)
                #expect(try await bench.tasks.task(task.id) != nil)
                let swept = try await bench.housekeeping.sweep(keep, batch: 100, now: later + .seconds(9 * 86_400))
                #expect(swept.days.count >= 2)
                #expect(try await bench.tasks.task(task.id) == nil)
                #expect(try await bench.number("select count(*) from all_attempts") == 0)
            }
        }

        @Test("a state that is kept for less long goes earlier, in batches")
        func states() async throws {
            try await Bench.with { bench in
                var succeeded: [DispatchedTask] = []
                for _ in 0..<5 { succeeded.append(try await bench.queued(bench.task())) }
                let dead = try await bench.queued(bench.task())
                for task in succeeded { try await bench.record(bench.outcome(task, .succeeded)) }
                try await bench.record(bench.outcome(dead, .failed(Bench.final)))
                let keep = Retention(days: [.succeeded: 1, .dead: 7, .cancelled: 7, .expired: 7])
                let now = bench.now + .seconds(2 * 86_400)
                let first = try await bench.housekeeping.sweep(keep, batch: 3, now: now)
                #expect(first.tasks == 3)
                #expect(first.isFull)
                #expect(try await bench.housekeeping.sweep(keep, batch: 3, now: now).tasks == 2)
                #expect(try await bench.number("select count(*) from all_tasks") == 1)
                #expect(try await bench.number("select count(*) from all_attempts") == 1)
            }
        }

        @Test("a day without room of its own is made later, with what ended in it meanwhile")
        func lateDay() async throws {
            try await Bench.with { bench in
                let late = bench.now + .seconds(30 * 86_400)
                let task = try await bench.queued(bench.task())
                try await bench.record(bench.outcome(task, .succeeded), at: late)
                #expect(try await bench.number("select count(*) from tasks_done_rest") == 1)
                try await bench.housekeeping.prepareDays(ahead: 3, now: late)
                #expect(try await bench.number("select count(*) from tasks_done_rest") == 0)
                #expect(try await bench.state(task.id) == .succeeded)
                try await bench.housekeeping.prepareDays(ahead: 3, now: late)
            }
        }

        @Test("audit entries go by their age, oldest first, in batches")
        func audit() async throws {
            try await Bench.with { bench in
                for day in 0..<6 {
                    let draft = AuditDraft(actor: try #require(AuditActor("anna")), verb: "lease.release", subject: "olt:\(day)")
                    try await bench.audit.write(draft, now: bench.now + .seconds(day * 86_400))
                }
                let keep = Retention(auditDays: 2)
                let now = bench.now + .seconds(6 * 86_400)
                let first = try await bench.housekeeping.sweep(keep, batch: 3, now: now)
                #expect(first.auditEntries == 3)
                #expect(first.isFull)
                let second = try await bench.housekeeping.sweep(keep, batch: 3, now: now)
                #expect(second.auditEntries == 1)
                let left = try await bench.audit.entries(AuditFilter()).items.map(\.subject)
                #expect(left == ["olt:5", "olt:4"])
            }
        }

        @Test("readings go with their day, what happened to ONUs by its age; the ONU stays as it was read last")
        func readings() async throws {
            try await Bench.with { bench in
                let olt = try await bench.addOLT("OLT-1")
                for day in 0..<4 {
                    let at = bench.now + .seconds(day * 86_400)
                    var onu = ONUObservation(index: "1.1")
                    onu.rxOnuDbm = -20 - Double(day)
                    onu.name = "name of day \(day)"
                    let task = try await bench.discovery(olt, at: at)
                    let device = DeviceResult(
                        olt: olt.id,
                        operation: .discovery,
                        coverage: .complete,
                        observations: [onu],
                        columns: [.optics]
                    )
                    try await bench.record(bench.outcome(task, .succeeded, device: device), at: at)
                }
                let last = bench.now + .seconds(3 * 86_400)
                let swept = try await bench.housekeeping.sweep(Retention(readingDays: 1), batch: 100, now: last)
                #expect(swept.days.contains { $0.hasPrefix("readings_") })
                #expect(swept.onuEvents == 2)
                let left = try await bench.onus.readings(of: olt.id, "1.1", since: bench.now, limit: 10)
                #expect(left.map(\.rxOnuDbm) == [-23, -22])
                #expect(try await bench.onus.events(ONUEventFilter()).items.map(\.event.kind) == [.changed, .changed])
                #expect(try await bench.onus.onu(olt.id, "1.1")?.observation.name == "name of day 3")
            }
        }

        @Test("what is asked of workers is counted by kind and class")
        func demand() async throws {
            try await Bench.with { bench in
                try await bench.admit(bench.task(), bench.task(), bench.task(taskClass: .cpu), bench.task(dueIn: .seconds(3600)))
                #expect(
                    try await bench.housekeeping.demand(limit: 100)
                        == [Demand(kind: "noop", taskClass: .cpu, count: 1), Demand(kind: "noop", taskClass: .general, count: 2)]
                )
            }
        }
    }
}
