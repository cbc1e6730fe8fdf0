import OLTSimulator
import Testing

/// Each vendor's rows, found by its own names and read back by formulas written a second time here.
@Suite("Generated OLTs of other vendors", .timeLimit(.minutes(2)))
struct VendorTablesTests {
    private typealias Rows = [ArraySlice<UInt32>: SimulatedValue]

    /// A column as index to value, read through the device by GETBULK.
    private func column(_ name: String, _ device: inout DeviceHarness) throws -> Rows {
        let prefix = try #require(ObjectName("1.3.6.1.4.1.\(name)"))
        var found: Rows = [:]
        var next = prefix.description
        while true {
            for binding in try device.ask(.getBulk, [next], second: 50).bindings {
                guard binding.name.isWithin(prefix), binding.value != .endOfMIBView else { return found }
                found[ArraySlice(Array(binding.name.arcs.dropFirst(prefix.arcs.count)))] = binding.value
                next = binding.name.description
            }
        }
    }

    private func device(_ vendor: Vendor, boards: Int = 1, ports: Int = 4, onus: Int = 32, address: String = "127.10.0.1") throws
        -> DeviceHarness
    {
        try DeviceHarness(GeneratedShape(vendor, boards: boards, ports: ports, onus: onus).rows(seed: 3), address: address, seed: 3)
    }

    private func integers(_ rows: Rows) -> [Int32] {
        rows.values.compactMap { if case .integer(let number) = $0 { number } else { nil } }
    }

    private func texts(_ rows: Rows) -> [String] {
        rows.values.compactMap { if case .octets(let octets) = $0 { String(decoding: octets, as: UTF8.self) } else { nil } }
    }

    @Test("every vendor answers its walks in order, from the system group to the last optics", arguments: Vendor.allCases)
    func walks(_ vendor: Vendor) throws {
        var device = try device(vendor, ports: 2, onus: 8)

        let rows = try device.walk()

        #expect(rows.count > 16 * 8)
        #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.name < $1.name })
        #expect(rows.count == Set(rows.map(\.name)).count)
    }

    @Test(
        "sysObjectID is the vendor's",
        arguments: [
            (Vendor.huawei, "2011.2.123"), (.zteC3xx, "3902.1082.1001.320.2.1"), (.vsolGPON, "37950.1.1.5.10.14.1"),
            (.bdcomGPON, "3320.1.390.0"), (.cdataGPON, "17409"), (.nokia, "637.61.1"),
        ]
    )
    func objectID(_ vendor: Vendor, _ name: String) throws {
        var device = try device(vendor)

        let expected = try #require(ObjectName("1.3.6.1.4.1.\(name)"))
        #expect(try device.ask(.get, ["1.3.6.1.2.1.1.2.0"]).values == [.name(expected)])
    }

    @Test("phases of ZTE count from 0 in tree 1012 and from 1 in tree 1082, and nobody has both trees")
    func phases() throws {
        var old = try device(.zteC3xx)
        var young = try device(.zteC6xx)

        let oldPhases = integers(try column("3902.1012.3.28.2.1.4", &old))
        let youngPhases = integers(try column("3902.1082.500.10.2.3.8.1.4", &young))

        #expect(oldPhases.count == 128)
        #expect(Set(oldPhases) == [1, 3, 4])
        // The same seed and address make the same ONUs: working, LOS and dying gasp are one more each.
        #expect(youngPhases.map { $0 - 1 }.sorted() == oldPhases.sorted())
        #expect(oldPhases.count { $0 == 3 } > 110)
        #expect(try column("3902.1082.500", &old).isEmpty)
        #expect(try column("3902.1012", &young).isEmpty)
    }

    @Test("indexes of ZTE: 0x10SSPP00 in tree 1012 with another one in IF-MIB, 0x1101SSPP in tree 1082")
    func indexesOfZTE() throws {
        var old = try device(.zteC3xx, boards: 2)
        var young = try device(.zteC6xx, boards: 3)

        let oldPorts = Set(try column("3902.1012.3.28.1.1.5", &old).keys.compactMap(\.first))
        let youngPorts = Set(try column("3902.1082.500.10.2.3.3.1.6", &young).keys.compactMap(\.first))

        #expect(oldPorts.min() == 268_501_248)
        #expect(oldPorts.max() == 268_567_552)
        #expect(youngPorts.contains(285_278_977))
        #expect(youngPorts.count == 12)
        let name = try old.ask(.get, ["1.3.6.1.2.1.31.1.1.1.1.268435456"]).values
        #expect(name == [.octets(Array("gpon_1/1/1".utf8))])
    }

