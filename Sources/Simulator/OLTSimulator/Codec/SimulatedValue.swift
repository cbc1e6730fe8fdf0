/// One value of an SNMP binding, in every type of SMIv2 and the three exceptions of RFC 3416.
package enum SimulatedValue: Hashable, Sendable {
    case integer(Int32)
    case octets([UInt8])
    case null
    case name(ObjectName)
    /// IPv4 address, first octet in the high bits.
    case address(UInt32)
    case counter32(UInt32)
    case gauge32(UInt32)
    /// Hundredths of a second.
    case timeTicks(UInt32)
    case opaque([UInt8])
    case counter64(UInt64)
    case noSuchObject
    case noSuchInstance
    case endOfMIBView
}

/// Identifier octets of BER as SNMP uses them.
enum BERTag {
    static let integer: UInt8 = 0x02
    static let octets: UInt8 = 0x04
    static let null: UInt8 = 0x05
    static let name: UInt8 = 0x06
    static let sequence: UInt8 = 0x30
    static let address: UInt8 = 0x40
    static let counter32: UInt8 = 0x41
    static let gauge32: UInt8 = 0x42
    static let timeTicks: UInt8 = 0x43
    static let opaque: UInt8 = 0x44
    static let counter64: UInt8 = 0x46
    static let noSuchObject: UInt8 = 0x80
    static let noSuchInstance: UInt8 = 0x81
    static let endOfMIBView: UInt8 = 0x82
}
