/// Forms that both trees of ZTE share.
private enum ZTEForm {
    /// v × 0.002 − 30 dBm; 65535 for no reading.
    static func power(_ hundredths: Int32?) -> SimulatedValue {
        .whole(hundredths.map { ($0 + 3000) * 5 }, else: 65_535)
    }

    /// Thousandths of a dBm; −80000 for no reading.
    static func powerAtOLT(_ hundredths: Int32?) -> SimulatedValue {
        .whole(hundredths.map { $0 * 10 }, else: -80_000)
    }

    /// Logging 0, LOS 1, syncMib 2, working 3, dying gasp 4; the younger tree counts from 1.
    static func phase(_ unit: GeneratedUnit, from first: Int32) -> SimulatedValue {
        guard unit.isOffline else { return .integer(first + 3) }
        return .integer(first + (unit.lastDownCause == .power ? 4 : 1))
    }

    /// 1 unknown, 2 LOS, 9 power off.
    static func reason(_ unit: GeneratedUnit) -> SimulatedValue {
        switch unit.lastDownCause {
        case nil: .integer(1)
        case .power: .integer(9)
        case .fibre: .integer(2)
        }
    }

    /// Text or DateAndTime, by firmware.
    static func time(_ seconds: Int64?, _ unit: GeneratedUnit) -> SimulatedValue {
        unit.isLong ? .text(DateAndTime.text(seconds)) : .octets(DateAndTime.octets(seconds, isLong: false))
    }

    /// `gpon_1/SLOT/PORT`, shelf 1.
    static func name(_ place: UnitPlace) -> String { "gpon_1/\(place.port)" }
}

extension VendorTables {
    /// C300 and C320 up to V2.1: tree 1012, and 1015 for what the OLT measures.
    ///
    /// Its sysObjectID is one of the younger tree, as on a real C320; and IF-MIB counts ports in a way of its own.
    static let zteC3xx = VendorTables(
        systemDescription: "C320 Version V2.1.0 Software, Copyright (c) by ZTE Corporation Compiled",
        objectID: .enterprise(3902, 1082, 1001, 320, 2, 1),
        interfaceIndex: { 0x1000_0000 + ($0.slot - 1) << 16 + ($0.number - 1) << 8 },
        interfaceName: ZTEForm.name,
        interfaceDescription: { _ in "" },
        portIndex: { [0x1000_0000 + $0.slot << 16 + $0.number << 8] },
        unitIndex: { [0x1000_0000 + $0.slot << 16 + $0.number << 8, $0.id] },
        columns: [
            units(c3xx + [11, 4, 1, 1]) { .whole($0.distance.map { 10_000 - $0 / 2 }, else: 0) },
            units(c3xx + [11, 4, 1, 2]) { .whole($0.distance, else: -1) },
            units(c3xx + [28, 1, 1, 1], same: .text("ZTE-F660")),
            units(c3xx + [28, 1, 1, 2]) { .text("ONU-\($0.ordinal)") },
            units(c3xx + [28, 1, 1, 3]) { .octets($0.text ?? []) },
            units(c3xx + [28, 1, 1, 5]) { .octets($0.serial) },
            units(c3xx + [28, 2, 1, 1], same: .integer(1)),
            units(c3xx + [28, 2, 1, 4]) { ZTEForm.phase($0, from: 0) },
            units(c3xx + [28, 2, 1, 5]) { ZTEForm.time($0.lastUp, $0) },
            units(c3xx + [28, 2, 1, 6]) { ZTEForm.time($0.lastDown, $0) },
            units(c3xx + [28, 2, 1, 7]) { ZTEForm.reason($0) },
            units(c3xx + [50, 12, 1, 1, 10], tail: [1]) { ZTEForm.power($0.receivedPower) },
            units(c3xx + [50, 12, 1, 1, 14], tail: [1]) { ZTEForm.power($0.sentPower) },
            units(c3xx + [50, 12, 1, 1, 17], tail: [1]) { .whole($0.voltage.map { $0 / 20 }, else: 65_535) },
            units(c3xx + [50, 12, 1, 1, 19], tail: [1]) { .whole($0.temperature.map { $0 * 256 }, else: 65_535) },
            counter(.enterprise(3902, 1015, 1010, 5, 56, 1, 1, 2), topic: 33, perSecond: 1_000_000),
            counter(.enterprise(3902, 1015, 1010, 5, 56, 1, 1, 3), topic: 35, perSecond: 12_000_000),
            units(.enterprise(3902, 1015, 1010, 11, 2, 1, 2)) { ZTEForm.powerAtOLT($0.receivedPowerAtOLT) },
        ]
    )

