extension VendorTables {
    /// ISAM 7360 FX: one packed number for an ONT, which is an interface too.
    static let nokia = VendorTables(
        systemDescription: "R6.5.02r NFXS-E FANT-H NOKIA ISAM Copyright (c) 2016 Nokia. All rights reserved.",
        objectID: .enterprise(637, 61, 1),
        interfaceIndex: { pon($0) + 0x2000 },
        interfaceName: { _ in " X-PON" },
        interfaceDescription: { _ in "nokia FWLT-C  PON" },
        portIndex: { [pon($0)] },
        unitIndex: { [ont($0)] },
        unitInterface: UnitInterface(type: 270, description: { _ in "nokia FWLT-C  ONT" }, name: { _ in " ONT" }),
        columns: [
            units(isam + [10, 1, 1, 2], same: .integer(1)),
            units(isam + [10, 1, 1, 5]) { .octets($0.serial) },
            units(isam + [10, 1, 1, 9], same: .text("3FE45458AOCK17")),
            units(isam + [10, 1, 1, 12]) { .octets($0.text ?? []) },
            units(isam + [10, 1, 1, 26], same: .text("G-240W-C")),
            // 1 online, 2 LOS, 256 dying gasp.
            units(isam + [10, 1, 1, 88]) { .integer($0.isOffline ? ($0.lastDownCause == .power ? 256 : 2) : 1) },
            units(isam + [10, 4, 1, 8]) { .integer($0.isOffline ? 36 : 12) },
            units(isam + [10, 14, 1, 2]) { .whole($0.receivedPower.map { $0 * 5 }, else: 32_768) },
            units(isam + [10, 14, 1, 4]) { .whole($0.sentPower.map { $0 * 5 }, else: 32_768) },
            units(isam + [10, 18, 1, 2]) { .whole($0.receivedPowerAtOLT.map { $0 / 10 }, else: 65_534) },
            Column(
                name: isam + [11, 4, 1, 5],
                units: .computed(Formula(subject: .unit { .integer($0.isOffline ? 0 : 1) })),
                ownIndex: { [pon($0), $0.id] }
            ),
            units(isam + [11, 22, 1, 7]) { .text($0.distance.map { String($0) } ?? "") },
        ]
    )

    private static let isam = ObjectName.enterprise(637, 61, 1, 35)

    private static func pon(_ place: UnitPlace) -> UInt32 { (place.slot + 1) << 25 | 13 << 21 | (place.number - 1) << 16 }

    private static func ont(_ place: UnitPlace) -> UInt32 {
        (place.slot + 1) << 25 | 14 << 21 | (place.number - 1) << 16 | (place.id - 1) << 9
    }
}
