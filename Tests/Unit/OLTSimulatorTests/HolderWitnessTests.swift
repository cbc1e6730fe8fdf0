import OLTSimulator
import Testing

@Suite("The witness of holders", .timeLimit(.minutes(1)))
struct HolderWitnessTests {
    /// Numbers and letters (untagged senders) in the order of their PDUs, one each second unless told otherwise.
    private func witness(_ pdus: String, every pause: Duration = .seconds(1)) -> HolderWitness {
        var witness = HolderWitness()
        var now: Duration = .zero
        for word in pdus.split(separator: " ") {
            now += pause
            if let number = UInt64(word) {
                witness.note(.number(number), at: now)
            } else {
                let port = UInt16(word.utf8.first ?? 0)
                witness.note(.sender(Sender(address: DeviceAddress(number: 0x7F00_0001), port: port)), at: now)
            }
        }
        return witness
    }

    @Test(
        "numbers whose spans cross overlap once for each pair; one late PDU is a stray",
        arguments: [
            ("", 0, 0), ("1", 0, 0), ("1 1 1 2 2 3", 0, 0),
            ("1 2 1", 0, 1), ("1 2 1 2", 0, 1), ("1 2 2 1", 0, 1),
            ("1 2 1 1", 1, 0), ("1 2 1 2 1 2 1", 1, 0),
            ("1 2 3 1 1", 2, 0), ("1 2 1 1 3 1", 2, 0), ("1 2 1 3 2", 0, 2), ("1 2 3 2 1 2 1", 3, 0),
            ("2 1", 0, 1), ("2 1 1", 1, 0),
        ] as [(String, Int, Int)]
    )
    func numbers(_ pdus: String, overlaps: Int, strays: Int) {
        let witness = witness(pdus)

        #expect(witness.overlaps == overlaps)
        #expect(witness.strays == strays)
    }

    @Test(
        "untagged senders that interleave overlap, also with a number; a stray is not theirs",
        arguments: [("a a b b", 0), ("a b a", 1), ("a b a b a b", 1), ("a b c a", 2), ("a 7 a", 1), ("7 a 7", 1), ("7 a 8", 0)]
            as [(String, Int)]
    )
    func senders(_ pdus: String, overlaps: Int) {
        let witness = witness(pdus, every: .milliseconds(100))

        #expect(witness.overlaps == overlaps)
        #expect(witness.strays == 0)
    }

    @Test("a pause ends the span of an untagged sender, not that of a number")
    func pauses() {
        #expect(witness("a b a", every: .seconds(3)).overlaps == 0)
        #expect(witness("a b a", every: .seconds(3)).holders.count == 3)
        #expect(witness("1 2 1 1", every: .seconds(3)).overlaps == 1)
    }

    @Test("a span tells its first and last PDU and their count")
    func spans() throws {
        let holders = witness("5 5 6 6 6").holders

        #expect(holders.map(\.holder) == [.number(5), .number(6)])
        #expect(holders.map(\.first) == [.seconds(1), .seconds(3)])
        #expect(holders.map(\.last) == [.seconds(2), .seconds(5)])
        #expect(holders.map(\.pdus) == [2, 3])
    }

    @Test("old spans are forgotten, what they did stays counted, and late ones are still late")
    func forgetting() {
        var witness = witness("1 2 1 1")
        for number in 3...UInt64(HolderWitness.spansMax + 500) { witness.note(.number(number), at: .seconds(Int64(number) + 10)) }

        #expect(witness.holders.count <= HolderWitness.spansMax)
        #expect(witness.holders.count >= HolderWitness.spansMax * 9 / 10)
        #expect(witness.overlaps == 1)
        witness.note(.number(4), at: .seconds(9000))
        #expect(witness.strays == 1)
        #expect(witness.overlaps == 1)
    }

    @Test("light requests are not heavy: GETs of the system group alone, and one step by somebody without a number")
    func light() throws {
        var device = try DeviceHarness("1.3.6.1.2.1.1.3.0|67|5\n1.3.6.1.2.1.2.1.0|2|1\n")

        _ = try device.ask(.get, ["1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.2.0"])
        #expect(device.device.witness.holders.isEmpty)
        _ = try device.ask(.get, ["1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.2.1.0"])
        #expect(device.device.witness.holders.map(\.pdus) == [1])
        _ = try device.ask(.getNext, ["1.3.6.1.2.1.1"])
        #expect(device.device.witness.holders.map(\.pdus) == [1])
        _ = try device.ask(.getBulk, ["1.3.6.1.2.1.1"], second: 5)
        #expect(device.device.witness.holders.map(\.pdus) == [2])
        _ = try device.answer(.asking(.getNext, ["1.3.6.1.2.1.1"], community: "public#7"))
        #expect(device.device.witness.holders.map(\.pdus) == [2, 1])
    }
}
