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

    @Test("pages put together keep every name and value")
    func pages() {
        var all = SNMPRows()
        for page in 0..<3 {
            var rows = SNMPRows()
            for (index, value) in Self.values.enumerated() { rows.append(VarBind(name: [1, UInt32(page), UInt32(index)], value: value)) }
            all.append(rows)
        }

        #expect(all.count == 3 * Self.values.count)
        for (place, row) in all.enumerated() {
            let (page, index) = place.quotientAndRemainder(dividingBy: Self.values.count)
            #expect(row == VarBind(name: [1, UInt32(page), UInt32(index)], value: Self.values[index]))
        }
        #expect(all.byteCount == all.indices.reduce(0) { $0 + all.byteCount(at: $1) })
    }

    @Test("the good rows at the start of a page are those that a look at each of them finds", arguments: 0..<200)
    func orderedPrefix(seed: UInt64) {
        var dice = Dice(seed: seed)
        let root: OID = [1, 3, 7]
        var rows = SNMPRows()
        var names: [OID] = []
        for place in 0..<UInt32.random(in: 1...12, using: &dice) {
            let tail = Int.random(in: 0..<10, using: &dice) == 0 ? [UInt32.random(in: 0..<20, using: &dice)] : [5, place]
            let name: OID = Int.random(in: 0..<20, using: &dice) == 0 ? [1, 3, 8, place] : root.appending(tail)
            let isPresent = Int.random(in: 0..<20, using: &dice) != 0
            rows.append(VarBind(name: name, value: isPresent ? .integer(1) : .endOfMibView))
            names.append(name)
        }

        var expected = 0
        var earlier = root
        while expected < rows.count, rows.isPresent(expected), names[expected].arcs.starts(with: root.arcs), earlier < names[expected] {
            earlier = names[expected]
            expected += 1
        }

        #expect(rows.orderedPrefix(behind: root, inside: root) == expected)
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
