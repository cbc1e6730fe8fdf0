/// What makes one device differ from the others that share its rows.
struct DeviceIdentity: Sendable {
    let address: DeviceAddress
    /// From seed and address.
    let key: UInt64

    init(address: DeviceAddress, seed: UInt64) {
        self.address = address
        key = Scramble.mix(seed, UInt64(address.number))
    }

    var systemName: String {
        "olt-" + address.number.networkOctets.map(String.init).joined(separator: "-")
    }

    /// The value of a computed row, so long after the device started.
    func value(of cell: RowTable.Cell, after elapsed: Duration, hasRestarted: Bool, outage: Int32?) -> SimulatedValue {
        let unit = HuaweiUnit(cell.ordinal, of: self, outage: outage)
        return switch cell.column {
        case .systemName: .octets(Array(systemName.utf8))
        case .upTime: .timeTicks(UInt32(truncatingIfNeeded: (hasRestarted ? 0 : key % 400_000_000) + elapsed.hundredths))
        case .portOctetsIn: .counter64(unit.counter(30, perSecond: 20_000_000, after: elapsed))
        case .portOctetsOut: .counter64(unit.counter(31, perSecond: 200_000_000, after: elapsed))
        case .serial: .octets(unit.serial)
        case .description: .octets(unit.text)
        case .runStatus: .integer(unit.isOffline ? 2 : 1)
        case .distance: .integer(unit.distance)
        case .lastUpTime: .octets(unit.lastUp)
        case .lastDownTime: .octets(unit.lastDown)
        case .lastDownCause: .integer(unit.lastDownCause)
        case .lastDyingGaspTime: .octets(unit.lastDyingGasp)
        case .temperature: .integer(unit.temperature)
        case .bias: .integer(unit.bias)
        case .sentPower: .integer(unit.sentPower)
        case .receivedPower: .integer(unit.receivedPower)
        case .voltage: .integer(unit.voltage)
        case .receivedPowerAtOLT: .integer(unit.receivedPowerAtOLT)
        case .televisionPower: .integer(unit.televisionPower)
        case .ethernetState: .integer(unit.ethernetState)
        case .trafficUpFrames: .counter64(unit.counter(32, perSecond: 3000, after: elapsed))
        case .trafficUpOctets: .counter64(unit.counter(33, perSecond: 1_000_000, after: elapsed))
        case .trafficDownFrames: .counter64(unit.counter(34, perSecond: 9000, after: elapsed))
        case .trafficDownOctets: .counter64(unit.counter(35, perSecond: 12_000_000, after: elapsed))
        }
    }
}

extension Duration {
    /// Hundredths of a second, never below zero.
    var hundredths: UInt64 {
        let parts = components
        guard parts.seconds >= 0, parts.attoseconds >= 0 else { return 0 }
        return UInt64(parts.seconds) * 100 + UInt64(parts.attoseconds / 10_000_000_000_000_000)
    }
}
