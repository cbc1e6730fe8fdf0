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

    /// sysUpTime of a device that has been up for years already, or has restarted since.
    func ticks(_ upTime: Duration, hasRestarted: Bool = false) -> UInt32 {
        UInt32(truncatingIfNeeded: (hasRestarted ? 0 : key % 400_000_000) + upTime.hundredths)
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
