import OLTSimulator
import Testing

@Suite("Object names", .timeLimit(.minutes(1)))
struct ObjectNameTests {
    @Test("names are ordered arc by arc, as unsigned numbers")
    func order() throws {
        let ordered = [
            "0.0", "1", "1.0.8802", "1.3", "1.3.6.1.2", "1.3.6.1.2.1", "1.3.6.1.10", "1.3.6.1.2147483647", "1.3.6.1.2147483648.1",
            "1.3.6.1.4194304000", "1.3.6.1.4294967295", "1.4", "2",
        ]
        let names = try ordered.map { try #require(ObjectName($0)) }

        #expect(names.reversed().sorted() == names)
        #expect(names.map(\.description) == ordered)
    }

    @Test(
        "text that is not a name is refused",
        arguments: ["", ".", "1..3", "1.3.", "1.x", "1.-3", "1.4294967296", "1.99999999999999999999", " 1", "1.+3"]
    )
    func refusal(_ text: String) {
        #expect(ObjectName(text) == nil)
    }

    @Test("a leading dot is allowed, and a name lies within its prefixes")
    func prefixes() throws {
        let name = try #require(ObjectName(".1.3.6.1"))

        #expect(name == ObjectName([1, 3, 6, 1]))
        #expect(name.isWithin(ObjectName([1, 3])))
        #expect(name.isWithin(name))
        #expect(!name.isWithin(ObjectName([1, 3, 6, 1, 2])))
        #expect(ObjectName(String(repeating: "1.", count: 128) + "1") == nil)
    }
}
