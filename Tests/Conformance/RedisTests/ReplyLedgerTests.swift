import Testing

@testable import Redis

@Suite("The reply ledger", .timeLimit(.minutes(1)))
struct ReplyLedgerTests {
    @Test("tickets start at 1 and replies find their waiters in order")
    func order() {
        var ledger = ReplyLedger<String>(inFlightMax: 10)

        let first = ledger.admit("first", deadline: 10)
        let second = ledger.admit("second", deadline: 5)

        #expect(first == 1)
        #expect(ledger.nextDeadline == 5)
        #expect(ledger.resolve(first) == "first")
        #expect(ledger.resolve(second) == "second")
        #expect(ledger.inFlight == 0)
    }

    @Test("an abandoned place counts as in flight until its reply came, and that reply finds nobody")
    func abandoned() {
        var ledger = ReplyLedger<String>(inFlightMax: 1)
        let ticket = ledger.admit("gone", deadline: 10)

        #expect(ledger.abandon(ticket) == "gone")
        #expect(ledger.abandon(ticket) == nil)
        #expect(!ledger.hasRoom(for: 1))
        #expect(ledger.resolve(ticket) == nil)
        #expect(ledger.hasRoom(for: 1))
    }

    @Test("only waiters whose deadline has come expire, and the next deadline follows")
    func expiry() {
        var ledger = ReplyLedger<String>(inFlightMax: 10)
        _ = ledger.admit("late", deadline: 30)
        _ = ledger.admit("soon", deadline: 10)

        #expect(ledger.expire(now: 20) == ["soon"])
        #expect(ledger.nextDeadline == 30)
        #expect(ledger.expire(now: 20) == [])
    }

    @Test("after the end everybody was told once and no ticket repeats")
    func end() {
        var ledger = ReplyLedger<Int>(inFlightMax: 10)
        let first = ledger.admit(1, deadline: 1)
        _ = ledger.admit(2, deadline: 1)
        _ = ledger.abandon(first)

        #expect(ledger.failAll() == [2])
        #expect(ledger.resolve(first) == nil)
        #expect(ledger.admit(3, deadline: 1) == 3)
    }

    @Test("any mix of replies, cancels and expiries answers every waiter exactly once", arguments: 0..<20)
    func randomInputs(seed: UInt64) {
        var random = Dice(seed: seed)
        var ledger = ReplyLedger<Int>(inFlightMax: 3000)
        var answered: [Int] = []
        var outstanding: [UInt] = []
        var admitted = 0
        for step in 0..<5000 {
            switch random.next() % 4 {
            case 0, 1:
                guard ledger.hasRoom(for: 1) else { continue }
                outstanding.append(ledger.admit(admitted, deadline: UInt64(step) + random.next() % 500))
                admitted += 1
            case 2:
                guard !outstanding.isEmpty else { continue }
                if let waiter = ledger.resolve(outstanding.removeFirst()) { answered.append(waiter) }
            default:
                if let ticket = outstanding.randomElement(using: &random), let waiter = ledger.abandon(ticket) { answered.append(waiter) }
                if step % 50 == 0 { answered += ledger.expire(now: UInt64(step)) }
            }
        }

        answered += ledger.failAll()

        #expect(answered.sorted() == Array(0..<admitted))
    }
}

/// A small reproducible generator (a linear congruence).
private struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 2 &+ 1 }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33 | state << 31
    }
}
