extension VendorTables {
    /// V1600G and V1600GS: a box, index `pon.onu`, readings as decimal text.
    static let vsolGPON = VendorTables(
        firstSlot: 0,
        boardsMax: 1,
        systemDescription: "V1600G1",
        objectID: .enterprise(37_950, 1, 1, 5, 10, 14, 1),
        interfaceIndex: { $0.number },
        interfaceName: { "GPON0/\($0.number)" },
        interfaceDescription: { "GPON0/\($0.number)" },
        portIndex: { [$0.number] },
        unitIndex: { [$0.number, $0.id] },
        columns: [
            // 0 logging, 1 LOS, 3 working, 4 dying gasp.
            units(vsol + [1, 1, 5]) { .integer($0.isOffline ? ($0.lastDownCause == .power ? 4 : 1) : 3) },
            units(vsol + [2, 1, 5]) { .text($0.serialText) },
            optics(3) { $0.temperature.map { Decimal($0 * 100, unit: "C") } },
            optics(4) { $0.voltage.map { Decimal($0 / 10, unit: "V") } },
            optics(5) { $0.bias.map { Decimal($0 * 100, unit: "mA") } },
            optics(6) { $0.sentPower.map { Decimal($0, unit: "dBm") } },
            optics(7) { $0.receivedPower.map { Decimal($0, unit: "dBm") } },
            units(vsol + [4, 1, 3], same: .text("VSOL")),
            units(vsol + [4, 1, 14], same: .text("V2801SG")),
            units(vsol + [4, 1, 24]) { .octets($0.text ?? []) },
            units(vsol + [4, 1, 25], same: .text("V2.1.6")),
            units(vsol + [12, 1, 3]) { .whole($0.distance, else: 0) },
            ports(vsol + [18, 1, 2]) { .integer(Int32($0.units.count)) },
            ports(vsol + [18, 1, 3]) { .integer($0.onlineCount) },
        ]
    )

    private static let vsol = ObjectName.enterprise(37_950, 1, 1, 6, 1, 1)

    /// Hundredths as text; half of the boxes glue the unit on: `-19.32(dBm)`.
    private struct Decimal {
        var hundredths: Int32
        var unit: String

        init(_ hundredths: Int32, unit: String) {
            self.hundredths = hundredths
            self.unit = unit
        }

        func text(withUnit: Bool) -> String {
            let rest = hundredths.magnitude % 100
            let number = "\(hundredths < 0 ? "-" : "")\(hundredths.magnitude / 100).\(rest < 10 ? "0" : "")\(rest)"
            return withUnit ? "\(number)(\(unit))" : number
        }
    }

    private static func optics(_ column: UInt32, _ read: @escaping @Sendable (GeneratedUnit) -> Decimal?) -> Column {
        units(vsol + [3, 1, column]) { unit in
            .text(read(unit)?.text(withUnit: unit.isLong) ?? "0.000")
        }
    }
}
