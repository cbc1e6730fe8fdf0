/// A PON port by slot and port number, as its vendor counts: `1/0`.
package struct PortName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var slot: Int
    package var number: Int

    package init(slot: Int, number: Int) {
        self.slot = slot
        self.number = number
    }

    /// Reads `1/3`; `nil` unless both are whole numbers of 0…255.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 2, let slot = parts[0], let number = parts[1] else { return nil }
        self.init(slot: Int(slot), number: Int(number))
    }

    package static func < (left: PortName, right: PortName) -> Bool {
        (left.slot, left.number) < (right.slot, right.number)
    }

    package var description: String { "\(slot)/\(number)" }
}

/// Where an ONU hangs; its id counts within its port.
struct UnitPlace: Hashable, Sendable {
    /// Position of the port among all of the device, from 0.
    var position: Int
    var port: PortName
    var id: UInt32

    /// The port itself.
    init(_ position: Int, _ port: PortName, id: UInt32 = 0) {
        self.position = position
        self.port = port
        self.id = id
    }

    var slot: UInt32 { UInt32(port.slot) }
    var number: UInt32 { UInt32(port.number) }
}
