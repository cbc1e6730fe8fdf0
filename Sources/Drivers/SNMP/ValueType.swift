/// How the octets of a value in `SNMPRows` are read; the raw values are those of the C face.
enum ValueType: UInt32, Sendable {
    case integer = 1
    case gauge
    case counter32
    case counter64
    case ticks
    case octets
    case oid
    case address
    case float
    case double
    case opaque
    case null
    case noSuchObject
    case noSuchInstance
    case endOfView

    func value(of bytes: ArraySlice<UInt8>) -> SNMPValue {
        switch self {
        case .integer: .integer(Int32(truncatingIfNeeded: Self.number(bytes)))
        case .gauge: .gauge(UInt32(truncatingIfNeeded: Self.number(bytes)))
        case .counter32: .counter32(UInt32(truncatingIfNeeded: Self.number(bytes)))
        case .counter64: .counter64(Self.number(bytes))
        case .ticks: .ticks(UInt32(truncatingIfNeeded: Self.number(bytes)))
        case .octets: .octets(Array(bytes))
        case .oid: .oid(Self.oid(bytes))
        case .address: Self.address(bytes)
        case .float: .opaqueFloat(Float(bitPattern: UInt32(truncatingIfNeeded: Self.number(bytes))))
        case .double: .opaqueDouble(Double(bitPattern: Self.number(bytes)))
        case .opaque: .opaque(Array(bytes))
        case .null: .null
        case .noSuchObject: .noSuchObject
        case .noSuchInstance: .noSuchInstance
        case .endOfView: .endOfMibView
        }
    }

    /// The way back, for rows that were not read from a device.
    static func spelled(_ value: SNMPValue) -> (ValueType, [UInt8]) {
        switch value {
        case .integer(let number): (.integer, spelled(UInt64(bitPattern: Int64(number))))
        case .gauge(let number): (.gauge, spelled(UInt64(number)))
        case .counter32(let number): (.counter32, spelled(UInt64(number)))
        case .counter64(let number): (.counter64, spelled(number))
        case .ticks(let number): (.ticks, spelled(UInt64(number)))
        case .octets(let octets): (.octets, octets)
        case .oid(let oid): (.oid, oid.arcs.flatMap { arc in (0..<4).map { UInt8(truncatingIfNeeded: arc >> (8 * $0)) } })
        case .ipAddress(let a, let b, let c, let d): (.address, [a, b, c, d])
        case .opaqueFloat(let number): (.float, spelled(UInt64(number.bitPattern)))
        case .opaqueDouble(let number): (.double, spelled(number.bitPattern))
        case .opaque(let octets): (.opaque, octets)
        case .null: (.null, [])
        case .noSuchObject: (.noSuchObject, [])
        case .noSuchInstance: (.noSuchInstance, [])
        case .endOfMibView: (.endOfView, [])
        }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func spelled(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private static func oid(_ bytes: ArraySlice<UInt8>) -> OID {
        OID(
            stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { start in
                UInt32(truncatingIfNeeded: number(bytes[start..<min(start + 4, bytes.endIndex)]))
            }
        )
    }

    /// An address of a length other than four octets is kept as octets.
    private static func address(_ bytes: ArraySlice<UInt8>) -> SNMPValue {
        let parts = Array(bytes)
        guard parts.count == 4 else { return .octets(parts) }
        return .ipAddress(parts[0], parts[1], parts[2], parts[3])
    }
}
