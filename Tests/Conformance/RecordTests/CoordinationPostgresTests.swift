import Domain
import Postgres
import TestSupport
import Testing
import Wire

extension RecordSuites.Coordination {
    @Suite("Books in PostgreSQL")
    struct OnPostgres {
        @Test("a book of a later version rests, its OLT's outcomes are recorded, and the others are attended to")
        func unreadable() async throws {
            try await Bench.with { bench in
                let term = try await bench.lead()
                let strange = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                let plain = try await bench.addOLT("OLT-2", operations: [Bench.discovery])
                let run = try await bench.nextRun(of: strange, term: term, from: bench.hour)
                let book = BookCodec.encode(OLTBook(OLTID(99), now: bench.hour))
                _ = try await bench.pool.query(
                    "update olt_books set book = $2, wake_at = 'epoch' where olt = $1",
                    [.int64(strange.id.value), .bytes(book)]
                )

                let report = try await bench.attend(strange, plain, term: term, at: run.at)

                #expect(report.declarations.map(\.olt) == [plain.id])
                #expect(try await bench.coordination.dueBooks(limit: 9, now: run.at).isEmpty)
                #expect(try await bench.coordination.dueBooks(limit: 9, now: run.at + .seconds(61)).map(\.olt).contains(strange.id))
                let error = await #expect(throws: RecordError.self) { try await bench.coordination.book(of: strange.id) }
                #expect("\(String(describing: error))".contains("olt:\(strange.id.value)"))
                #expect(try await bench.record(bench.outcome(run, .succeeded), at: run.at + .seconds(20)).succeeded == 1)
                #expect(try await bench.ledger(strange).isEmpty)
                #expect(try await bench.number("select count(*) from planned_tasks") == 0)
            }
        }

        @Test("a transaction that fails half-way leaves nothing")
        func rolledBack() async throws {
            try await Bench.with { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                try await bench.attend(olt, term: term, at: bench.hour)
                let before = try #require(try await bench.coordination.book(of: olt.id))
                let taken = bench.id()
                _ = try await bench.pool.query(
                    "insert into planned_tasks (task, olt) values ($1, 0)",
                    [.uuid(PostgresUUID(high: taken.high, low: taken.low))]
                )
                let attendance = Attendance(olts: [olt.id], rules: Bench.rules, term: term, makeID: { taken }, now: before.wakeAt)

                await #expect(throws: RecordError.self) { try await bench.coordination.attend(attendance) }

                #expect(try await bench.coordination.book(of: olt.id) == before)
                #expect(try await bench.taskCount() == 0)
                #expect(try await bench.attend(olt, term: term, at: before.wakeAt).emitted == 1)
            }
        }

        @Test("two transactions at once make one task of a slot, and one violation of a period")
        func atOnce() async throws {
            try await Bench.with { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                try await bench.attend(olt, term: term, at: bench.hour)
                let wakeAt = try #require(try await bench.coordination.book(of: olt.id)?.wakeAt)
                async let first = bench.attend(olt, term: term, at: wakeAt)
                async let second = bench.attend(olt, term: term, at: wakeAt)
                #expect(try await first.emitted + second.emitted == 1)
                let end = bench.hour + .seconds(3700)
                async let third = bench.attend(olt, term: term, at: end)
                async let fourth = bench.attend(olt, term: term, at: end)
                #expect(try await third.violations + fourth.violations == 1)
            }
        }

        @Test("an outcome that makes a book due wakes the loop with the OLT's id")
        func wakes() async throws {
            try await Bench.with { bench in
                let term = try await bench.lead()
                let olt = try await bench.addOLT("OLT-1", operations: [Bench.discovery])
                let run = try await bench.nextRun(of: olt, term: term, from: bench.hour)
                try await bench.attend(olt, term: term, at: run.at)
                var notes = bench.pool.notifications("flotilla_coordinator").makeAsyncIterator()
                guard case .listening = await notes.next() else { throw Missing("the listener") }

                try await bench.record(bench.outcome(run, .failed(Bench.retryable)), at: run.at + .seconds(20))

                guard case .notified(let payload) = await notes.next() else { throw Missing("a notification") }
                #expect(payload == "\(olt.id.value)")
                #expect(try await bench.coordination.dueBooks(limit: 9, now: run.at + .seconds(20)).map(\.olt) == [olt.id])
            }
        }
    }
}
