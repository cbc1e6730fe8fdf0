import Domain
import Postgres
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Letter retention")
    struct LetterRetentions {
        @Test("the newest letters of each class are kept, in many small steps, and what went is told")
        func perClass() async throws {
            try await Bench.with { bench in
                try await bench.manyLetters(12_000)
                var keeping = LetterKeeping()
                keeping.perClass = 100
                _ = try await bench.drop([1, 6])
                let trims = try await bench.letters.trim(keeping, now: bench.now)
                #expect(trims.count == 5)
                #expect(trims.allSatisfy { $0.removed == 2300 })
                #expect(trims.reduce(0) { $0 + $1.open } == 11_500 - 2)
                #expect(try await bench.number("select count(*) from letters") == 500)
                #expect(try await bench.number("select min(id) from letters") == 11_501)
                #expect(try await bench.letters.trim(keeping, now: bench.now).isEmpty)
            }
        }

        @Test("a kind with a number of its own does not count for its class")
        func perKind() async throws {
            try await Bench.with { bench in
                try await bench.manyLetters(1000, kinds: ["noop", "fail"])
                var keeping = LetterKeeping()
                keeping.perClass = 20
                keeping.perKind = ["fail": 300]
                let trims = try await bench.letters.trim(keeping, now: bench.now)
                #expect(trims.contains(LetterTrim(group: .kind("fail"), removed: 200, open: 200)))
                #expect(try await bench.number("select count(*) from letters where kind = 'fail'") == 300)
                #expect(try await bench.number("select count(*) from letters where kind = 'noop'") == 100)
            }
        }

        @Test("letters are left alone while a batch runs, not for ever")
        func underWay() async throws {
            try await Bench.with { bench in
                try await bench.manyLetters(100)
                var keeping = LetterKeeping()
                keeping.perClass = 1
                let order = LetterOrder(.retry, .filter(LetterFilter()), perSecond: 1)
                let batch = try await bench.letters.start(order, now: bench.now)
                #expect(try await bench.letters.trim(keeping, now: bench.now).isEmpty)
                #expect(try await !bench.letters.trim(keeping, now: bench.now + .seconds(3601)).isEmpty)
                _ = try await bench.letters.stop(batch.id, now: bench.now)
                keeping.batchesMax = 0
                _ = try await bench.letters.trim(keeping, now: bench.now)
                #expect(try await bench.letters.batch(batch.id) == nil)
            }
        }

        @Test("evidence goes with its letter; without one it is kept for a time, and at most a number of it")
        func evidence() async throws {
            try await Bench.with { bench in
                func note(_ numbers: ClosedRange<Int64>, at time: Timestamp) async throws {
                    for number in numbers {
                        try await bench.attach(
                            DeadMessage(
                                task: bench.id(),
                                number: DispatchNumber(number),
                                reason: "rejected",
                                firstQueue: nil,
                                body: [1],
                                contentType: nil
                            ),
                            at: time
                        )
                    }
                }
                try await bench.manyLetters(2)
                _ = try await bench.pool.query("update letters set number = 900000 + id, class = 0")
                try await note(900_001...900_002, at: bench.now - .seconds(30 * 86_400))
                try await note(1...3, at: bench.now - .seconds(8 * 86_400))
                try await note(4...9, at: bench.now - .seconds(60))
                var keeping = LetterKeeping()
                _ = try await bench.letters.trim(keeping, now: bench.now)
                #expect(try await bench.number("select count(*) from evidence") == 8)
                keeping.perClass = 1
                _ = try await bench.letters.trim(keeping, now: bench.now)
                #expect(try await bench.number("select count(*) from evidence where number > 900000") == 1)
                keeping.evidenceMax = 2
                _ = try await bench.letters.trim(keeping, now: bench.now)
                #expect(try await bench.number("select count(*) from evidence where number < 900000") <= 2)
            }
        }
    }
}
