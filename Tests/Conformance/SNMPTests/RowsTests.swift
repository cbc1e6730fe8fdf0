import Testing

@testable import SNMP

@Suite("Rows in flat arrays", .timeLimit(.minutes(1)))
struct RowsTests {
    static let values: [SNMPValue] = [
        .integer(.min), .integer(-1), .integer(.max), .gauge(.max), .counter32(.max), .counter64(.max), .ticks(4_294_967_295),
        .octets([]), .octets([0xff, 0x00, 0xc3]), .oid([1, 3, 6, 4_294_967_295]), .ipAddress(127, 0, 0, 255), .opaqueFloat(-19.32),
        .opaqueDouble(.pi), .opaque([0x9f]), .null, .noSuchObject, .noSuchInstance, .endOfMibView,
    ]

    @Test("every kind of value comes back as it went in")
    func roundTrip() {
        var rows = SNMPRows()
        let expected = Self.values.enumerated().map { VarBind(name: [1, 3, UInt32($0.offset)], value: $0.element) }

        for row in expected { rows.append(row) }

        #expect(Array(rows) == expected)
    }

    @Test("rows copied from one collection to another keep name and value")
    func copies() {
        var all = SNMPRows()
        for (index, value) in Self.values.enumerated() { all.append(VarBind(name: [1, UInt32(index), 9], value: value)) }

        var odd = SNMPRows()
        for index in all.indices where index % 2 == 1 { odd.append(index, of: all) }

        #expect(Array(odd) == all.enumerated().filter { $0.offset % 2 == 1 }.map(\.element))
    }

    @Test("text that is not UTF-8 is shown repaired and kept as it came")
    func invalidText() {
        let value = SNMPValue.octets([0x41, 0xff, 0x42])

        #expect(value.text == "A\u{FFFD}B")
        #expect(value == .octets([0x41, 0xff, 0x42]))
    }

    @Test("whole numbers of every width are numbers, the rest is not")
    func wholeNumbers() {
        #expect(SNMPValue.integer(-5).wholeNumber == -5)
        #expect(SNMPValue.gauge(.max).wholeNumber == 4_294_967_295)
        #expect(SNMPValue.counter64(.max).wholeNumber == nil)
        #expect(SNMPValue.octets([49]).wholeNumber == nil)
    }

    @Test("a target never shows its community, printed, reflected or dumped")
    func secrecy() {
        let target = SNMPTarget(address: "127.0.0.1", community: Array("s3cret".utf8))
        var dumped = ""
        dump(target, to: &dumped)

        for text in ["\(target)", String(reflecting: target), dumped] {
            #expect(!text.contains("s3cret"))
            #expect(!text.contains("115"))
        }
    }
}