    /// C600, C610, C620, C650, and the C3xx from V2.2: tree 1082.
    static let zteC6xx = VendorTables(
        systemDescription: "C600 Version V1.2.2 Software, Copyright (c) by ZTE Corporation Compiled",
        objectID: .enterprise(3902, 1082, 1001, 600, 1, 2),
        interfaceIndex: { c6xxIndex($0) },
        interfaceName: { "gpon_olt-1/\($0.port)" },
        interfaceDescription: { _ in "" },
        portIndex: { [c6xxIndex($0)] },
        unitIndex: { [c6xxIndex($0), $0.id] },
        columns: [
            units(c6xx + [1, 2, 4, 2, 1, 2]) { ZTEForm.powerAtOLT($0.receivedPowerAtOLT) },
            counter(c6xx + [4, 2, 2, 2, 1, 1], topic: 33, perSecond: 1_000_000),
            counter(c6xx + [4, 2, 2, 2, 1, 44], topic: 35, perSecond: 12_000_000),
            units(c6xx + [10, 2, 3, 3, 1, 1], same: .text("F601")),
            units(c6xx + [10, 2, 3, 3, 1, 2]) { .text("ONU-\($0.ordinal)") },
            units(c6xx + [10, 2, 3, 3, 1, 3]) { .octets($0.text ?? []) },
            // Half of the boxes put the kind of the registration before it.
            units(c6xx + [10, 2, 3, 3, 1, 6]) { .text(($0.isLong ? "1," : "") + $0.serialText) },
            units(c6xx + [10, 2, 3, 8, 1, 1], same: .integer(1)),
            units(c6xx + [10, 2, 3, 8, 1, 4]) { ZTEForm.phase($0, from: 1) },
            units(c6xx + [10, 2, 3, 8, 1, 5]) { ZTEForm.time($0.lastUp, $0) },
            units(c6xx + [10, 2, 3, 8, 1, 6]) { ZTEForm.time($0.lastDown, $0) },
            units(c6xx + [10, 2, 3, 8, 1, 7]) { ZTEForm.reason($0) },
            units(c6xx + [10, 2, 3, 10, 1, 2]) { .whole($0.distance, else: -1) },
            units(c6xx + [20, 2, 1, 2, 1, 1], same: .text("ZTEG")),
            units(c6xx + [20, 2, 1, 2, 1, 2], same: .text("V6.0.10P2T2")),
            units(c6xx + [20, 2, 1, 2, 1, 3]) { .octets($0.serial) },
            units(c6xx + [20, 2, 1, 2, 1, 7]) { .integer($0.isOffline ? 2 : 1) },
            units(c6xx + [20, 2, 1, 2, 1, 8], same: .text("F601")),
            units(c6xx + [20, 2, 2, 2, 1, 10], tail: [1]) { ZTEForm.power($0.receivedPower) },
            units(c6xx + [20, 2, 2, 2, 1, 14], tail: [1]) { ZTEForm.power($0.sentPower) },
        ]
    )

    private static let c3xx = ObjectName.enterprise(3902, 1012, 3)
    private static let c6xx = ObjectName.enterprise(3902, 1082, 500)

    /// Octets 0x11, shelf 1, slot, port.
    private static func c6xxIndex(_ place: UnitPlace) -> UInt32 { 0x1101_0000 + place.slot << 8 + place.number }
}
