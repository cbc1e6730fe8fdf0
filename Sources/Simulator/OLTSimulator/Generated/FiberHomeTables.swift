extension VendorTables {
    /// AN5516: one packed index for an ONU.
    static let fiberHome = VendorTables(
        systemDescription: "AN5516-01",
        objectID: .enterprise(5875, 800, 1001, 11),
        interfaceIndex: { port($0) },
        interfaceName: { "PON \($0.port)" },
        interfaceDescription: { "PON \($0.port)" },
        portIndex: { [port($0)] },
        unitIndex: { [port($0) + $0.id << 8] },
        columns: [
            units(fiberHome3 + [9, 3, 3, 1, 2]) { .octets($0.text ?? []) },
            units(fiberHome3 + [9, 3, 3, 1, 6]) { .whole($0.receivedPower, else: 0) },
            units(fiberHome3 + [9, 3, 3, 1, 7]) { .whole($0.sentPower, else: 0) },
            units(fiberHome3 + [9, 3, 3, 1, 8]) { .whole($0.voltage.map { $0 / 10 }, else: 0) },
            units(fiberHome3 + [9, 3, 3, 1, 9]) { .whole($0.bias.map { $0 * 100 }, else: 0) },
            units(fiberHome3 + [9, 3, 3, 1, 10]) { .whole($0.temperature.map { $0 * 100 }, else: 0) },
            units(fiberHome3 + [9, 3, 3, 1, 11]) { .integer($0.isOffline ? 2 : 1) },
            ports(fiberHome3 + [9, 3, 4, 1, 5]) { .integer($0.onlineCount) },
            ports(fiberHome3 + [9, 3, 4, 1, 8], same: .integer(325)),
            ports(fiberHome3 + [9, 3, 4, 1, 12]) { .integer(Int32($0.units.count)) },
            Column(
                name: fiberHome3 + [9, 3, 7, 1, 2],
                units: .computed(Formula(subject: .unit { .whole($0.receivedPowerAtOLT, else: 0) })),
                ownIndex: { [port($0), $0.id] }
            ),
            units(fiberHome3 + [9, 6, 1, 1, 1]) { .whole($0.distance, else: 0) },
            units(fiberHome3 + [10, 1, 1, 2]) { (place: UnitPlace) in .integer(Int32(place.slot)) },
            units(fiberHome3 + [10, 1, 1, 3]) { (place: UnitPlace) in .integer(Int32(place.number)) },
            units(fiberHome3 + [10, 1, 1, 4]) { (place: UnitPlace) in .integer(Int32(place.id)) },
            units(fiberHome3 + [10, 1, 1, 5], same: .integer(766)),
            units(fiberHome3 + [10, 1, 1, 7]) { .octets($0.text ?? []) },
            units(fiberHome3 + [10, 1, 1, 8]) { .text("loid\($0.ordinal)") },
            units(fiberHome3 + [10, 1, 1, 10]) { .text($0.serialText) },
            units(fiberHome3 + [10, 1, 1, 11]) { .integer($0.isOffline ? 0 : 1) },
            units(fiberHome3 + [10, 1, 1, 12], same: .text("WKE2.134.285F4G")),
            units(fiberHome3 + [10, 1, 1, 13], same: .text("RP2610")),
            units(fiberHome3 + [10, 1, 1, 14], same: .text("")),
        ]
    )

    private static let fiberHome3 = ObjectName.enterprise(5875, 800, 3)

    private static func port(_ place: UnitPlace) -> UInt32 { place.slot << 25 + place.number << 19 }
}
