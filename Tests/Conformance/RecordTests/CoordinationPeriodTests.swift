import Domain
import Testing

extension RecordSuites.Coordination {
    @Suite("The end of a period")
    struct Periods {
        private static let grace = Bench.rules.grace

        @Test("a period that met its quotas leaves with its last word and without a violation", arguments: RecordBackend.available)
        func met(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                let end = bench.hour + .seconds(3600)
                try await bench.play(olt, term: term, from: bench.hour, until: end)
                try await bench.attend(olt, term: term, at: end)
                let quotas = try await self.quotas(olt, of: bench.hour, bench)
                #expect(quotas.map(\.tracker.status) == [.completed])
                #expect(quotas.map(\.tracker.completed) == [4])
                #expect(try await bench.ledger(olt).count == 4)
                #expect(try await bench.coordination.violations(ViolationFilter()).items.isEmpty)
                #expect(try await bench.coordination.plans(of: olt.id, limit: 9).last?.status == .completed)
                #expect(try await bench.coordination.book(of: olt.id)?.periods.map(\.period.start) == [end])
            }
        }

        @Test("a missed quota is one violation, whoever attends and however often", arguments: RecordBackend.available)
        func violated(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                let end = bench.hour + .seconds(3600)
                var answered = 0
                try await bench.play(olt, term: term, from: bench.hour, until: end) { _ in
                    answered += 1
                    return answered <= 2 ? .succeeded : .failed(Bench.final)
                }
                let report = try await bench.attend(olt, term: term, at: end + Self.grace)
                #expect(report.violations == 1)
                #expect(report.events.contains { $0.kind == .quotaViolation && $0.level == .critical })
                #expect(try await bench.attend(olt, term: term, at: end + Self.grace).violations == 0)
                #expect(try await bench.attend(olt, term: try await bench.lead("b"), at: end + Self.grace).violations == 0)
                let rows = try await bench.coordination.violations(ViolationFilter()).items
                #expect(rows.count == 1)
                let row = try #require(rows.first)
                #expect(row.oltName == "OLT-1")
                #expect(row.notifiedAt == nil)
                #expect(row.violation.severity == .high)
                #expect(row.violation.completion == 0.5)
                #expect(row.violation.causes == [.failing])
                #expect(row.violation.period.start == bench.hour)
                guard case .list(let operations) = row.violation.report["operations"] else { throw Missing("operations") }
                #expect(operations.count == 1)
                #expect(try await bench.coordination.violation(row.id) == row)
                #expect(try await bench.coordination.violation(row.id + 1) == nil)
            }
        }

        @Test("a boundary that nobody attended to is judged afterwards, once", arguments: RecordBackend.available)
        func downtime(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                try await bench.attend(olt, term: term, at: bench.hour)
                let later = bench.hour + .seconds(3 * 3600 + 100)
                let gap = ServiceGap(.noLeader, from: bench.hour + .seconds(60), until: later)
                try await bench.attend(olt, term: term, at: later, gaps: [gap])
                try await bench.attend(olt, term: term, at: later + .seconds(1), gaps: [gap])
                let rows = try await bench.coordination.violations(ViolationFilter()).items
                #expect(rows.map(\.violation.period.start) == [bench.hour])
                #expect(rows.first?.violation.severity == .critical)
                #expect(rows.first?.violation.causes.contains(.noLeader) == true)
            }
        }

        @Test("what still runs at the end is waited for, and counts for its period", arguments: RecordBackend.available)
        func grace(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [DeclaredOperation(.discovery, cadence: .perPeriod(1))])
                let run = try await bench.nextRun(of: olt, term: term, from: bench.hour)
                let end = bench.hour + .seconds(3600)
                #expect(try await bench.attend(olt, term: term, at: end).violations == 0)
                #expect(try await bench.coordination.book(of: olt.id)?.periods.first?.period.start == bench.hour)
                try await bench.record(bench.outcome(run, .succeeded), at: end + .seconds(5))
                #expect(try await bench.coordination.dueBooks(limit: 9, now: end + .seconds(5)).map(\.olt) == [olt.id])
                try await bench.attend(olt, term: term, at: end + .seconds(6))
                #expect(try await quotas(olt, of: bench.hour, bench).map(\.tracker.status) == [.completed])
                #expect(try await bench.coordination.violations(ViolationFilter()).items.isEmpty)
            }
        }

        private func quotas(_ olt: OLT, of period: Timestamp, _ bench: Bench) async throws -> [QuotaRow] {
            var filter = QuotaFilter()
            filter.olt = olt.id
            filter.period = period
            return try await bench.coordination.quotas(filter).items
        }
    }

    @Suite("Lists")
    struct Lists {
        @Test("lists are paged without a loss, newest first, and filtered", arguments: RecordBackend.available)
        func pages(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                var olts: [OLT] = []
                for index in 1...5 { olts.append(try await bench.addOLT("OLT-\(index)", operations: [Bench.discovery, Bench.status])) }
                for olt in olts { try await bench.attend(olt, term: term, at: bench.hour) }
                for olt in olts { try await bench.attend(olt, term: term, at: bench.hour + .seconds(3700)) }

                var quotas = QuotaFilter()
                quotas.limit = 3
                quotas.isRunning = false
                let all = try await bench.pages { cursor in
                    quotas.cursor = cursor
                    return try await bench.coordination.quotas(quotas)
                }
                #expect(all.items.count == 20)
                #expect(Set(all.items.map { "\($0.olt) \($0.period) \($0.tracker.operation)" }).count == 20)
                #expect(all.items.first?.period.start == bench.hour + .seconds(3600))
                #expect(all.items.last?.period.start == bench.hour)
                #expect(all.items.prefix(4).map(\.tracker.operation) == [.discovery, .get(.status), .discovery, .get(.status)])
                #expect(all.items.prefix(4).map(\.oltName) == ["OLT-1", "OLT-1", "OLT-2", "OLT-2"])
                #expect(all.sizes == [3, 3, 3, 3, 3, 3, 2])

                var violations = ViolationFilter()
                violations.limit = 2
                let found = try await bench.pages { cursor in
                    violations.cursor = cursor
                    return try await bench.coordination.violations(violations)
                }
                #expect(found.items.map(\.violation.olt) == olts.reversed().map(\.id))
                #expect(found.sizes == [2, 2, 1])
                violations = ViolationFilter()
                violations.severities = [.low, .medium]
                #expect(try await bench.coordination.violations(violations).items.isEmpty)
                violations.severities = [.low, .critical]
                violations.olt = olts[2].id
                #expect(try await bench.coordination.violations(violations).items.map(\.oltName) == ["OLT-3"])
                violations.since = bench.hour + .seconds(3701)
                #expect(try await bench.coordination.violations(violations).items.isEmpty)

                var events = CoordinatorEventFilter()
                events.limit = 4
                let newest = try await bench.pages { cursor in
                    events.cursor = cursor
                    return try await bench.coordination.events(events)
                }
                events.after = 0
                let oldest = try await bench.pages { cursor in
                    events.cursor = cursor
                    return try await bench.coordination.events(events)
                }
                #expect(newest.items == oldest.items.reversed())
                events = CoordinatorEventFilter()
                events.kinds = [.quotaViolation]
                #expect(try await bench.coordination.events(events).items.count == 5)
                events.kinds = []
                events.level = .critical
                #expect(try await bench.coordination.events(events).items.map(\.event.kind) == Array(repeating: .quotaViolation, count: 5))
                events.text = "olt-4 MISSED"
                #expect(try await bench.coordination.events(events).items.map(\.oltName) == ["OLT-4"])
                events.text = "%"
                #expect(try await bench.coordination.events(events).items.count == 5)
                events.after = newest.items.first?.id
                #expect(try await bench.coordination.events(events).items.isEmpty)
            }
        }

        @Test("what is at risk is found, and why", arguments: RecordBackend.available)
        func atRisk(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let calm = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                let busy = try await bench.addOLT("OLT-2", operations: [DeclaredOperation(.discovery, cadence: .perPeriod(3600))])
                try await bench.attend(calm, busy, term: term, at: bench.hour)
                var filter = QuotaFilter()
                filter.isAtRisk = true
                let found = try await bench.coordination.quotas(filter).items
                #expect(found.map(\.olt) == [busy.id])
                #expect(found.first?.tracker.risk?.contains("longer than the period") == true)
                #expect((found.first?.tracker.skipped ?? 0) > 0)
            }
        }

        @Test("turns, gaps and words of the coordinator itself are kept", arguments: RecordBackend.available)
        func own(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let record = bench.coordination
                let first = CoordinatorTick(term: term, holder: "a", at: bench.now, took: .milliseconds(7), olts: 3)
                let second = CoordinatorTick(term: term, holder: "a", at: bench.now + .seconds(5), took: .milliseconds(1), olts: 0)
                #expect(try await record.noteTick(first) == nil)
                #expect(try await record.noteTick(second) == first)
                #expect(try await record.lastTick() == second)

                let begin = bench.now
                try await record.note(ServiceGap(.noWorkers, from: begin, until: nil), term: term)
                try await record.note(ServiceGap(.noWorkers, from: begin + .seconds(5), until: nil), term: term)
                #expect(try await record.gaps(since: begin + .seconds(99)) == [ServiceGap(.noWorkers, from: begin, until: nil)])
                try await record.note(ServiceGap(.noWorkers, from: begin, until: begin + .seconds(60)), term: term)
                try await record.note(ServiceGap(.noLeader, from: begin + .seconds(1), until: begin + .seconds(9)), term: term)
                #expect(
                    try await record.gaps(since: begin) == [
                        ServiceGap(.noWorkers, from: begin, until: begin + .seconds(60)),
                        ServiceGap(.noLeader, from: begin + .seconds(1), until: begin + .seconds(9)),
                    ]
                )
                #expect(try await record.gaps(since: begin + .seconds(9)).map(\.kind) == [.noWorkers])
                // Nothing is open: there is nothing to end.
                try await record.note(ServiceGap(.noLeader, from: begin + .seconds(70), until: begin + .seconds(70)), term: term)
                #expect(try await record.gaps(since: begin + .seconds(60)).isEmpty)

                let olt = try await bench.addOLT("OLT-1")
                let events = [
                    CoordinatorEvent(.leaderChanged, .warning, olt: nil, "a leads", details: ["term": 1], at: begin),
                    CoordinatorEvent(.leaseCleared, .info, olt: olt.id, "free", at: begin),
                ]
                try await record.log(events, term: term)
                var filter = CoordinatorEventFilter()
                #expect(try await record.events(filter).items.map(\.event) == events.reversed())
                #expect(try await record.events(filter).items.map(\.oltName) == ["OLT-1", nil])
                filter.isGlobal = true
                #expect(try await record.events(filter).items.map(\.event) == [events[0]])
            }
        }

        @Test("what is old goes in batches, and what is young stays", arguments: RecordBackend.available)
        func sweep(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let record = bench.coordination
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                try await bench.play(olt, term: term, from: bench.hour, until: bench.hour + .seconds(3600))
                try await bench.attend(olt, term: term, at: bench.hour + .seconds(3700))
                let events = (0..<25).map { index in
                    CoordinatorEvent(.leaderChanged, .info, olt: nil, "\(index)", at: bench.hour - .seconds(8 * 86_400))
                }
                try await record.log(events, term: term)
                let before = try await bench.kinds(olt).count
                var keep = CoordinationRetention()

                var swept: [Int] = []
                repeat {
                    swept.append(try await record.sweep(keep, batch: 10, term: term, now: bench.hour))
                } while swept.last != 0 && swept.count < 9
                #expect(swept == [10, 10, 5, 0])
                #expect(try await bench.kinds(olt).count == before)
                #expect(try await bench.ledger(olt).count == 4)

                keep.logDays = 365
                let later = bench.hour + .seconds(31 * 86_400)
                #expect(try await record.sweep(keep, batch: 100, term: term, now: later) > 0)
                #expect(try await bench.ledger(olt).isEmpty)
                #expect(try await record.plans(of: olt.id, limit: 9).isEmpty)
                #expect(try await bench.kinds(olt).count == before)
                #expect(try await record.sweep(keep, batch: 100, term: term, now: later) == 0)
            }
        }
    }
}
