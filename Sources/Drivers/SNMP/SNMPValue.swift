/// What a device said about one name.
package enum SNMPValue: Sendable, Hashable {
    case integer(Int32)
    /// Gauge32 and Unsigned32: one tag on the wire.
    case gauge(UInt32)
    case counter32(UInt32)
    case counter64(UInt64)
    /// Hundredths of a second.
    case ticks(UInt32)
    /// Text or binary, in whatever code page the device has.
    case octets([UInt8])
    case oid(OID)
    case ipAddress(UInt8, UInt8, UInt8, UInt8)
    case opaqueFloat(Float)
    case opaqueDouble(Double)
    case opaque([UInt8])
    case null
    case noSuchObject
    case noSuchInstance
    case endOfMibView

    /// False for the three answers that say why there is no value.
    package var isPresent: Bool {
        switch self {
        case .noSuchObject, .noSuchInstance, .endOfMibView: false
        case .integer, .gauge, .counter32, .counter64, .ticks, .octets, .oid, .ipAddress, .opaqueFloat, .opaqueDouble, .opaque, .null: true
        }
    }

    /// Any whole number; a 64-bit counter beyond `Int64` is `nil`.
    package var wholeNumber: Int64? {
        switch self {
        case .integer(let number): Int64(number)
        case .gauge(let number), .counter32(let number), .ticks(let number): Int64(number)
        case .counter64(let number): Int64(exactly: number)
        case .octets, .oid, .ipAddress, .opaqueFloat, .opaqueDouble, .opaque, .null, .noSuchObject, .noSuchInstance, .endOfMibView: nil
        }
    }

    /// Octets as text: invalid UTF-8 is repaired, the octets themselves stay as they came.
    package var text: String? {
        guard case .octets(let octets) = self else { return nil }
        return String(decoding: octets, as: UTF8.self)
    }
}
