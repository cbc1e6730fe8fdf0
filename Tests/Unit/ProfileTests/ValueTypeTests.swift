import DeviceAdapter
import Domain
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

    @Test(
        "numbers are found inside text, before the unit that counts",
        arguments: [
            ("-19.32", "", -19.32), ("-19.32(dBm)", "dBm", -19.32), ("-19.32(dBm)", "", -19.32), ("30.67 C", "C", 30.67),
            ("0.03 mW (-14.61 dBm)", "dBm", -14.61), ("4.94 dBm", "dBm", 4.94), ("-19.32", "dBm", -19.32),
            ("0.03 mW (-14.61 dBm)", "", nil),
            ("not-available", "dBm", nil), ("", "", nil), ("N/A", "", nil), ("3.3 V", "dBm", nil), ("-", "", nil), ("1.2.3", "", nil),
        ] as [(String, String, Double?)]
    )
    func numbersInText(text: String, unit: String, number: Double?) {
        let type = Profile.ValueType.number(
            scale: 1,
            offset: 0,
            sentinels: [],
            window: -45...100,
            texts: Profile.TextNumber(unit: unit, sentinels: ["N/A"])
        )

        #expect(type.read(.octets(Array(text.utf8))) == number.map { .number($0) })
    }

    @Test("zeros in text are the sentinel 0")
    func zeroInText() {
        #expect(power.read(.octets(Array("0.000".utf8))) == nil)
    }

    @Test("a signed number in an unsigned column is unfolded", arguments: [(3459, -23.082), (5519, -18.962), (4600, -20.8), (63_036, -35)])
    func wrapped(raw: UInt32, dBm: Double) {
        let type = Profile.ValueType.number(
            scale: 0.002,
            offset: -30,
            sentinels: [65_535],
            window: -45...10,
            wrap: Profile.Wrap(above: 30_000, by: 65_536)
        )

        #expect(type.read(.gauge(raw)) == .number(dBm))
        #expect(type.read(.gauge(65_535)) == nil)
    }

    @Test("a cause says who has to do something, by its number or by its words")
    func causes() {
        let numbers = Profile.ValueType.words([13: "dying gasp", 9: "reset"], classes: ["dying gasp": .power])
        let texts = Profile.ValueType.text(sentinels: ["--"], classes: [.fibre: ["los"], .power: ["dying"]])

        #expect(numbers.read(.integer(13)) == .cause("dying gasp", .power))
        #expect(numbers.read(.integer(9)) == .word("reset"))
        #expect(texts.read(.octets(Array("LOSi".utf8))) == .cause("LOSi", .fibre))
        #expect(texts.read(.octets(Array("whatever".utf8))) == .text("whatever"))
        #expect(texts.read(.octets(Array("--".utf8))) == nil)
    }

    @Test(
        "hostile text breaks no page, log or table",
        arguments: [
            ("a\r\nSet-Cookie: b", "a  Set-Cookie: b"), ("\u{1B}[31mred", "[31mred"), ("abc\u{202E}cba", "abc cba"),
            ("  spaces\t", "spaces"),
            ("a\u{2028}b", "a b"), ("Łódź 日本", "Łódź 日本"), ("\u{7F}\u{85}x", "x"),
        ]
    )
    func hostile(text: String, shown: String) {
        #expect(Profile.ValueType.text(sentinels: []).read(.octets(Array(text.utf8))) == .text(shown))
    }

    @Test("64 KB of text are cut")
    func long() {
        guard case .text(let text) = Profile.ValueType.text(sentinels: []).read(.octets([UInt8](repeating: 0xE9, count: 65_535))) else {
            return #expect(Bool(false), "no text")
        }
        #expect(text.count == PlainText.charactersMax)
    }
}
