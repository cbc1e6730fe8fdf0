import Domain
import RecordAdapter
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Leaders")
    struct Leaders {
        @Test("the first comes with term 1, and each who takes over has the next", arguments: RecordBackend.available)
        func terms(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let leaders = bench.leaders
                #expect(try await leaders.look(.coordinator) == nil)

                #expect(try await leaders.claim(.coordinator, for: "a", seen: nil, now: bench.now) == Term(1))
                #expect(try await leaders.claim(.coordinator, for: "b", seen: nil, now: bench.now) == nil)
                let first = try #require(try await leaders.look(.coordinator))
                #expect(first.holder == "a" && first.term == Term(1) && first.beganAt == bench.now)

                #expect(try await leaders.claim(.coordinator, for: "b", seen: first.mark, now: bench.now + .seconds(9)) == Term(2))
                #expect(try await leaders.claim(.coordinator, for: "c", seen: first.mark, now: bench.now + .seconds(9)) == nil)
                #expect(try await leaders.look(.coordinator)?.holder == "b")
                #expect(try await leaders.look(.coordinator)?.beganAt == bench.now + .seconds(9))
            }
        }

        @Test("only its holder renews a term, and who saw an older mark takes nothing over", arguments: RecordBackend.available)
        func renewals(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let leaders = bench.leaders
                _ = try await leaders.claim(.coordinator, for: "a", seen: nil, now: bench.now)
                let seen = try #require(try await leaders.look(.coordinator)).mark

                #expect(try await leaders.renew(.coordinator, by: "b", term: Term(1), now: bench.now) == false)
                #expect(try await leaders.renew(.coordinator, by: "a", term: Term(2), now: bench.now) == false)
                #expect(try await leaders.look(.coordinator)?.mark == seen)
                #expect(try await leaders.renew(.coordinator, by: "a", term: Term(1), now: bench.now + .seconds(2)))
                #expect(try await leaders.look(.coordinator)?.mark == LeaderMark(term: Term(1), renewals: 1))
                #expect(try await leaders.look(.coordinator)?.renewedAt == bench.now + .seconds(2))
                #expect(try await leaders.claim(.coordinator, for: "b", seen: seen, now: bench.now) == nil)
            }
        }

        @Test("who resigns leaves the term to its successor, and says so", arguments: RecordBackend.available)
        func resigning(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let leaders = bench.leaders
                _ = try await leaders.claim(.coordinator, for: "a", seen: nil, now: bench.now)
                try await leaders.resign(.coordinator, by: "b", term: Term(1))
                #expect(try await leaders.look(.coordinator)?.holder == "a")

                let heard = Heard()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await leaders.listen { heard.note() } }
                    // Hints are lost while nobody listens yet.
                    try await eventually("it listens") { try await bench.turn(.leaves) && heard.count > 0 }
                    // One hint from before may be under way and stand for another: two of each kind.
                    for step in [LeaderTurn.comes, .leaves, .comes, .leaves] {
                        let before = heard.count
                        #expect(try await bench.turn(step))
                        try await eventually("\(step) is heard") { heard.count > before }
                    }
                    group.cancelAll()
                }

                let empty = try #require(try await leaders.look(.coordinator))
                #expect(empty.holder == nil)
                #expect(try await leaders.renew(.coordinator, by: "a", term: empty.term, now: bench.now) == false)
                #expect(try await leaders.claim(.coordinator, for: "b", seen: empty.mark, now: bench.now) == Term(empty.term.value + 1))
            }
        }

        @Test("a write under a term that is over is refused, and nothing of it stands")
        func staleWrite() async throws {
            try await Bench.with { bench in
                let leaders = bench.leaders
                _ = try await leaders.claim(.coordinator, for: "a", seen: nil, now: bench.now)
                let old = LeaderGuard(.coordinator, term: Term(1))
                try await bench.writeTick(under: old, holder: "a")
                #expect(try await bench.number("select term from coordinator_ticks") == 1)

                let seen = try #require(try await leaders.look(.coordinator)).mark
                _ = try await leaders.claim(.coordinator, for: "b", seen: seen, now: bench.now)
                await #expect(throws: RecordError.deposed(term: Term(1))) { try await bench.writeTick(under: old, holder: "a") }
                try await bench.writeTick(under: LeaderGuard(.coordinator, term: Term(2)), holder: "b")
                #expect(try await bench.number("select term from coordinator_ticks") == 2)

                try await leaders.resign(.coordinator, by: "b", term: Term(2))
                await #expect(throws: RecordError.deposed(term: Term(2))) {
                    try await bench.writeTick(under: LeaderGuard(.coordinator, term: Term(2)), holder: "b")
                }
            }
        }

        @Test("a leader that freezes inside a transaction is put out, and renewals do not wait for its transactions")
        func frozenInside() async throws {
            try await Bench.with { bench in
                let leaders = bench.leaders
                _ = try await leaders.claim(.coordinator, for: "a", seen: nil, now: bench.now)
                let gate = Gate()

                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        await #expect(throws: RecordError.self) {
                            try await bench.writeTick(under: LeaderGuard(.coordinator, term: Term(1)), holder: "a") {
                                await gate.arrive()
                            }
                        }
                    }
                    await gate.untilArrived()
                    #expect(try await leaders.renew(.coordinator, by: "a", term: Term(1), now: bench.now))
                    let seen = try #require(try await leaders.look(.coordinator)).mark
                    // Waits for the frozen transaction until the server has put it out.
                    #expect(try await leaders.claim(.coordinator, for: "b", seen: seen, now: bench.now) == Term(2))
                    await gate.open()
                    try await group.waitForAll()
                }
                #expect(try await bench.number("select count(*) from coordinator_ticks") == 0)
            }
        }

        @Test("of many who claim at once exactly one has each term", arguments: RecordBackend.available)
        func crowd(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let leaders = bench.leaders
                for round in 1...5 {
                    let seen = try await leaders.look(.coordinator)?.mark
                    let terms = try await withThrowingTaskGroup(of: Term?.self) { group in
                        for candidate in 0..<8 {
                            group.addTask { try await leaders.claim(.coordinator, for: "c\(candidate)", seen: seen, now: bench.now) }
                        }
                        return try await group.reduce(into: [Term]()) { terms, term in term.map { terms.append($0) } }
                    }
                    #expect(terms == [Term(Int64(round))])
                }
            }
        }
    }
}
