import Domain
import FuzzSupport

@testable import DeviceAdapter
@testable import OLTSimulator
@testable import SNMP

/// BER from a device: the simulator's codec, net-snmp behind the driver, and what the device adapter makes of values.
///
/// The first byte modulo 4: 0, the rest is a datagram for the simulator's codec; 1, one for the driver; 2 and 3, the rest is the list of
/// bindings of an answer that the driver waits for.
@_cdecl("LLVMFuzzerTestOneInput")
func testBER(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = FuzzInput(start, min(count, FuzzDevice.datagramMax)).bytes
    guard let choice = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    switch choice % 4 {
    case 0: _ = decoded(rest)
    case 1: Lab.device.hear(rest)
    default: Lab.hear(bindings: rest)
    }
    return 0
}

/// What is decoded is encoded into something that is decoded into the same, and stays so.
private func decoded(_ bytes: [UInt8]) -> AgentMessage? {
    do throws(BERError) {
        let message = try AgentMessage(decoding: bytes)
        let encoded = message.encoded()
        let again = try? AgentMessage(decoding: encoded)
        insist(again == message, "the codec changes a message to \(String(describing: again))")
        insist(again?.encoded() == encoded, "the codec writes a message in two ways")
        insist(encoded.count <= bytes.count, "the codec's own form is longer: \(encoded.count) and \(bytes.count) bytes")
        return message
    } catch {
        return nil
    }
}

private enum Lab {
    static let device = FuzzDevice()
    private static let types: [Profile.ValueType] = [
        .text(sentinels: ["-"]), .serial, .mac, .words([1: "online", 2: "offline"]),
        .number(scale: 0.01, offset: -100, sentinels: [2_147_483_647], window: -40...0),
        .number(
            scale: 0.002,
            offset: -30,
            sentinels: [65_535],
            window: -40...0,
            wrap: Profile.Wrap(above: 30_000, by: 65_536),
            texts: Profile.TextNumber(unit: "dBm", sentinels: ["N/A"])
        ),
        .text(sentinels: [], classes: [.power: ["dying"]]), .words([:], texts: ["up": "online"], classes: ["online": .other]),
    ]
    private static let packed = IndexForm(
        parts: [
            .bits(
                base: 0,
                fields: [.init(name: "slot", shift: 25, width: 7, add: -1), .init(name: "kind", shift: 21, width: 4, only: 14)],
                whole: "arc"
            ), .number("onu"),
        ],
        port: "{slot}",
        onu: "onu",
        portName: IndexForm.PortName(arc: "arc", prefixes: ["GPON "])
    )
    private static let pattern = NamePattern("GPON{slot}/{pon}:{onu}")
    private static let form = IndexForm(
        parts: [
            .bits(base: 4_194_304_000, fields: [.init(name: "slot", shift: 13, width: 5), .init(name: "port", shift: 1, width: 31)]),
            .number("onu"), .text("serial"),
        ],
        port: "0/{slot}/{port}",
        onu: "onu"
    )

    static func hear(bindings: [UInt8]) {
        device.answer(bindings) { datagram, rows in
            for index in rows.indices { look(at: rows[index]) }
            // Two decoders that never saw each other agree.
            guard let message = decoded(datagram) else { return }
            insist(message.bindings.count == rows.count, "\(rows.count) rows of \(message.bindings.count) bindings")
            for (binding, row) in zip(message.bindings, rows) {
                insist(binding.name.arcs == row.name.arcs, "\(binding.name) is read as \(row.name)")
                if let value = expected(binding.value) { insist(value == row.value, "\(value) is read as \(row.value)") }
            }
        }
    }

    private static func look(at row: VarBind) {
        _ = (row.value.text, row.value.wholeNumber, row.value.isPresent, row.name.description)
        let (type, octets) = ValueType.spelled(row.value)
        insist("\(type.value(of: octets[...]))" == "\(row.value)", "a value changes: \(row.value)")
        for type in types { look(at: type.read(row.value)) }
        if let text = row.value.text { _ = pattern?.read(text) }
        _ = (packed.read(row.name.arcs[...], suffix: []), packed.read(row.name.arcs[...], suffix: [0, 0]))
        if let place = form.read(row.name.arcs[...], suffix: []) { insist(!place.index.isEmpty, "an empty index") }
    }

    private static func look(at reading: Profile.ValueType.Reading?) {
        switch reading {
        case .number(let number): insist((-40.0...0).contains(number), "\(number) is out of its window")
        case .text(let text), .cause(let text, _):
            insist(!text.isEmpty && text.count <= PlainText.charactersMax, "a text of \(text.count) characters")
            insist(!text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }, "a control character in \(text)")
        case .word, nil: break
        }
    }

    /// `nil` where the driver tells more than the simulator says.
    private static func expected(_ value: SimulatedValue) -> SNMPValue? {
        switch value {
        case .integer(let number): .integer(number)
        case .octets(let octets): .octets(octets)
        case .null: .null
        case .name(let name): .oid(OID(name.arcs))
        case .address(let number):
            .ipAddress(
                UInt8(truncatingIfNeeded: number >> 24),
                UInt8(truncatingIfNeeded: number >> 16),
                UInt8(truncatingIfNeeded: number >> 8),
                UInt8(truncatingIfNeeded: number)
            )
        case .counter32(let number): .counter32(number)
        case .gauge32(let number): .gauge(number)
        case .timeTicks(let number): .ticks(number)
        case .counter64(let number): .counter64(number)
        case .noSuchObject: .noSuchObject
        case .noSuchInstance: .noSuchInstance
        case .endOfMIBView: .endOfMibView
        case .opaque: nil
        }
    }
}
