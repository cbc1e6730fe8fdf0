import OLTSimulator
import Testing

@Suite("The simulator's BER codec", .timeLimit(.minutes(1)))
struct CodecTests {
    static let values: [SimulatedValue] = [
        .integer(0), .integer(-1), .integer(127), .integer(128), .integer(-128), .integer(-129), .integer(.max), .integer(.min),
        .octets([]), .octets(Array("text".utf8)), .octets([UInt8](repeating: 0xFE, count: 300)),
        .octets([UInt8](repeating: 1, count: 70_000)),
        .null, .name(ObjectName([1, 3, 6, 1, 4_194_312_192, .max, 0])), .name(ObjectName([2, 4_294_967_295])), .name(ObjectName([0, 0])),
        .address(0x7F0A_0001), .counter32(.max), .gauge32(0), .gauge32(0x80), .timeTicks(0x8000_0000),
        .opaque([0x9F, 0x78, 4, 0, 0, 0, 0]),
        .counter64(0), .counter64(.max), .counter64(0x7FFF_FFFF_FFFF_FFFF), .counter64(0x80), .noSuchObject, .noSuchInstance, .endOfMIBView,
    ]

    @Test("every value survives encoding and decoding", arguments: values)
    func roundTrip(_ value: SimulatedValue) throws {
        let name = ObjectName([1, 3, 6, 1, 4, 1, 2011, 4_294_967_295, 0])
        let message = AgentMessage(kind: .response, requestID: -5, first: 2, second: 1, bindings: [.init(name, value), .init(name)])

        #expect(try AgentMessage(decoding: message.encoded()) == message)
    }

    @Test("a request is laid out octet by octet as X.690 and RFC 3416 say")
    func requestVector() throws {
        let bytes: [UInt8] = [
            0x30, 0x26, 0x02, 0x01, 0x01, 0x04, 0x06, 0x70, 0x75, 0x62, 0x6C, 0x69, 0x63, 0xA0, 0x19, 0x02, 0x01, 0x01, 0x02, 0x01, 0x00,
            0x02, 0x01, 0x00, 0x30, 0x0E, 0x30, 0x0C, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x02, 0x01, 0x01, 0x05, 0x00, 0x05, 0x00,
        ]
        let message = AgentMessage(kind: .get, bindings: [.init(ObjectName([1, 3, 6, 1, 2, 1, 1, 5, 0]))])

        #expect(message.encoded() == bytes)
        #expect(try AgentMessage(decoding: bytes) == message)
    }