    @Test("powers of ZTE: v × 0.002 − 30 dBm behind an index with a 1, 65535 and −80000 for no reading")
    func powersOfZTE() throws {
        for (vendor, received, atOLT) in [
            (Vendor.zteC3xx, "3902.1012.3.50.12.1.1.10", "3902.1015.1010.11.2.1.2"),
            (.zteC6xx, "3902.1082.500.20.2.2.2.1.10", "3902.1082.500.1.2.4.2.1.2"),
        ] {
            var device = try device(vendor)
            let rows = try column(received, &device)
            #expect(rows.keys.allSatisfy { $0.count == 3 && $0.last == 1 })
            let readings = integers(rows).filter { $0 != 65_535 }.map { Double($0) * 0.002 - 30 }
            #expect(readings.count > 110 && readings.count < 128)
            #expect(readings.allSatisfy { (-27.5 ... -11.9).contains($0) })
            let others = integers(try column(atOLT, &device))
            #expect(others.count { $0 == -80_000 } == 128 - readings.count)
            #expect(others.allSatisfy { $0 == -80_000 || (-30_000 ... -10_000).contains($0) })
        }
    }

    @Test("serials: raw octets, text of twelve, or text behind a mark, as the vendor gives them")
    func serials() throws {
        for (vendor, name) in [
            (Vendor.zteC3xx, "3902.1012.3.28.1.1.5"), (.zteC6xx, "3902.1082.500.20.2.1.2.1.3"), (.nokia, "637.61.1.35.10.1.1.5"),
        ] {
            var device = try device(vendor)
            let serials = try column(name, &device).values
            #expect(Set(serials).count == 128)
            #expect(serials.allSatisfy { if case .octets(let octets) = $0 { octets.count == 8 } else { false } })
        }
        for (vendor, name) in [
            (Vendor.vsolGPON, "37950.1.1.6.1.1.2.1.5"), (.bdcomGPON, "3320.10.3.3.1.2"), (.cdataGPON, "17409.2.8.4.1.1.3"),
            (.fiberHome, "5875.800.3.10.1.1.10"),
        ] {
            var device = try device(vendor)
            let serials = texts(try column(name, &device))
            #expect(Set(serials).count == 128)
            #expect(serials.allSatisfy { $0.count == 12 && $0.dropFirst(4).allSatisfy(\.isHexDigit) })
        }
        let marked = try (1...16).map { last in
            var device = try device(.zteC6xx, ports: 1, onus: 1, address: "127.10.0.\(last)")
            return try #require(texts(try column("3902.1082.500.10.2.3.3.1.6", &device)).first).hasPrefix("1,")
        }
        #expect(Set(marked) == [true, false])
    }

    @Test("V-SOL: index pon.onu, readings as text with or without the unit, counts by port")
    func vsol() throws {
        var forms: Set<Bool> = []
        for last in 1...16 {
            var device = try device(.vsolGPON, address: "127.10.0.\(last)")
            let texts = texts(try column("37950.1.1.6.1.1.3.1.7", &device)).filter { $0 != "0.000" }
            forms.insert(texts.allSatisfy { $0.hasSuffix("(dBm)") })
            for text in texts {
                let number = try #require(Double(text.replacing("(dBm)", with: "")))
                #expect((-27.5 ... -11.9).contains(number))
            }
        }
        var device = try device(.vsolGPON)
        let phases = try column("37950.1.1.6.1.1.1.1.5", &device)
        let online = try column("37950.1.1.6.1.1.18.1.3", &device)

        #expect(forms == [true, false])
        #expect(Set(phases.keys.compactMap(\.first)) == [1, 2, 3, 4])
        #expect(integers(try column("37950.1.1.6.1.1.18.1.2", &device)) == [32, 32, 32, 32])
        for port in UInt32(1)...4 {
            let working = phases.count { $0.key.first == port && $0.value == .integer(3) }
            #expect(online[[port]] == .integer(Int32(working)))
        }
    }

