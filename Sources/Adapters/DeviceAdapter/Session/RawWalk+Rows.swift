import Domain
package import SNMP

extension RawWalk.Row {
    /// A row as people read it.
    package init(_ row: VarBind) {
        self.init(oid: "\(row.name)", type: row.value.typeName, value: row.value.shown)
    }
}

extension SNMPValue {
    /// As in RFC 2578; the three answers without a value by their own names.
    fileprivate var typeName: String {
        switch self {
        case .integer: "Integer32"
        case .gauge: "Gauge32"
        case .counter32: "Counter32"
        case .counter64: "Counter64"
        case .ticks: "TimeTicks"
        case .octets: "OCTET STRING"
        case .oid: "OBJECT IDENTIFIER"
        case .ipAddress: "IpAddress"
        case .opaqueFloat: "Opaque float"
        case .opaqueDouble: "Opaque double"
        case .opaque: "Opaque"
        case .null: "NULL"
        case .noSuchObject: "noSuchObject"
        case .noSuchInstance: "noSuchInstance"
        case .endOfMibView: "endOfMibView"
        }
    }

    /// Repaired UTF-8, or `0x…` where an octet string is no text.
    fileprivate var shown: String {
        switch self {
        case .integer(let number): "\(number)"
        case .gauge(let number), .counter32(let number), .ticks(let number): "\(number)"
        case .counter64(let number): "\(number)"
        case .octets(let bytes): PlainText.isText(bytes) ? PlainText.read(bytes) : Self.hex(bytes)
        case .oid(let oid): "\(oid)"
        case .ipAddress(let a, let b, let c, let d): "\(a).\(b).\(c).\(d)"
        case .opaqueFloat(let number): "\(number)"
        case .opaqueDouble(let number): "\(number)"
        case .opaque(let bytes): Self.hex(bytes)
        case .null, .noSuchObject, .noSuchInstance, .endOfMibView: ""
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        "0x" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
