extension VendorTables {
    /// GP3600: a box whose ONUs are interfaces; ifDescr names port and id.
    static let bdcomGPON = VendorTables(
        firstSlot: 0,
        boardsMax: 1,
        systemDescription: "BDCOM(tm) GP3600-16B Software, Version 10.1.0E Build 74104",
        objectID: .enterprise(3320, 1, 390, 0),
        interfaceType: 1,
        interfaceIndex: { 109 + $0.number },
        interfaceName: { "GPON0/\($0.number)" },
        interfaceDescription: { "GPON0/\($0.number)" },
        portIndex: { [109 + $0.number] },
        // Given out as ONUs register: rises, but not with the id.
        unitIndex: { [1178 + UInt32($0.position) * 128 + (($0.id - 1) ^ 1)] },
        unitInterface: UnitInterface(
            type: 1,
            description: { "GPON0/\($0.number):\($0.id)" },
            name: { "GPON0/\($0.number):\($0.id)" }
        ),
        columns: [
            ports(bdcom + [2, 1, 1, 4]) { .integer($0.onlineCount) },
            // Those that are down: on a recorded GP3600 both counts add up to its ONUs.
            ports(bdcom + [2, 1, 1, 5]) { .integer(Int32($0.units.count) - $0.onlineCount) },
            units(bdcom + [2, 3, 1, 3]) { .whole($0.receivedPowerAtOLT.map { $0 / 10 }, else: -65_535) },
            units(bdcom + [3, 1, 1, 2], same: .text("BDCM")),
            units(bdcom + [3, 1, 1, 4]) { .text($0.serialText) },
            units(bdcom + [3, 1, 1, 9], same: .text("GP1704")),
            units(bdcom + [3, 1, 1, 19]) { .integer($0.isOffline ? 0 : Int32(clamping: $0.elapsed.components.seconds)) },
            units(bdcom + [3, 1, 1, 33]) { .whole($0.distance, else: 0) },
            // 1 power off, 8 LOS.
            units(bdcom + [3, 1, 1, 35]) { unit in
                switch unit.lastDownCause {
                case nil: .integer(0)
                case .power: .integer(1)
                case .fibre: .integer(8)
                }
            },
            units(bdcom + [3, 2, 1, 21]) { .octets($0.text ?? []) },
            units(bdcom + [3, 3, 1, 2]) { .text($0.serialText) },
            // 3 auto-configured, 2 deregistered, 4 lost.
            units(bdcom + [3, 3, 1, 4]) { .integer($0.isOffline ? ($0.lastDownCause == .fibre ? 4 : 2) : 3) },
            units(bdcom + [3, 4, 1, 2]) { .whole($0.receivedPower.map { $0 / 10 }, else: -65_535) },
            units(bdcom + [3, 4, 1, 3]) { .whole($0.sentPower.map { $0 / 10 }, else: -65_535) },
        ]
    )

    private static let bdcom = ObjectName.enterprise(3320, 10)
}