    @Test("FiberHome: slot, PON and ONU are packed, and the columns of the list repeat them")
    func fiberHome() throws {
        var device = try device(.fiberHome, boards: 18)

        let slots = try column("5875.800.3.10.1.1.2", &device)
        let pons = try column("5875.800.3.10.1.1.3", &device)
        let ids = try column("5875.800.3.10.1.1.4", &device)

        #expect(slots.count == 18 * 4 * 32)
        for (index, slot) in slots {
            guard case (.integer(let slot), .integer(let pon)?, .integer(let id)?) = (slot, pons[index], ids[index]) else {
                Issue.record("the list has holes at \(index)")
                continue
            }
            #expect(index == [UInt32(slot) << 25 | UInt32(pon) << 19 | UInt32(id) << 8])
        }
        let atOLT = try column("5875.800.3.9.3.7.1.2", &device)
        #expect(atOLT.count == slots.count)
        #expect(atOLT.keys.contains { $0.first == 18 << 25 | 4 << 19 })
        #expect(integers(try column("5875.800.3.9.3.4.1.12", &device)) == [Int32](repeating: 32, count: 72))
    }

    @Test("BDCOM: ONUs are interfaces whose ifDescr names port and id")
    func bdcom() throws {
        var device = try device(.bdcomGPON)

        let serials = try column("3320.10.3.3.1.2", &device)
        for index in serials.keys {
            let names = ["1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.2.2.1.8", "1.3.6.1.4.1.3320.10.3.3.1.4"]
            let answer = try device.ask(.get, names.map { "\($0).\(try #require(index.first))" })
            guard case .octets(let description) = answer.values[0] else { throw BERError.value }
            #expect(String(decoding: description, as: UTF8.self).contains(/^GPON0\/[1-4]:[0-9]+$/))
            #expect((answer.values[1] == .integer(1)) == (answer.values[2] == .integer(3)))
        }
        #expect(serials.count == 128)
        #expect(try device.ask(.get, ["1.3.6.1.2.1.2.2.1.2.110"]).values == [.octets(Array("GPON0/1".utf8))])
        #expect(Set(try column("3320.10.2.1.1.5", &device).keys) == [[110], [111], [112], [113]])
    }

    @Test("Nokia: slot 1, PON 1, ONT 1 is 96468992, and the interface of its PON is 94380032")
    func nokia() throws {
        var device = try device(.nokia)

        let powers = try column("637.61.1.35.10.14.1.2", &device)
        let units = powers.keys.compactMap(\.first)
        #expect(Set(units.map { $0 & ~0xFE00 }) == [96_468_992, 96_534_528, 96_600_064, 96_665_600])
        #expect(integers(powers).filter { $0 != 32_768 }.allSatisfy { (-13_750 ... -5_900).contains($0) })
        let types = try device.ask(.get, ["1.3.6.1.2.1.2.2.1.3.94380032", "1.3.6.1.2.1.2.2.1.3.\(try #require(units.min()))"]).values
        #expect(types == [.integer(250), .integer(270)])
        var large = try self.device(.nokia, boards: 8, ports: 3, onus: 1)
        #expect(try column("637.61.1.35.10.1.1.5", &large).keys.contains { $0.first.map { $0 & ~0xFE00 } == 331_481_088 })
    }

    @Test("C-Data: device 1, PON and ONU are packed; optics stand behind two zeros")
    func cdata() throws {
        var device = try device(.cdataGPON)

        let states = try column("17409.2.8.4.1.1.7", &device)
        let powers = try column("17409.2.8.4.4.1.4", &device)

        #expect(Set(states.keys.compactMap { $0.first.map { $0 >> 8 } }) == [0x1_0001, 0x1_0002, 0x1_0003, 0x1_0004])
        #expect(powers.keys.allSatisfy { $0.count == 3 && $0.dropFirst() == [0, 0] })
        for (index, state) in states { #expect((state == .integer(2)) == (powers[index + [0, 0]] == .integer(0))) }
    }

    @Test("boxes have one board", arguments: [Vendor.vsolGPON, .bdcomGPON, .cdataGPON])
    func boxes(_ vendor: Vendor) {
        #expect(throws: SettingsError.shape("boards", 2, 1...1)) { try GeneratedShape(vendor, boards: 2, ports: 8, onus: 8) }
    }
}
