import Testing

@testable import AMQP

@Suite("The ledger of confirms", .timeLimit(.minutes(1)))
struct ConfirmLedgerTests {
    typealias Ledger = ConfirmLedger<Int>

    @Test("a single confirm closes its own number only")
    func single() {
        var ledger = Ledger(window: 8)
        for token in 1...3 { ledger.record(token, messageID: "") }
        var closed: [Int] = []

        #expect(ledger.settle(2, multiple: false, accepted: true) { token, _ in closed.append(token) } == true)
        #expect(ledger.settle(2, multiple: false, accepted: true) { token, _ in closed.append(token) } == false)

        #expect(closed == [2])
        #expect(ledger.openCount == 2)
    }

    @Test("the window spans from the lowest open number, so that one straggler holds it")
    func window() {
        var ledger = Ledger(window: 4)
        for token in 1...4 { ledger.record(token, messageID: "") }

        #expect(ledger.settle(2, multiple: false, accepted: true) { _, _ in } == true)
        #expect(ledger.room == 0)
        #expect(ledger.settle(1, multiple: false, accepted: true) { _, _ in } == true)

        #expect(ledger.room == 2)
    }

    @Test("zero with multiple means everything, and numbers never sent change nothing")
    func edges() {
        var ledger = Ledger(window: 4)
        for token in 1...3 { ledger.record(token, messageID: "") }
        var closed: [Int] = []

        #expect(ledger.settle(4, multiple: true, accepted: true) { token, _ in closed.append(token) } == false)
        #expect(ledger.settle(0, multiple: false, accepted: true) { token, _ in closed.append(token) } == false)
        #expect(ledger.settle(0, multiple: true, accepted: true) { token, _ in closed.append(token) } == true)

        #expect(closed == [1, 2, 3])
        #expect(ledger.openCount == 0)
    }

    @Test("a return marks the oldest open message of its id, and a nack outweighs it")
    func returns() {
        var ledger = Ledger(window: 8)
        for (token, id) in [(1, "a"), (2, "b"), (3, "a"), (4, "")] { ledger.record(token, messageID: id) }
        var verdicts: [Int: Ledger.Verdict] = [:]

        #expect((ledger.noteReturn(messageID: "a", code: 312, text: "NO_ROUTE")) == true)
        #expect((ledger.noteReturn(messageID: "b", code: 312, text: "NO_ROUTE")) == true)
        #expect((ledger.noteReturn(messageID: "", code: 312, text: "NO_ROUTE")) == false)
        #expect((ledger.noteReturn(messageID: "z", code: 312, text: "NO_ROUTE")) == false)
        _ = ledger.settle(2, multiple: false, accepted: false) { verdicts[$0] = $1 }
        _ = ledger.settle(4, multiple: true, accepted: true) { verdicts[$0] = $1 }

        #expect(verdicts[1] == .returned(code: 312, text: "NO_ROUTE"))
        #expect(verdicts[2] == .nacked)
        #expect(verdicts[3] == .confirmed)
        #expect(verdicts[4] == .confirmed)
    }

    @Test("whatever the broker answers in whatever order, every message gets exactly one verdict", arguments: 0..<200)
    func random(seed: UInt64) {
        var dice = SplitMix(state: seed)
        var ledger = Ledger(window: 16)
        var model: [UInt64: Int] = [:]
        var verdicts: [Int: Int] = [:]
        var lastNumber: UInt64 = 0

        for _ in 0..<400 {
            switch Int.random(in: 0..<10, using: &dice) {
            case 0..<5 where ledger.room > 0:
                lastNumber += 1
                model[lastNumber] = Int(lastNumber)
                ledger.record(Int(lastNumber), messageID: "m\(lastNumber)")
            case 5: _ = ledger.noteReturn(messageID: "m\(UInt64.random(in: 0...lastNumber + 1, using: &dice))", code: 312, text: "")
            default:
                let number = UInt64.random(in: 0...lastNumber + 2, using: &dice)
                let multiple = Bool.random(using: &dice)
                let known = number <= lastNumber
                let expected =
                    !known ? [] : multiple ? model.keys.filter { number == 0 || $0 <= number } : model.keys.filter { $0 == number }
                var closed: [Int] = []
                _ = ledger.settle(number, multiple: multiple, accepted: Bool.random(using: &dice)) { token, _ in closed.append(token) }
                #expect(Set(closed) == Set(expected.map(Int.init)))
                for token in closed { verdicts[token, default: 0] += 1 }
                for number in expected { model[number] = nil }
            }
            #expect(ledger.openCount == model.count)
            let lowest = model.keys.min() ?? lastNumber + 1
            #expect(ledger.room == 16 - Int(lastNumber + 1 - lowest))
        }
        ledger.abandonAll { verdicts[$0, default: 0] += 1 }

        #expect(verdicts.count == Int(lastNumber))
        #expect(verdicts.values.allSatisfy { $0 == 1 })
    }
}

/// A small generator whose runs can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
