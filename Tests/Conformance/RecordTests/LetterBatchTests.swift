import Domain
import Postgres
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Letter batches")
    struct LetterBatches {
        @Test("a batch retries every letter exactly once, part by part, although it is interrupted and several work on it")
        func exactlyOnce() async throws {
            try await Bench.with { bench in
                try await bench.manyLetters(1000)
                let batch = try await bench.letters.start(LetterOrder(.retry, .filter(LetterFilter())), now: bench.now)
                #expect(batch.total == 1000)
                #expect(batch.state == .running)
                // A part of it, then somebody who is cut off inside of a part, then four at once.
                _ = try await bench.letters.workBatch(chunkMax: 70, makeID: { bench.id() }, now: bench.now)
                try await cutOff(bench)
                let half = try #require(try await bench.letters.batch(batch.id))
                #expect(half.done == 70)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            while try await bench.letters.batch(batch.id)?.state == .running {
                                _ = try await bench.letters.workBatch(chunkMax: 70, makeID: { bench.id() }, now: bench.now)
                            }
                        }
                    }
                    try await group.waitForAll()
                }

                let over = try #require(try await bench.letters.batch(batch.id))
                #expect(over.state == .done)
                #expect(over.done == 1000)
                #expect(over.leftOpen == 0)
                #expect(over.finishedAt != nil)
                #expect(try await bench.number("select count(*) from tasks where retry_of is not null") == 1000)
                #expect(try await bench.number("select count(distinct retry_of) from tasks where retry_of is not null") == 1000)
                #expect(try await bench.number("select count(*) from letters where state = 'retried' and retried_as is not null") == 1000)
                #expect(try await bench.letters.openLetters() == 0)
                let after = try await bench.letters.workBatch(chunkMax: 70, makeID: { bench.id() }, now: bench.now)
                #expect(after == .idle)
            }
        }

        /// Retries a part in a transaction that never commits, as when the process is killed.
        private func cutOff(_ bench: Bench) async throws {
            let other = try Bench.pool(bench.url)
            try await other.withConnection { connection throws(PostgresError) in
                try await connection.begin()
                _ = try await connection.query("select id from letter_batches where state = 'running' for update")
                _ = try await connection.query(
                    "update letters set state = 'retried', retried_as = gen_random_uuid() where id in (select min(id) + 70 from letters)"
                )
                #expect(try await connection.query("select count(*) from letters where state = 'retried'").rows[0].int64(0) == 71)
                try await connection.rollback()
            }
            await other.close()
        }

        @Test("a rate is kept: a part is a fifth of a second's worth, and the next waits for its time")
        func rate() async throws {
            try await Bench.with { bench in
                try await bench.manyLetters(25)
                let batch = try await bench.letters.start(LetterOrder(.retry, .filter(LetterFilter()), perSecond: 50), now: bench.now)
                let first = try await bench.letters.workBatch(chunkMax: 500, makeID: { bench.id() }, now: bench.now)
                #expect(first == .worked(batch: batch.id, verb: .retry, done: 10, leftOpen: 0, isOver: false))
                let early = try await bench.letters.workBatch(chunkMax: 500, makeID: { bench.id() }, now: bench.now)
                #expect(early == .later(bench.now + .milliseconds(200)))
                #expect(try await bench.workBatches(at: bench.now + .milliseconds(200)).count == 1)
                #expect(try await bench.workBatches(at: bench.now + .milliseconds(400)).count == 1)
                #expect(try await bench.letters.batch(batch.id)?.state == .done)
                #expect(try await bench.letters.openLetters() == 0)
            }
        }

        @Test("a stopped batch stays stopped, and what it did stays done; a stop of none says so")
        func stop() async throws {
            try await Bench.with { bench in
                try await bench.manyLetters(30)
                let batch = try await bench.letters.start(LetterOrder(.drop, .filter(LetterFilter())), now: bench.now)
                _ = try await bench.letters.workBatch(chunkMax: 10, makeID: { bench.id() }, now: bench.now)
                let stopped = try #require(try await bench.letters.stop(batch.id, now: bench.now))
                #expect(stopped.state == .stopped)
                #expect(stopped.done == 10)
                #expect(try await bench.workBatches().isEmpty)
                #expect(try await bench.letters.openLetters() == 20)
                #expect(try await bench.letters.stop(999, now: bench.now) == nil)
                #expect(try await bench.letters.batches(limit: 10, cursor: nil).items.map(\.id) == [batch.id])
            }
        }

        @Test("a batch takes what its filter or its ids name and nothing that died after it began")
        func selection() async throws {
            try await Bench.with { bench in
                try await bench.manyLetters(90, kinds: ["noop", "fail"])
                var filter = LetterFilter()
                filter.kind = "fail"
                filter.reason = .exhausted
                filter.taskClass = .io
                filter.errorClass = "device_silent"
                filter.text = "NO ANSWER from"
                filter.diedFrom = bench.now - .seconds(2 * 86_400)
                let expected = try await bench.number(
                    """
                    select count(*) from letters
                    where kind = 'fail' and reason = 'exhausted' and class = 1 and error_class = 'device_silent'
                    """
                )
                #expect(expected > 0)
                let order = LetterOrder(.retry, .filter(filter), priority: .low)
                let batch = try await bench.letters.start(order, now: bench.now)
                #expect(batch.total == expected)
                try await bench.manyLetters(90, kinds: ["noop", "fail"])
                try await bench.workBatches(chunkMax: 2)
                #expect(try await bench.letters.batch(batch.id)?.done == expected)
                #expect(try await bench.number("select count(*) from tasks where retry_of is not null and priority = 5") == expected)

                let ids = try await bench.letters.letters(LetterFilter()).items.prefix(3).map(\.id) + [999_999]
                let named = try await bench.letters.start(LetterOrder(.drop, .ids(ids)), now: bench.now)
                try await bench.workBatches(chunkMax: 2)
                let over = try #require(try await bench.letters.batch(named.id))
                #expect(over.done == 3)
                #expect(over.leftOpen == 1)
                #expect(over.order == LetterOrder(.drop, .ids(ids.sorted())))
            }
        }

        @Test("a letter that the database refuses is left open, and the batch goes on behind it")
        func refused() async throws {
            try await Bench.with { bench in
                try await bench.manyLetters(20)
                // The database itself objects to one of them.
                _ = try await bench.pool.query(
                    "alter table letters add constraint no check (state <> 'retried' or id <> 7)"
                )
                let batch = try await bench.letters.start(LetterOrder(.retry, .filter(LetterFilter())), now: bench.now)
                try await bench.workBatches(chunkMax: 5)
                let over = try #require(try await bench.letters.batch(batch.id))
                #expect(over.state == .done)
                #expect(over.done == 19)
                #expect(over.leftOpen == 1)
                #expect(try await bench.number("select count(*) from tasks where retry_of is not null") == 19)
            }
        }
    }
}
