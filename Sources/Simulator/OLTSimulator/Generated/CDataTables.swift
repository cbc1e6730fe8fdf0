extension VendorTables {
    /// FD16xx and kin (NSCRTV) with GPON: a box, one packed index.
    static let cdataGPON = VendorTables(
        firstSlot: 0,
        boardsMax: 1,
        systemDescription: "C-DATA OLT FD1608S",
        objectID: .enterprise(17_409),
        interfaceIndex: { $0.number },
        interfaceName: { "gpon0/0/\($0.number)" },
        interfaceDescription: { "gpon0/0/\($0.number)" },
        portIndex: { [pon($0)] },
        unitIndex: { [pon($0) + $0.id] },
        columns: [
            Column(
                name: cdata + [3, 3, 6, 1, 2],
                units: .computed(Formula(subject: .unit { .whole($0.receivedPowerAtOLT, else: 65_535) })),
                tail: [0, 0]
            ),
            units(cdata + [8, 4, 1, 1, 2]) { .octets($0.text ?? []) },
            units(cdata + [8, 4, 1, 1, 3]) { .text($0.serialText) },
            units(cdata + [8, 4, 1, 1, 5], same: .text("CDTC")),
            units(cdata + [8, 4, 1, 1, 6], same: .text("FD511G-X")),
            units(cdata + [8, 4, 1, 1, 7]) { .integer($0.isOffline ? 2 : 1) },
            units(cdata + [8, 4, 1, 1, 8], same: .integer(1)),
            units(cdata + [8, 4, 1, 1, 9]) { .whole($0.distance, else: 0) },
            units(cdata + [8, 4, 1, 1, 12]) { .integer(Int32(clamping: $0.elapsed.components.seconds)) },
            units(cdata + [8, 4, 1, 1, 13]) { .integer($0.isOffline ? 0 : Int32(clamping: $0.elapsed.components.seconds)) },
            units(cdata + [8, 4, 1, 1, 102]) { .text($0.lastDown.map { DateAndTime.text($0) } ?? "") },
            units(cdata + [8, 4, 1, 1, 103]) { unit in
                switch unit.lastDownCause {
                case nil: .text("")
                case .power: .text("Dying-gasp")
                case .fibre: .text("LOS")
                }
            },
            units(cdata + [8, 4, 4, 1, 4], tail: [0, 0]) { .whole($0.receivedPower, else: 0) },
            units(cdata + [8, 4, 4, 1, 5], tail: [0, 0]) { .whole($0.sentPower, else: 0) },
            units(cdata + [8, 4, 4, 1, 6], tail: [0, 0]) { .whole($0.bias.map { $0 * 100 }, else: 0) },
            units(cdata + [8, 4, 4, 1, 7], tail: [0, 0]) { .whole($0.voltage.map { $0 * 100 }, else: 0) },
            units(cdata + [8, 4, 4, 1, 8], tail: [0, 0]) { .whole($0.temperature.map { $0 * 100 }, else: 0) },
        ]
    )

    private static let cdata = ObjectName.enterprise(17_409, 2)

    /// Device 1, slot 0, PON.
    private static func pon(_ place: UnitPlace) -> UInt32 { 0x0100_0000 + place.number << 8 }
}
