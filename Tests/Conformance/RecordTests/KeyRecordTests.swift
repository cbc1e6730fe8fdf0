import Domain
import RecordAdapter
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Keys")
    struct Keys {
        private func name(_ text: String) throws -> LockName { try #require(LockName(text)) }

        @Test("numbers for locks come from the sequence of dispatch, and only a fleet that drew none has none")
        func numbers() async throws {
            try await Bench.with { bench in
                let keys = PostgresKeyRecord(database: bench.database)
                #expect(try await keys.hasDrawn() == false)
                let first = try await keys.draw(for: try name("a"))
                #expect(try await keys.hasDrawn())
                let task = try await bench.queued(bench.task())
                #expect(task.number > first.number)
                #expect(try await keys.draw(for: try name("a")).number > task.number)
                #expect(first.standing == nil)
            }
        }

        @Test("a long lock stands until its end, for its own number alone; another is refused, and it is gone when dropped")
        func longLocks() async throws {
            try await Bench.with { bench in
                let keys = PostgresKeyRecord(database: bench.database)
                let lock = try name("olt:17")
                let first = try await keys.draw(for: lock).number
                #expect(try await keys.keep(lock, first, holder: "ada", for: .seconds(600)))
                #expect(try await keys.keep(lock, first, holder: "ada", for: .seconds(900)))

                let draw = try await keys.draw(for: lock)
                #expect(draw.standing?.number == first)
                #expect(draw.standing?.holder == "ada")
                #expect(try await keys.keep(lock, draw.number, holder: "bob", for: .seconds(600)) == false)
                try await keys.drop(lock, draw.number)
                #expect(try await keys.draw(for: lock).standing?.number == first)
                try await keys.drop(lock, first)
                #expect(try await keys.draw(for: lock).standing == nil)

                #expect(try await keys.keep(lock, draw.number, holder: "bob", for: .milliseconds(1)))
                try await eventually("it has ended") { try await keys.draw(for: lock).standing == nil }
                #expect(try await keys.keep(lock, first, holder: "ada", for: .seconds(600)))
            }
        }

        @Test("waiters are the blocked tasks of a key")
        func waiters() async throws {
            try await Bench.with { bench in
                let keys = PostgresKeyRecord(database: bench.database)
                try await bench.admit(bench.task(key: "k"), bench.task(key: "k"), bench.task(key: "k"), bench.task(key: "l"))
                let (k, l) = (try #require(ExclusionKey("k")), try #require(ExclusionKey("l")))
                #expect(try await keys.waiters(for: [k, l]) == [k: 2])
                #expect(try await keys.waiters(for: []) == [:])
            }
        }
    }
}