    @Test(
        "values are written in their shortest form",
        arguments: [
            (.integer(-1), [0x02, 0x01, 0xFF]),
            (.integer(128), [0x02, 0x02, 0x00, 0x80]),
            (.integer(-129), [0x02, 0x02, 0xFF, 0x7F]),
            (.gauge32(.max), [0x42, 0x05, 0x00, 0xFF, 0xFF, 0xFF, 0xFF]),
            (.timeTicks(0), [0x43, 0x01, 0x00]),
            (.counter64(.max), [0x46, 0x09, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            (.address(0x7F0A_0102), [0x40, 0x04, 127, 10, 1, 2]),
            (.name(ObjectName([1, 3, 4_194_312_192])), [0x06, 0x06, 0x2B, 0x8F, 0xD0, 0x80, 0xC0, 0x00]),
            (.endOfMIBView, [0x82, 0x00]),
        ] as [(SimulatedValue, [UInt8])]
    )
    func valueVectors(_ value: SimulatedValue, _ bytes: [UInt8]) {
        let message = AgentMessage(kind: .response, bindings: [.init(ObjectName([1, 3]), value)])

        #expect(message.encoded().suffix(bytes.count) == bytes[...])
    }

    @Test("every truncation of a message is refused")
    func truncation() throws {
        let whole = AgentMessage(kind: .getBulk, second: 25, bindings: Self.values.prefix(11).map { .init(ObjectName([1, 3, 6, 1]), $0) })
            .encoded()

        for length in 0..<whole.count {
            #expect(throws: BERError.self) { try AgentMessage(decoding: Array(whole[..<length])) }
        }
        #expect(throws: BERError.leftOver) { try AgentMessage(decoding: whole + [0]) }
    }

    @Test("what is not the BER of SNMP is refused with its reason")
    func refusals() throws {
        func message(_ binding: [UInt8]) -> [UInt8] {
            let list = [0x30, UInt8(binding.count + 2), 0x30, UInt8(binding.count)] + binding
            let pdu = [0x02, 0x01, 0x01, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00] + list
            let inner = [0x02, 0x01, 0x01, 0x04, 0x00, 0xA0, UInt8(pdu.count)] + pdu
            return [0x30, UInt8(inner.count)] + inner
        }
        let name: [UInt8] = [0x06, 0x01, 0x2B]

        #expect(throws: Never.self) { try AgentMessage(decoding: message(name + [0x05, 0x00])) }
        #expect(throws: BERError.lengthForm) { try AgentMessage(decoding: [0x30, 0x80, 0x00, 0x00]) }
        #expect(throws: BERError.truncated) { try AgentMessage(decoding: [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]) }
        #expect(throws: BERError.integer) { try AgentMessage(decoding: message(name + [0x02, 0x00])) }
        #expect(throws: BERError.integer) { try AgentMessage(decoding: message(name + [0x02, 0x02, 0x00, 0x01])) }
        #expect(throws: BERError.integer) { try AgentMessage(decoding: message(name + [0x02, 0x05, 0x01, 0, 0, 0, 0])) }
        #expect(throws: BERError.integer) { try AgentMessage(decoding: message(name + [0x41, 0x01, 0xFF])) }
        #expect(throws: BERError.value) { try AgentMessage(decoding: message(name + [0x40, 0x03, 1, 2, 3])) }
        #expect(throws: BERError.value) { try AgentMessage(decoding: message(name + [0x05, 0x01, 0])) }
        #expect(throws: BERError.unexpectedTag(0x45)) { try AgentMessage(decoding: message(name + [0x45, 0x00])) }
        #expect(throws: BERError.name) { try AgentMessage(decoding: message([0x06, 0x00, 0x05, 0x00])) }
        #expect(throws: BERError.name) { try AgentMessage(decoding: message([0x06, 0x02, 0x2B, 0x80, 0x05, 0x00])) }
        #expect(throws: BERError.name) {
            try AgentMessage(decoding: message([0x06, 0x07, 0x2B, 0x90, 0x80, 0x80, 0x80, 0x80, 0x00, 0x05, 0x00]))
        }
        #expect(throws: BERError.version(3)) { try AgentMessage(decoding: [0x30, 0x03, 0x02, 0x01, 0x03]) }
    }

    @Test("random and damaged bytes never crash a device, and its account names them")
    func noise() throws {
        var dice = TestDice(seed: 42)
        var harness = try DeviceHarness("1.3.6.1.2.1.1.5.0|4|name\n")
        let sender = Sender(address: DeviceAddress(number: 0x7F00_0001), port: 1)
        let good = try AgentMessage.asking(.getBulk, ["1.3.6.1.2.1", "1.3.6.1.4.4194312192"], second: 10).encoded()
        var accepted = 0

        for round in 0..<4000 {
            var bytes = good
            if round.isMultiple(of: 2) {
                for _ in 0...(dice.next() % 3) { bytes[Int(dice.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: dice.next()) }
            } else {
                bytes = (0..<(dice.next() % 80)).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
            }
            if (try? AgentMessage(decoding: bytes)) != nil { accepted += 1 }
            for departure in harness.device.receive(bytes, from: sender, at: .zero) { harness.device.departed(departure) }
        }

        let account = harness.device.account
        #expect(account.requests == 4000)
        #expect(account.malformed >= 4000 - accepted)
        #expect(account.answers + account.malformed + account.wrongCommunity == 4000)
        #expect(account.answers > 0)
    }
}
