import DeviceAdapter
import SNMP
import Testing

@Suite("Three ways to read an index")
struct IndexFormTests {
    private let huawei = IndexForm(
        parts: [
            .bits(base: 4_194_304_000, fields: [.init(name: "slot", shift: 13, width: 6), .init(name: "port", shift: 8, width: 5)]),
            .number("ont"),
        ],
        port: "0/{slot}/{port}",
        onu: "ont"
    )
    private let packed = IndexForm(
        parts: [
            .bits(
                base: 0,
                fields: [
                    .init(name: "device", shift: 24, width: 8), .init(name: "slot", shift: 16, width: 8),
                    .init(name: "pon", shift: 8, width: 8),
                    .init(name: "onu", shift: 0, width: 8),
                ]
            )
        ],
        port: "{slot}/{pon}",
        onu: "onu"
    )
    private let text = IndexForm(parts: [.text("serial")], port: nil, onu: nil)

    @Test("bit fields of an ifIndex beyond 2^31, then a number")
    func bits() throws {
        let read = try #require(huawei.read([4_194_312_192 + 3 * 256, 7], suffix: []))

        #expect(read.index == "4194312960.7")
        #expect(read.place.port == "0/1/3")
        #expect(read.place.onuID == 7)
    }

    @Test("one packed number, with arcs behind it")
    func packedNumber() throws {
        let read = try #require(packed.read([16_780_545, 0, 0], suffix: [0, 0]))

        #expect(read.index == "16780545")
        #expect(read.place.port == "0/13")
        #expect(read.place.onuID == 1)
    }

    @Test("text with its length before it")
    func lengthPrefixed() throws {
        let serial = Array("UBNT20731888".utf8).map(UInt32.init)
        let read = try #require(text.read(([12] + serial)[...], suffix: []))

        #expect(read.place.texts["serial"] == "UBNT20731888")
        #expect(read.place.port == nil)
    }

    @Test("arcs that do not fit are not read")
    func misfits() {
        #expect(huawei.read([4_194_303_999, 7], suffix: []) == nil, "below the base")
        #expect(huawei.read([4_194_312_192], suffix: []) == nil, "no ONU")
        #expect(huawei.read([4_194_312_192, 7, 1], suffix: []) == nil, "an arc too many")
        #expect(packed.read([16_780_545, 0, 1], suffix: [0, 0]) == nil, "another suffix")
        #expect(text.read([5, 65, 66], suffix: []) == nil, "shorter than it says")
        #expect(text.read([1, 300], suffix: []) == nil, "no byte")
        #expect(text.read([], suffix: []) == nil, "nothing")
    }

    @Test("fields that count from elsewhere, and rows that are about something else")
    func addedAndOnly() throws {
        let nokia = IndexForm(
            parts: [
                .bits(
                    base: 0,
                    fields: [
                        .init(name: "slot", shift: 25, width: 7, add: -1), .init(name: "kind", shift: 21, width: 4, only: 14),
                        .init(name: "pon", shift: 16, width: 5, add: 1), .init(name: "onu", shift: 9, width: 7, add: 1),
                    ]
                )
            ],
            port: "{slot}/{pon}",
            onu: "onu"
        )

        let read = try #require(nokia.read([331_481_088], suffix: []))
        #expect(read.place.port == "8/3" && read.place.onuID == 1)
        #expect(nokia.read([94_380_032], suffix: []) == nil, "a port is no ONU")
    }

    @Test("rows that another form reads are left to it")
    func except() {
        let form = IndexForm(parts: [.bits(base: 0, fields: [.init(name: "kind", shift: 24, width: 8, except: 250)])], port: nil, onu: nil)

        #expect(form.read([4_194_304_000], suffix: []) == nil)
        #expect(form.read([4_160_757_760], suffix: [])?.index == "4160757760")
    }

    @Test("where a device tells the port's name itself, the arc as it came asks for it")
    func portName() throws {
        let form = IndexForm(
            parts: [.bits(base: 4_194_304_000, fields: [.init(name: "port", shift: 8, width: 5)], whole: "interface"), .number("ont")],
            port: "0/{port}",
            onu: "ont",
            portName: IndexForm.PortName(arc: "interface", prefixes: ["GPON "])
        )

        let place = try #require(form.read([4_194_304_256, 3], suffix: [])).place
        #expect(place.portName == InterfaceTable.name.appending([4_194_304_256]) && place.port == "0/1")
        #expect(form.portName?.shortened("GPON 1/2/3") == "1/2/3")
        #expect(form.portName?.shortened("other") == "other")
    }

    @Test("names of interfaces tell numbers")
    func patterns() {
        let pattern = NamePattern("GPON{slot}/{pon}:{onu}")

        #expect(pattern?.read("GPON0/12:7") == ["slot": 0, "pon": 12, "onu": 7])
        #expect(pattern?.names == ["slot", "pon", "onu"])
        for name in ["GPON0/12", "GPON0/12:", "GPON0/12:7x", "EPON0/1:1", "", "GPON0/99999999999:1"] { #expect(pattern?.read(name) == nil) }
        for form in ["", "GPON{", "GPON}", "{}", "{a}{b}", "a}b{c"] { #expect(NamePattern(form) == nil, "\(form)") }
    }
}
