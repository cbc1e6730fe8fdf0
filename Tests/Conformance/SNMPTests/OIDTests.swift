import Testing

@testable import SNMP

@Suite("Object identifiers", .timeLimit(.minutes(1)))
struct OIDTests {
    @Test("dotted numbers are read with and without a leading dot and written without")
    func text() {
        #expect(OID("1.3.6.1")?.arcs == [1, 3, 6, 1])
        #expect(OID(".1.3.6.1.4.1.4294967295")?.description == "1.3.6.1.4.1.4294967295")
    }

    @Test("what is not dotted numbers is no name", arguments: ["", ".", "1..3", "1.3.", "1.x", "1.-3", "1.+3", "1.4294967296", "iso.3"])
    func nonsense(text: String) {
        #expect(OID(text) == nil)
    }

    @Test("more than 128 arcs are no name")
    func long() {
        #expect(OID(Array(repeating: "1", count: 128).joined(separator: ".")) != nil)
        #expect(OID(Array(repeating: "1", count: 129).joined(separator: ".")) == nil)
    }

    @Test("the order is that of the tree: a root before its children, arcs as numbers")
    func order() {
        let sorted: [OID] = [[1, 3], [1, 3, 0], [1, 3, 2], [1, 3, 10], [1, 4]]

        #expect(sorted.shuffled().sorted() == sorted)
    }

    @Test("a root knows what lies below it")
    func prefix() {
        let root: OID = [1, 3, 6]

        #expect(root.isPrefix(of: root))
        #expect(root.isPrefix(of: [1, 3, 6, 1]))
        #expect(!root.isPrefix(of: [1, 3]))
        #expect(!root.isPrefix(of: [1, 3, 60]))
        #expect(root.suffix(of: [1, 3, 6, 7, 8]).map(Array.init) == [7, 8])
        #expect(root.suffix(of: [1, 4, 6, 7]) == nil)
    }

    @Test("any name survives being written and read", arguments: 0..<50)
    func roundTrip(seed: UInt64) {
        var dice = Dice(seed: seed)
        let name = OID((0..<Int.random(in: 1...128, using: &dice)).map { _ in UInt32.random(in: 0...UInt32.max, using: &dice) })

        #expect(OID(name.description) == name)
    }
}
