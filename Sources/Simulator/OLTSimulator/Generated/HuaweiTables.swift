/// Names of the tables that a Huawei GPON OLT answers.
package enum HuaweiNames {
    static let chassis = ObjectName.enterprise(2011, 2, 123)
    static let gpon = ObjectName.enterprise(2011, 6, 128, 1, 1, 2)
    /// GPON tables of traffic: Counter64 per ONT.
    static let traffic = ObjectName.enterprise(2011, 6, 128, 1, 1, 4, 23, 1)
    /// Optics as the ONTs measure them: the dear columns.
    static let optics = gpon + [51, 1]
    /// "No reading" of the optics columns.
    static let noReading: Int32 = 2_147_483_647

    /// ifIndex of a PON port of frame 0.
    package static func interfaceIndex(slot: UInt32, port: UInt32) -> UInt32 { 0xFA00_0000 + slot << 13 + port << 8 }
}

extension VendorTables {
    /// MA5600T, MA5603T and MA5800: GPON boards.
    static let huawei = VendorTables(
        firstPort: 0,
        firstID: 0,
        systemDescription: "Huawei Integrated Access Software",
        objectID: HuaweiNames.chassis,
        interfaceIndex: { HuaweiNames.interfaceIndex(slot: $0.slot, port: $0.number) },
        interfaceName: { "GPON 0/\($0.port)" },
        interfaceDescription: { _ in "Huawei-MA5600-V800R018-GPON_UNI" },
        portIndex: { [HuaweiNames.interfaceIndex(slot: $0.slot, port: $0.number)] },
        unitIndex: { [HuaweiNames.interfaceIndex(slot: $0.slot, port: $0.number), $0.id] },
        columns: huaweiPorts + huaweiUnits + huaweiOptics + huaweiTraffic
    )

    /// The count of ONTs per port, and the optics of the port itself.
    private static let huaweiPorts: [Column] =
        [ports(HuaweiNames.gpon + [21, 1, 16]) { .integer(Int32($0.units.count)) }]
        + [(1, 31), (2, 325), (3, 28), (4, 412), (5, HuaweiNames.noReading)].map { column, value in
            ports(HuaweiNames.gpon + [23, 1, column], same: .integer(value))
        }

    private static let huaweiUnits: [Column] = [
        units(HuaweiNames.gpon + [43, 1, 3]) { .octets($0.serial) },
        units(HuaweiNames.gpon + [43, 1, 7], same: .text("line-profile_10")),
        units(HuaweiNames.gpon + [43, 1, 8], same: .text("srv-profile_10")),
        units(HuaweiNames.gpon + [43, 1, 9]) { .octets($0.text ?? Array("ONT_NO_DESCRIPTION".utf8)) },
        units(HuaweiNames.gpon + [43, 1, 10], same: .integer(1)),
        units(HuaweiNames.gpon + [45, 1, 4], same: .text("EG8010H")),
        units(HuaweiNames.gpon + [46, 1, 1], same: .integer(1)),
        units(HuaweiNames.gpon + [46, 1, 15]) { .integer($0.isOffline ? 2 : 1) },
        units(HuaweiNames.gpon + [46, 1, 20]) { .whole($0.distance, else: -1) },
        units(HuaweiNames.gpon + [46, 1, 22]) { .octets(DateAndTime.octets($0.lastUp, isLong: $0.isLong)) },
        units(HuaweiNames.gpon + [46, 1, 23]) { .octets(DateAndTime.octets($0.lastDown, isLong: $0.isLong)) },
        units(HuaweiNames.gpon + [46, 1, 24]) { unit in
            switch unit.lastDownCause {
            case nil: .integer(-1)
            case .power: .integer(13)
            case .fibre: .integer(1)
            }
        },
        units(HuaweiNames.gpon + [46, 1, 25]) { .octets(DateAndTime.octets($0.lastDyingGasp, isLong: $0.isLong)) },
    ]

    private static let huaweiOptics: [Column] = [
        units(HuaweiNames.optics + [1]) { .whole($0.temperature, else: HuaweiNames.noReading) },
        units(HuaweiNames.optics + [2]) { .whole($0.bias, else: HuaweiNames.noReading) },
        units(HuaweiNames.optics + [3]) { .whole($0.sentPower, else: HuaweiNames.noReading) },
        units(HuaweiNames.optics + [4]) { .whole($0.receivedPower, else: HuaweiNames.noReading) },
        units(HuaweiNames.optics + [5]) { .whole($0.voltage, else: HuaweiNames.noReading) },
        units(HuaweiNames.optics + [6]) { .whole($0.receivedPowerAtOLT.map { $0 + 10_000 }, else: HuaweiNames.noReading) },
        units(HuaweiNames.optics + [7]) { .whole($0.televisionPower, else: HuaweiNames.noReading) },
        units(HuaweiNames.gpon + [62, 1, 22], tail: [1]) { .whole($0.isEthernetUp.map { $0 ? 1 : 2 }, else: -1) },
    ]

    private static let huaweiTraffic: [Column] = [
        counter(HuaweiNames.traffic + [1], topic: 32, perSecond: 3000),
        counter(HuaweiNames.traffic + [2], topic: 33, perSecond: 1_000_000),
        counter(HuaweiNames.traffic + [3], topic: 34, perSecond: 9000),
        counter(HuaweiNames.traffic + [4], topic: 35, perSecond: 12_000_000),
    ]
}
