import Domain
import RecordAdapter
import Testing

extension RecordSuites {
    @Suite("Open violations")
    struct OutboxTests {
        /// OLTs that were never asked in a whole period, and the time at which that was judged.
        private func violations(_ count: Int, _ bench: Bench, term: Term) async throws -> Timestamp {
            let end = bench.hour + .seconds(3600)
            let judged = end + Bench.rules.grace
            for number in 1...count {
                let olt = try await bench.addOLT("OLT-\(number)", operations: [Bench.discovery])
                try await bench.attend(olt, term: term, at: bench.hour)
                let report = try await bench.attend(olt, term: term, at: judged)
                #expect(report.violations == 1)
            }
            return judged
        }

        @Test("a violation is open until it is noted that people know, which is noted once", arguments: RecordBackend.available)
        func notified(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let now = try await violations(2, bench, term: term)
                let open = try await bench.outbox.open(limit: 10, now: now)
                #expect(open.map(\.row.oltName) == ["OLT-1", "OLT-2"])
                #expect(open.map(\.tries) == [0, 0])
                #expect(open.first?.row == (try await bench.coordination.violation(open[0].row.id)))
                #expect(try await bench.outbox.open(limit: 1, now: now).count == 1)

                try await bench.outbox.notified(open[0].row.id, term: term, now: now + .seconds(1))
                try await bench.outbox.notified(open[0].row.id, term: term, now: now + .seconds(9))

                #expect(try await bench.outbox.open(limit: 10, now: now).map(\.row.oltName) == ["OLT-2"])
                #expect(try await bench.coordination.violation(open[0].row.id)?.notifiedAt == now + .seconds(1))
            }
        }

        @Test(
            "what nobody took comes again at its time, after those that were never tried, with its tries",
            arguments: RecordBackend.available
        )
        func failed(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let now = try await violations(2, bench, term: term)
                let first = try await bench.outbox.open(limit: 1, now: now)[0].row.id

                try await bench.outbox.failed(first, error: "no\u{0} paper", again: now + .seconds(30), term: term)
                #expect(try await bench.outbox.open(limit: 10, now: now).map(\.row.oltName) == ["OLT-2"])
                let later = try await bench.outbox.open(limit: 10, now: now + .seconds(30))
                #expect(later.map(\.row.oltName) == ["OLT-2", "OLT-1"])
                #expect(later.map(\.tries) == [0, 1])
            }
        }

        @Test("a leader that was deposed notes nothing", arguments: RecordBackend.available)
        func deposed(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let term = try await bench.lead()
                let now = try await violations(1, bench, term: term)
                let id = try await bench.outbox.open(limit: 1, now: now)[0].row.id
                _ = try await bench.lead("b")

                await #expect(throws: RecordError.deposed(term: term)) { try await bench.outbox.notified(id, term: term, now: now) }
                await #expect(throws: RecordError.deposed(term: term)) {
                    try await bench.outbox.failed(id, error: "no", again: now + .seconds(30), term: term)
                }
                #expect(try await bench.outbox.open(limit: 1, now: now).map(\.tries) == [0])
            }
        }
    }
}
