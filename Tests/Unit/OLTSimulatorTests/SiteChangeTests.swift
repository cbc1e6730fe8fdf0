import OLTSimulator
import Testing

@Suite("Ports and ONUs that change while the device runs", .timeLimit(.minutes(2)))
struct SiteChangeTests {
    private static let table = "1.3.6.1.4.1.2011.6.128.1.1.2"
    private static let serials = "\(table).43.1.3"
    private static let port0 = PortName(slot: 1, number: 0)
    private static let port1 = PortName(slot: 1, number: 1)

    private func device() throws -> DeviceHarness {
        try DeviceHarness(GeneratedShape(boards: 1, ports: 2, onus: 16).rows(seed: 7), seed: 7)
    }

    /// Serial → index, read by SNMP.
    private func serials(_ device: inout DeviceHarness) throws -> [SimulatedValue: String] {
        let rows = try device.walk(from: Self.serials).prefix { $0.name.description.hasPrefix("\(Self.serials).") }
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.value, String($0.name.description.dropFirst(Self.serials.count + 1))) })
    }

    private func states(_ device: inout DeviceHarness, _ column: String, port: UInt32) throws -> [SimulatedValue] {
        let index = HuaweiNames.interfaceIndex(slot: 1, port: port)
        return try device.ask(.getBulk, ["\(Self.table).\(column).\(index)"], second: 16).values
    }

    @Test(
        "a port that goes down takes its ONUs with it for a cause and a time, and restore brings them back",
        arguments: [
            (Outage.Cause.power, Int32(13)), (.fibre, 1),
        ]
    )
    func portDown(_ cause: Outage.Cause, _ number: Int32) throws {
        var device = try device()
        let before = try states(&device, "46.1.15", port: 0)
        device.now = .seconds(100)

        try device.device.change(.portDown(Self.port0, cause), at: device.now)

        #expect(try states(&device, "46.1.15", port: 0) == [SimulatedValue](repeating: .integer(2), count: 16))
        #expect(try states(&device, "46.1.24", port: 0) == [SimulatedValue](repeating: .integer(number), count: 16))
        #expect(Set(try states(&device, "51.1.4", port: 0)) == [.integer(2_147_483_647)])
        #expect(try states(&device, "46.1.15", port: 1).contains(.integer(1)))
        // 2026-01-01 and a hundred seconds.
        guard case .octets(let time)? = try states(&device, "46.1.23", port: 0).first else { throw BERError.value }
        #expect(time.prefix(7) == [0x07, 0xEA, 1, 1, 0, 1, 40])

        try device.device.change(.restore(Self.port0, id: nil), at: .seconds(200))

        #expect(try states(&device, "46.1.15", port: 0) == before)
        #expect(Set(try states(&device, "46.1.24", port: 0)) == [.integer(number)])
    }

    @Test("one ONU goes down alone")
    func unitDown() throws {
        var device = try device()
        let online = try #require(try device.device.units(at: .zero).first { $0.isOnline && $0.port == Self.port1 })

        try device.device.change(.unitDown(Self.port1, id: online.id, .fibre), at: .zero)

        let now = try device.device.units(at: .zero)
        #expect(now.first { $0.serial == online.serial }.map { [$0.isOnline] } == [false])
        #expect(now.first { $0.serial == online.serial }?.lastDownCause == .fibre)
        #expect(now.count { $0.isOnline } == (try self.device().device.units(at: .zero).count { $0.isOnline }) - 1)
    }

    @Test("an ONU that is taken away is gone from every column and the port's count, and comes back as it was")
    func remove() throws {
        var device = try device()
        let before = try serials(&device)
        let unit = try #require(try device.device.units(at: .zero).first)

        try device.device.change(.remove(unit.port, id: unit.id), at: .zero)

        #expect(try serials(&device).count == 31)
        #expect(try device.walk(from: "1.3.6.1.4.1").allSatisfy { !$0.name.description.hasSuffix(".\(unit.index)") })
        #expect(try device.ask(.get, ["\(Self.table).21.1.16.\(HuaweiNames.interfaceIndex(slot: 1, port: 0))"]).values == [.integer(15)])
        #expect(throws: SiteError.noUnit(unit.port, unit.id)) { try device.device.change(.remove(unit.port, id: unit.id), at: .zero) }

        try device.device.change(.restore(unit.port, id: unit.id), at: .zero)

        #expect(try serials(&device) == before)
    }

    @Test("an ONU that moves keeps its serial and description, and hangs on the other port")
    func move() throws {
        var device = try device()
        let before = try device.device.units(at: .zero)
        let unit = try #require(before.first { $0.port == Self.port0 })

        try device.device.change(.move(Self.port0, id: unit.id, to: Self.port1, as: nil), at: .zero)

        let moved = try #require(try device.device.units(at: .zero).first { $0.serial == unit.serial })
        #expect(moved.port == Self.port1)
        #expect(before.allSatisfy { $0.port != Self.port1 || $0.id != moved.id })
        #expect(try serials(&device).values.count { $0.hasPrefix("\(HuaweiNames.interfaceIndex(slot: 1, port: 1)).") } == 17)
        #expect(try serials(&device).values.contains(moved.index.description))
        try device.device.change(.portDown(Self.port1, .fibre), at: .zero)
        #expect(try device.device.units(at: .zero).first { $0.serial == unit.serial }?.isOnline == false)
        #expect(throws: SiteError.taken(Self.port0, 0)) {
            try device.device.change(
                .move(Self.port1, id: moved.id, to: Self.port0, as: try #require(before.dropFirst().first).id - 1),
                at: .zero
            )
            try device.device.change(.move(Self.port0, id: try #require(before.dropFirst().first).id, to: Self.port0, as: 0), at: .zero)
        }

        try device.device.change(.restore(nil, id: nil), at: .zero)

        #expect(try device.device.units(at: .zero).map(\.index) == before.map(\.index))
    }

    @Test("what is not there cannot be changed, and a recording has nothing to change")
    func refusals() throws {
        var device = try device()
        var recorded = try DeviceHarness("1.3.6.1.2.1.1.5.0|4|a\n")

        #expect(throws: SiteError.noPort(PortName(slot: 2, number: 0), Self.port0, Self.port1)) {
            try device.device.change(.portDown(PortName(slot: 2, number: 0), .power), at: .zero)
        }
        #expect(throws: SiteError.noUnit(Self.port0, 999)) { try device.device.change(.remove(Self.port0, id: 999), at: .zero) }
        #expect(throws: SiteError.notGenerated) { try recorded.device.change(.portDown(Self.port0, .power), at: .zero) }
    }

    @Test("the account's socket takes the same orders over HTTP and lists what hangs where")
    func http() throws {
        let running = try RunningSimulator()
        let port = try #require(running.simulator.accountPort)
        func call(_ method: String, _ path: String) -> String {
            LoopbackClient.account(port, "\(method) /devices/\(path) HTTP/1.0\r\n\r\n")
        }

        #expect(call("GET", "127.10.0.1/onus").contains(#""port":"1/0","onu":0,"index":"4194312192.0","serial":""#))
        #expect(call("POST", "127.10.0.1/port-down?port=1%2F0&cause=fibre").hasPrefix("HTTP/1.0 200"))
        let runs = try running.client.ask(.asking(.getBulk, ["\(Self.table).46.1.15"], second: 16), at: "127.10.0.1")
        #expect(runs?.values == [SimulatedValue](repeating: .integer(2), count: 16))
        #expect(call("POST", "127.10.0.1/move?port=1/0&onu=0&to=1/1").hasPrefix("HTTP/1.0 200"))
        #expect(call("POST", "127.10.0.1/restore").hasPrefix("HTTP/1.0 200"))
        #expect(call("POST", "127.10.0.1/remove?port=1/0&onu=0").contains("4194312192.0\"") == false)
        #expect(call("POST", "127.10.0.1/onu-down?port=1/1&onu=999").hasPrefix("HTTP/1.0 409"))
        #expect(call("POST", "127.10.0.1/port-down?port=7/0").contains("ports are 1/0 to 1/1"))
        #expect(call("POST", "127.10.0.1/port-down?port=x").hasPrefix("HTTP/1.0 400"))
        #expect(call("POST", "127.10.0.1/port-down?port=1/0&cause=flood").hasPrefix("HTTP/1.0 400"))
        #expect(call("POST", "127.10.0.1/explode").hasPrefix("HTTP/1.0 404"))
        #expect(call("POST", "127.10.0.99/restore").hasPrefix("HTTP/1.0 404"))
        #expect(call("POST", "restore").hasPrefix("HTTP/1.0 404"))
    }
}
