import OLTSimulator
import Testing

@Suite("What a simulated device answers", .timeLimit(.minutes(1)))
struct AgentTests {
    /// Two columns with a hole in each, an index above 2^31 and a Counter64 between them.
    static let rows = """
        1.3.6.1.2.1.1.5.0|4|name
        1.3.6.1.4.1.9.1.4194304000.1|2|11
        1.3.6.1.4.1.9.1.4194304000.3|2|13
        1.3.6.1.4.1.9.1.4194304256.1|2|21
        1.3.6.1.4.1.9.2.4194304000.3|70|18446744073709551615
        1.3.6.1.4.1.9.3.4194304000.1|4|a|b

        """

    @Test("a GET tells value, missing instance and missing object apart")
    func get() throws {
        var device = try DeviceHarness(Self.rows)

        let answer = try device.ask(
            .get,
            ["1.3.6.1.4.1.9.1.4194304000.3", "1.3.6.1.4.1.9.1.4194304000.2", "1.3.6.1.4.1.10.1", "1.3.6.1.4.1.9.3.4194304000.1"]
        )

        #expect(answer.values == [.integer(13), .noSuchInstance, .noSuchObject, .octets(Array("a|b".utf8))])
        #expect(answer.requestID == 77)
        #expect(answer.kind == .response)
        #expect(answer.first == 0)
    }

    @Test("a GET of version 1 names the first variable that is missing, and hides Counter64")
    func getVersion1() throws {
        var device = try DeviceHarness(Self.rows)

        let missing = try device.ask(.get, ["1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.6.0"], version: .v1)
        let hidden = try device.ask(.get, ["1.3.6.1.4.1.9.2.4194304000.3"], version: .v1)
        let next = try device.ask(.getNext, ["1.3.6.1.4.1.9.2"], version: .v1)

        #expect((missing.first, missing.second) == (2, 2))
        #expect(missing.names == ["1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.6.0"])
        #expect((hidden.first, hidden.second) == (2, 1))
        #expect(next.names == ["1.3.6.1.4.1.9.3.4194304000.1"])
    }

    @Test("a GETNEXT steps over holes and columns and ends at the end of the MIB")
    func getNext() throws {
        var device = try DeviceHarness(Self.rows)

        #expect(
            try device.walk().map(\.name.description)
                == Self.rows.split(separator: "\n").map { $0.split(separator: "|")[0] }.map(String.init)
        )
        #expect(try device.ask(.getNext, ["1.3.6.1.4.1.9.1.4194304000.2"]).names == ["1.3.6.1.4.1.9.1.4194304000.3"])
        #expect(try device.ask(.getNext, ["1.3.6.1.4.1.9.1.4194304256.1"]).names == ["1.3.6.1.4.1.9.2.4194304000.3"])
        #expect(
            try device.ask(.getNext, ["1.3.6.1.4.1.9.3.4294967295"]).bindings == [
                .init(ObjectName([1, 3, 6, 1, 4, 1, 9, 3, .max]), .endOfMIBView)
            ]
        )
        #expect(try device.ask(.getNext, ["1.3.6.1.4.1.9.4"], version: .v1).first == 2)
    }

    @Test("a GETBULK answers non-repeaters once and interleaves the others")
    func getBulk() throws {
        var device = try DeviceHarness(Self.rows)

        let answer = try device.ask(.getBulk, ["1.3.6.1.2.1.1", "1.3.6.1.4.1.9.1", "1.3.6.1.4.1.9.3"], first: 1, second: 2)

        #expect(
            answer.names == [
                "1.3.6.1.2.1.1.5.0", "1.3.6.1.4.1.9.1.4194304000.1", "1.3.6.1.4.1.9.3.4194304000.1", "1.3.6.1.4.1.9.1.4194304000.3",
                "1.3.6.1.4.1.9.3.4194304000.1",
            ]
        )
        #expect(answer.values.last == .endOfMIBView)
    }

    @Test("a GETBULK with no repetitions, negative numbers or too many non-repeaters keeps to RFC 3416")
    func getBulkBounds() throws {
        var device = try DeviceHarness(Self.rows)

        #expect(try device.ask(.getBulk, ["1.3.6.1.2.1.1", "1.3.6.1.4"], first: 1, second: 0).names == ["1.3.6.1.2.1.1.5.0"])
        #expect(try device.ask(.getBulk, ["1.3.6.1.4"], first: 0, second: 0).bindings.isEmpty)
        #expect(try device.ask(.getBulk, ["1.3.6.1.4"], first: -3, second: -1).bindings.isEmpty)
        #expect(try device.ask(.getBulk, ["1.3.6.1.4"], first: 9, second: 5).names == ["1.3.6.1.4.1.9.1.4194304000.1"])
        #expect(try device.ask(.getBulk, ["1.3.6.1"], second: .max).bindings.count == 7)
    }

    @Test("an answer keeps to the bound of octets: a GETBULK is cut at a row, a GET becomes tooBig")
    func bound() throws {
        let long = (1...60).map { "1.3.6.1.4.1.9.1.\($0)|4|" + String(repeating: "x", count: 40) + "\n" }.joined()
        var device = try DeviceHarness(long, octetsMax: 484)

        let request = try AgentMessage.asking(.getBulk, ["1.3.6.1.4.1.9"], second: 60)
        let bytes = try #require(device.departures(request).first).bytes
        let refused = try device.ask(.get, (1...20).map { "1.3.6.1.4.1.9.1.\($0)" })
        let refusedVersion1 = try device.ask(.get, (1...20).map { "1.3.6.1.4.1.9.1.\($0)" }, version: .v1)

        #expect(bytes.count <= 484)
        #expect(try AgentMessage(decoding: bytes).bindings.count == 8)
        #expect((refused.first, refused.bindings.count) == (1, 0))
        #expect((refusedVersion1.first, refusedVersion1.bindings.count) == (1, 20))
    }

    @Test("a SET is refused and changes nothing")
    func set() throws {
        var device = try DeviceHarness(Self.rows)

        #expect(try device.ask(.set, ["1.3.6.1.2.1.1.5.0"]).first == 17)
        #expect(try device.ask(.get, ["1.3.6.1.2.1.1.5.0"]).values == [.octets(Array("name".utf8))])
    }

    @Test("another community meets silence and is counted; responses and traps are not requests")
    func strangers() throws {
        var device = try DeviceHarness(Self.rows)

        for community in ["private", "", "public#", "public#x", "public#-1", "publi", "public#99999999999999999999"] {
            #expect(device.departures(try .asking(.get, ["1.3.6.1.2.1.1.5.0"], community: community)).isEmpty)
        }
        #expect(device.departures(try .asking(.response, ["1.3.6.1.2.1.1.5.0"])).isEmpty)
        #expect(device.departures(try .asking(.getBulk, ["1.3.6"], version: .v1)).isEmpty)

        #expect(device.device.account.wrongCommunity == 7)
        #expect(device.device.account.malformed == 2)
        #expect(device.device.account.answers == 0)
    }

    @Test("the holder tag is cut off, and the answer carries the community as it was sent")
    func holderTag() throws {
        var device = try DeviceHarness(Self.rows)

        let answer = try device.answer(.asking(.get, ["1.3.6.1.4.1.9.1.4194304000.1"], community: "public#17"))

        #expect(answer.values == [.integer(11)])
        #expect(answer.community == Array("public#17".utf8))
        #expect(device.device.witness.holders.map(\.holder) == [.number(17)])
    }
}
