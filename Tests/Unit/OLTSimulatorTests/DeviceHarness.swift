import OLTSimulator
import Testing

/// One device without sockets: requests go in, decoded answers come out, time is what the test says.
struct DeviceHarness {
    var device: SimulatedDevice
    var now: Duration = .zero
    private let sender = Sender(address: DeviceAddress(number: 0x7F00_0001), port: 40_000)

    init(
        _ rows: RowTable,
        isVaried: Bool = false,
        faults: [String] = [],
        octetsMax: Int = 1472,
        address: String = "127.10.0.1",
        seed: UInt64 = 1
    ) throws {
        device = SimulatedDevice(
            address: try #require(DeviceAddress(address)),
            rows: rows,
            isVaried: isVaried,
            community: "public",
            seed: seed,
            faults: try Faults(faults),
            octetsMax: octetsMax
        )
    }

    init(_ text: String, faults: [String] = [], octetsMax: Int = 1472) throws {
        try self.init(Recording(snmprec: Array(text.utf8), file: "rows.snmprec").rows, faults: faults, octetsMax: octetsMax)
    }

    /// Departures of one request; they count as sent.
    mutating func departures(_ request: AgentMessage, from port: UInt16 = 40_000) -> [SimulatedDevice.Departure] {
        let departures = device.receive(request.encoded(), from: Sender(address: sender.address, port: port), at: now)
        for departure in departures { device.departed(departure) }
        return departures
    }

    mutating func answer(_ request: AgentMessage) throws -> AgentMessage {
        try AgentMessage(decoding: try #require(departures(request).first).bytes)
    }

    mutating func ask(
        _ kind: AgentMessage.Kind,
        _ names: [String],
        version: AgentMessage.Version = .v2c,
        first: Int32 = 0,
        second: Int32 = 0
    ) throws -> AgentMessage {
        try answer(.asking(kind, names, version: version, first: first, second: second))
    }

    /// All names of a walk by GETNEXT, at most `most`.
    mutating func walk(from start: String = "0.0", most: Int = 10_000) throws -> [AgentMessage.Binding] {
        var found: [AgentMessage.Binding] = []
        var name = start
        while found.count < most {
            let binding = try #require(try ask(.getNext, [name]).bindings.first)
            if binding.value == .endOfMIBView { break }
            found.append(binding)
            name = binding.name.description
        }
        return found
    }
}

extension AgentMessage {
    static func asking(
        _ kind: Kind,
        _ names: [String],
        version: Version = .v2c,
        community: String = "public",
        id: Int32 = 77,
        first: Int32 = 0,
        second: Int32 = 0
    ) throws -> AgentMessage {
        AgentMessage(
            version: version,
            community: community,
            kind: kind,
            requestID: id,
            first: first,
            second: second,
            bindings: try names.map { Binding(try #require(ObjectName($0))) }
        )
    }

    var names: [String] { bindings.map(\.name.description) }
    var values: [SimulatedValue] { bindings.map(\.value) }
}

/// Repeatable draws for the tests themselves.
struct TestDice {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 17
    }
}
