import DeviceAdapter
import SNMP
import Testing

@Suite("Cells in the words of the domain")
struct ValueTypeTests {
    private let power = Profile.ValueType.number(scale: 0.01, offset: 0, sentinels: [2_147_483_647, 0], window: -45...10)

    @Test("powers are scaled; sentinels, zeros and implausible numbers are no reading")
    func powers() {
        #expect(power.read(.integer(-1414)) == .number(-14.14))
        #expect(power.read(.integer(2_147_483_647)) == nil)
        #expect(power.read(.integer(0)) == nil)
        #expect(power.read(.integer(-9999)) == nil)
        #expect(power.read(.octets(Array("-19.32".utf8))) == nil)
        #expect(power.read(.noSuchInstance) == nil)
    }

    @Test("the OLT's own measure has an offset")
    func offset() {
        let type = Profile.ValueType.number(scale: 0.01, offset: -100, sentinels: [], window: -45...10)

        #expect(type.read(.integer(8064)) == .number(-19.36))
    }

    @Test(
        "serials come as raw bytes, hexadecimal digits or text",
        arguments: [
            ([0x48, 0x57, 0x54, 0x43, 0x1A, 0x2B, 0x3C, 0x4D], "HWTC1A2B3C4D"),
            (Array("485754431A2B3C4D".utf8), "HWTC1A2B3C4D"),
            (Array("UBNT20731888".utf8), "UBNT20731888"),
            (Array("UBNT2073c4ae".utf8), "UBNT2073C4AE"),
            (Array("ubnt no hex!".utf8), "ubnt no hex!"),
            (Array("1,HWTC1A2B3C4D".utf8), "HWTC1A2B3C4D"),
        ] as [([UInt8], String)]
    )
    func serials(bytes: [UInt8], text: String) {
        #expect(Profile.ValueType.serial.read(.octets(bytes)) == .text(text))
    }

    @Test("no serial is no serial")
    func noSerial() {
        #expect(Profile.ValueType.serial.read(.octets([])) == nil)
        #expect(Profile.ValueType.serial.read(.octets([UInt8](repeating: 0, count: 8))) == nil)
    }

    @Test("texts of any code page are repaired, and words that mean nothing are left out")
    func texts() {
        let type = Profile.ValueType.text(sentinels: ["ONT_NO_DESCRIPTION"])

        #expect(type.read(.octets(Array("Jos".utf8) + [0xE9])) == .text("Jos\u{FFFD}"))
        #expect(type.read(.octets(Array("ONT_NO_DESCRIPTION".utf8))) == nil)
        #expect(type.read(.octets([])) == nil)
        #expect(type.read(.octets(Array("box".utf8) + [0, 0x41])) == .text("box"))
    }

    @Test("numbers that stand for words; others are unknown")
    func words() {
        let type = Profile.ValueType.words([1: "online", 2: "offline"])

        #expect(type.read(.integer(1)) == .word("online"))
        #expect(type.read(.integer(-1)) == nil)
    }

    @Test("a MAC is six bytes")
    func mac() {
        #expect(Profile.ValueType.mac.read(.octets([0, 0x1B, 2, 3, 4, 0xFF])) == .text("00:1b:02:03:04:ff"))
        #expect(Profile.ValueType.mac.read(.octets([1, 2, 3])) == nil)
    }
}
