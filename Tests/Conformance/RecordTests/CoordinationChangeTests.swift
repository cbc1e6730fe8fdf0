import Domain
import Testing

extension RecordSuites.Coordination {
    @Suite("Changes of a declaration")
    struct Changes {
        private func change(isEnabled: Bool) -> OLTChange {
            var change = OLTChange()
            change.isEnabled = isEnabled
            return change
        }

        @Test("an operation that is taken back is cancelled, and nothing more is required of it", arguments: RecordBackend.available)
        func removed(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery, Bench.status])
                let run = try await bench.nextRun(of: olt, term: term, from: bench.hour)
                try await bench.record(bench.outcome(run, .succeeded), at: run.at + .seconds(20))
                try await bench.attend(olt, term: term, at: run.at + .seconds(20))
                var at = run.at
                var task: TaskID?
                while task == nil {
                    at = max(at + .seconds(1), try #require(try await bench.coordination.book(of: olt.id)).wakeAt)
                    try await bench.attend(olt, term: term, at: at)
                    let slots = try await bench.coordination.book(of: olt.id)?.periods.first?.slots ?? []
                    task = slots.first { $0.operation == .get(.status) && $0.task != nil }?.task
                }
                _ = try await bench.devices.undeclare([.get(.status)], of: olt.id)

                let report = try await bench.attend(olt, term: term, at: at + .seconds(1))

                #expect(report.events.map(\.kind) == [.taskRemoved, .executionAborted, .planAdjusted])
                #expect(report.endings.answers == [try #require(task): .ended])
                #expect(try await bench.state(try #require(task)) == .cancelled)
                let quota = try await bench.quotas(olt)[.get(.status)]
                #expect(try #require(quota).required < 6)
                let slots = try #require(try await bench.coordination.book(of: olt.id)?.periods.first?.slots)
                #expect(!slots.contains { $0.operation == .get(.status) && ($0.state == .pending || $0.task != nil) })
            }
        }

        @Test("another interval makes the plan anew and asks for the rest of the period", arguments: RecordBackend.available)
        func interval(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                try await bench.attend(olt, term: term, at: bench.hour)
                let often = DeclaredOperation(.discovery, cadence: .perPeriod(8))
                try await bench.devices.declare([often, Bench.status], of: olt.id, now: bench.now)

                let report = try await bench.attend(olt, term: term, at: bench.hour)

                #expect(report.events.map(\.kind) == [.taskIntervalChanged, .taskAdded, .planAdjusted])
                #expect(try await bench.quotas(olt)[.discovery]?.required == 8)
                #expect(try await bench.quotas(olt)[.get(.status)]?.required == 6)
                #expect(try await bench.coordination.plans(of: olt.id, limit: 9).map(\.revision) == [2, 1])
            }
        }

        @Test("of an OLT that is disabled every task ends, whoever made it", arguments: RecordBackend.available)
        func disabled(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery, Bench.status])
                let other = try await bench.addOLT("OLT-2")
                let run = try await bench.nextRun(of: olt, term: term, from: bench.hour)
                let byHand = bench.task(key: "olt:\(olt.id.value)", olt: olt.id, kind: "snmp.get")
                let light = bench.task(dueIn: .seconds(9000), olt: olt.id, kind: "snmp.probe")
                let stranger = bench.task(dueIn: .seconds(9000), olt: other.id, kind: "snmp.probe")
                try await bench.admit(byHand, light, stranger)
                _ = try await bench.devices.changeOLT("OLT-1", change(isEnabled: false), now: bench.now)
                let at = run.at + .seconds(5)

                let report = try await bench.attend(olt, term: term, at: at, held: [olt.id])

                #expect(report.events.map(\.kind) == [.oltDisabled, .executionAborted])
                #expect(report.endings.answers == [run.task.id: .ending, byHand.id: .ended, light.id: .ended])
                #expect(report.endings.orders.map(\.task) == [run.task.id])
                #expect(try await bench.state(stranger.id) == .waiting)
                #expect(try await bench.quotas(olt).values.allSatisfy { $0.status == .interrupted })
                #expect(try await bench.coordination.plans(of: olt.id, limit: 1).first?.status == .aborted)
                #expect(
                    try await bench.coordination.dueBooks(limit: 9, now: at + .seconds(2)).contains(DueBook(olt: olt.id, awaitsLease: true))
                )

                try await bench.record(bench.outcome(run, .interrupted(reason: "told to")), at: at + .seconds(1))
                #expect(try await bench.state(run.task.id) == .cancelled)
                #expect(try await bench.attend(olt, term: term, at: at + .seconds(2), held: [olt.id]).events.isEmpty)
                #expect(try await bench.attend(olt, term: term, at: at + .seconds(3)).events.map(\.kind) == [.leaseCleared])

                _ = try await bench.devices.changeOLT("OLT-1", change(isEnabled: true), now: bench.now)
                #expect(try await bench.attend(olt, term: term, at: at + .seconds(4)).events.map(\.kind) == [.oltEnabled, .planAdjusted])
                let again = try await bench.nextRun(of: olt, term: term, from: at + .seconds(5))
                #expect(again.task.kind == "snmp.discovery")
                #expect(again.at <= at + .seconds(70))
            }
        }

        @Test("the book goes with its OLT, and what happened keeps the name", arguments: RecordBackend.available)
        func deleted(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                try await bench.attend(olt, term: term, at: bench.hour)
                try await bench.attend(olt, term: term, at: bench.hour + .seconds(3700))
                #expect(try await bench.devices.removeOLT("OLT-1") != .unknown)

                #expect(try await bench.coordination.book(of: olt.id) == nil)
                #expect(try await bench.attend(olt, term: term, at: bench.hour + .seconds(3800)) == AttendanceReport())
                #expect(try await bench.coordination.dueBooks(limit: 9, now: bench.hour + .seconds(9000)).isEmpty)
                #expect(try await bench.coordination.violations(ViolationFilter()).items.map(\.oltName) == ["OLT-1"])
                var filter = CoordinatorEventFilter()
                filter.olt = olt.id
                #expect(try await bench.coordination.events(filter).items.allSatisfy { $0.oltName == "OLT-1" })
                #expect(try await bench.coordination.plans(of: olt.id, limit: 9).isEmpty == false)
                #expect(try await bench.quotas(olt)[.discovery] != nil)
            }
        }
    }
}
