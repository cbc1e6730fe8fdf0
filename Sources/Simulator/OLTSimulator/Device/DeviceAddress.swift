/// An IPv4 address, ordered as a number.
package struct DeviceAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// First octet in the high bits.
    package var number: UInt32

    package init(number: UInt32) {
        self.number = number
    }

    /// Reads four decimal octets; `nil` otherwise.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        number = 0
        for part in parts {
            guard let octet = UInt8(part), part.first != "+" else { return nil }
            number = number << 8 | UInt32(octet)
        }
    }

    /// Whether it is in 127.0.0.0/8, the only net where simulated devices live.
    package var isLoopback: Bool { number >> 24 == 127 }

    package static func < (left: DeviceAddress, right: DeviceAddress) -> Bool {
        left.number < right.number
    }

    package var description: String {
        number.networkOctets.map(String.init).joined(separator: ".")
    }

    /// Most devices of one process.
    package static let countMax = 65_536

    /// Reads single addresses and ranges with both ends, separated by commas: `127.10.0.1-127.10.0.20,127.11.0.1`.
    package static func list(_ text: String) throws(SettingsError) -> [DeviceAddress] {
        var addresses: [DeviceAddress] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count <= 2, let first = DeviceAddress(ends[0]), let last = DeviceAddress(ends[ends.count - 1]), first <= last else {
                throw .addresses(String(part))
            }
            guard first.isLoopback, last.isLoopback else { throw .notLoopback(String(part)) }
            guard addresses.count + Int(last.number - first.number) < countMax else { throw .tooManyDevices }
            for number in first.number...last.number { addresses.append(DeviceAddress(number: number)) }
        }
        return addresses
    }
}

/// Where a request came from.
package struct Sender: Hashable, Sendable, CustomStringConvertible {
    package var address: DeviceAddress
    package var port: UInt16

    package init(address: DeviceAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    package var description: String { "\(address):\(port)" }
}
