import OLTSimulator
import Testing

@Suite("Generated Huawei OLTs", .timeLimit(.minutes(2)))
struct HuaweiTablesTests {
    private static let gpon = "1.3.6.1.4.1.2011.6.128.1.1.2"

    /// A column as index text to value, read through the device.
    private func column(_ name: String, _ device: inout DeviceHarness) throws -> [(index: ArraySlice<UInt32>, value: SimulatedValue)] {
        let prefix = try #require(ObjectName(name))
        var found: [(ArraySlice<UInt32>, SimulatedValue)] = []
        var next = name
        while true {
            for binding in try device.ask(.getBulk, [next], second: 50).bindings {
                guard binding.name.isWithin(prefix), binding.value != .endOfMIBView else { return found }
                found.append((binding.name.arcs.dropFirst(prefix.arcs.count), binding.value))
                next = binding.name.description
            }
        }
    }

    private func device(_ address: String = "127.10.0.1", seed: UInt64 = 7, onus: Int = 64) throws -> DeviceHarness {
        try DeviceHarness(try GeneratedShape(boards: 2, ports: 8, onus: onus).rows(seed: seed), address: address, seed: seed)
    }

    @Test("the ifIndex of a PON port is the vendor's bit field")
    func interfaceIndex() {
        #expect(HuaweiNames.interfaceIndex(slot: 0, port: 0) == 4_194_304_000)
        #expect(HuaweiNames.interfaceIndex(slot: 1, port: 0) == 4_194_312_192)
        #expect(HuaweiNames.interfaceIndex(slot: 1, port: 3) == 4_194_312_960)
    }

    @Test("ports have names, counts and exactly as many ONTs, with holes in the ids")
    func counts() throws {
        var device = try device()

        let names = try column("1.3.6.1.2.1.31.1.1.1.1", &device)
        let counts = try column("\(Self.gpon).21.1.16", &device)
        let serials = try column("\(Self.gpon).43.1.3", &device)

        #expect(names.count == 16)
        #expect(names.first?.value == .octets(Array("GPON 0/1/0".utf8)))
        #expect(names.last?.value == .octets(Array("GPON 0/2/7".utf8)))
        #expect(counts.map(\.value) == [SimulatedValue](repeating: .integer(64), count: 16))
        #expect(serials.count == 1024)
        for port in counts.compactMap(\.index.first) {
            let ids = serials.filter { $0.index.first == port }.compactMap(\.index.last)
            #expect(ids.count == 64)
            #expect(ids == ids.sorted())
            #expect(zip(ids, ids.dropFirst()).contains { $1 > $0 + 1 })
            #expect(ids.allSatisfy { $0 < 128 })
        }
    }

    @Test("about five in a hundred ONTs are offline, and every column agrees about it")
    func offline() throws {
        var device = try device()

        let runs = try column("\(Self.gpon).46.1.15", &device).map(\.value)
        let distances = try column("\(Self.gpon).46.1.20", &device).map(\.value)
        let causes = try column("\(Self.gpon).46.1.24", &device).map(\.value)
        let received = try column("\(Self.gpon).51.1.4", &device).map(\.value)
        let atOLT = try column("\(Self.gpon).51.1.6", &device).map(\.value)

        let offline = runs.indices.filter { runs[$0] == .integer(2) }
        #expect((25...80).contains(offline.count))
        #expect(runs.allSatisfy { $0 == .integer(1) || $0 == .integer(2) })
        for index in runs.indices {
            let isOffline = runs[index] == .integer(2)
            #expect((distances[index] == .integer(-1)) == isOffline)
            #expect((received[index] == .integer(2_147_483_647)) == isOffline)
            #expect((atOLT[index] == .integer(2_147_483_647)) == isOffline)
            if isOffline { #expect([.integer(13), .integer(1)].contains(causes[index])) }
        }
        #expect(Set(offline.map { causes[$0] }) == [.integer(13), .integer(1)])
    }

    @Test("every ONT has a row in every column, and times are 8 or 11 octets")
    func columns() throws {
        var device = try device(onus: 8)

        for name in ["43.1.3", "43.1.9", "43.1.10", "46.1.1", "46.1.15", "46.1.20", "46.1.22", "46.1.23", "46.1.24", "46.1.25"]
            + (1...7).map({ "51.1.\($0)" })
        {
            #expect(try column("\(Self.gpon).\(name)", &device).count == 128, "column \(name)")
        }
        for name in ["46.1.22", "46.1.23", "46.1.25"] {
            for row in try column("\(Self.gpon).\(name)", &device) {
                guard case .octets(let octets) = row.value else {
                    Issue.record("\(name) is not text")
                    continue
                }
                #expect([8, 11].contains(octets.count))
            }
        }
    }

    @Test("serials have 8 octets and no two ONTs of neighbouring devices share one")
    func serials() throws {
        var seen: Set<SimulatedValue> = []
        for last in 1...4 {
            var device = try device("127.10.0.\(last)", seed: UInt64(last))
            for row in try column("\(Self.gpon).43.1.3", &device) {
                guard case .octets(let octets) = row.value else {
                    Issue.record("a serial is not text")
                    continue
                }
                #expect(octets.count == 8)
                seen.insert(row.value)
            }
        }
        #expect(seen.count == 4 * 1024)
    }

    @Test("descriptions hold UTF-8, other code pages and the vendor's mark for none")
    func descriptions() throws {
        var device = try device()

        let texts = try column("\(Self.gpon).43.1.9", &device).compactMap { row -> [UInt8]? in
            if case .octets(let octets) = row.value { octets } else { nil }
        }

        #expect(texts.contains(Array("ONT_NO_DESCRIPTION".utf8)))
        #expect(texts.contains { String(validating: $0, as: UTF8.self) == nil })
        #expect(texts.contains { String(validating: $0, as: UTF8.self)?.unicodeScalars.contains { $0.value > 127 } == true })
        #expect(texts.allSatisfy { (1...128).contains($0.count) })
    }

    @Test("seed and address decide: the same give the same, another address differs")
    func determinism() throws {
        var first = try device()
        var again = try device()
        var other = try device("127.10.0.2")

        let name = "\(Self.gpon).51.1.4"
        #expect(try column(name, &first).map(\.value) == column(name, &again).map(\.value))
        #expect(try column(name, &first).map(\.value) != column(name, &other).map(\.value))
        #expect(try other.ask(.get, ["1.3.6.1.2.1.1.5.0"]).values == [.octets(Array("olt-127-10-0-2".utf8))])
    }

    @Test("up-time and counters move")
    func counters() throws {
        var device = try device()
        let names = ["1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.31.1.1.1.6.4194312448"]

        let before = try device.ask(.get, names).values
        device.now += .seconds(10)
        let after = try device.ask(.get, names).values

        guard case (.timeTicks(let start), .timeTicks(let end)) = (before[0], after[0]) else {
            Issue.record("sysUpTime is not TimeTicks")
            return
        }
        #expect(end - start == 1000)
        guard case (.counter64(let first), .counter64(let second)) = (before[1], after[1]) else {
            Issue.record("the counter is not a Counter64")
            return
        }
        #expect(second > first)
    }

    @Test("shapes outside the chassis are refused", arguments: [(0, 1, 1), (33, 1, 1), (1, 0, 1), (1, 33, 1), (1, 1, -1), (1, 1, 129)])
    func refusals(_ boards: Int, _ ports: Int, _ onus: Int) {
        #expect(throws: SettingsError.self) { try GeneratedShape(boards: boards, ports: ports, onus: onus) }
    }
}
