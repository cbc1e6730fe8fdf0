@testable import SNMP

/// Just enough of BER to play a device: written by hand, so that the library is not tested against itself.
enum BER {
    static func tagged(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        if count < 128 { return [tag, UInt8(count)] + content }
        if count < 256 { return [tag, 0x81, UInt8(count)] + content }
        return [tag, 0x82, UInt8(count >> 8), UInt8(count & 0xff)] + content
    }

    static func integer(_ number: Int64, tag: UInt8 = 0x02) -> [UInt8] {
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        while bytes.count > 1, (bytes[0] == 0 && bytes[1] < 0x80) || (bytes[0] == 0xff && bytes[1] >= 0x80) { bytes.removeFirst() }
        return tagged(tag, bytes)
    }

    static func unsigned(_ number: UInt64, tag: UInt8) -> [UInt8] {
        var bytes = [0] + (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        while bytes.count > 1, bytes[0] == 0, bytes[1] < 0x80 { bytes.removeFirst() }
        return tagged(tag, bytes)
    }

    static func name(_ oid: OID) -> [UInt8] {
        var bytes: [UInt8] = []
        let arcs = oid.arcs
        let first = (arcs.first ?? 0) * 40 + (arcs.count > 1 ? arcs[1] : 0)
        for arc in [first] + arcs.dropFirst(2) {
            var septets = [UInt8(arc & 0x7f)]
            var rest = arc >> 7
            while rest > 0 {
                septets.insert(UInt8(rest & 0x7f) | 0x80, at: 0)
                rest >>= 7
            }
            bytes += septets
        }
        return tagged(0x06, bytes)
    }

    static func value(_ value: SNMPValue) -> [UInt8] {
        switch value {
        case .integer(let number): integer(Int64(number))
        case .gauge(let number): unsigned(UInt64(number), tag: 0x42)
        case .counter32(let number): unsigned(UInt64(number), tag: 0x41)
        case .counter64(let number): unsigned(number, tag: 0x46)
        case .ticks(let number): unsigned(UInt64(number), tag: 0x43)
        case .octets(let octets): tagged(0x04, octets)
        case .oid(let oid): name(oid)
        case .ipAddress(let a, let b, let c, let d): tagged(0x40, [a, b, c, d])
        case .opaqueFloat(let number): tagged(0x44, [0x9f, 0x78, 4] + bigEndian(UInt64(number.bitPattern), 4))
        case .opaqueDouble(let number): tagged(0x44, [0x9f, 0x79, 8] + bigEndian(number.bitPattern, 8))
        case .opaque(let octets): tagged(0x44, octets)
        case .null: [0x05, 0]
        case .noSuchObject: [0x80, 0]
        case .noSuchInstance: [0x81, 0]
        case .endOfMibView: [0x82, 0]
        }
    }

    private static func bigEndian(_ bits: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: bits >> (8 * (count - 1 - $0))) }
    }
}

/// Reads one element after another.
struct BERReader {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { bytes.isEmpty }

    mutating func next() -> (tag: UInt8, content: ArraySlice<UInt8>)? {
        guard let tag = bytes.popFirst(), var count = bytes.popFirst().map(Int.init) else { return nil }
        if count > 127 {
            let size = count & 0x7f
            guard bytes.count >= size else { return nil }
            count = bytes.prefix(size).reduce(0) { $0 << 8 | Int($1) }
            bytes = bytes.dropFirst(size)
        }
        guard bytes.count >= count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return (tag, bytes.prefix(count))
    }

    mutating func number() -> Int64? {
        guard let (_, content) = next(), let first = content.first else { return nil }
        return content.reduce(first >= 0x80 ? -1 : 0) { $0 << 8 | Int64($1) }
    }

    mutating func name() -> OID? {
        guard let (tag, content) = next(), tag == 0x06 else { return nil }
        var arcs: [UInt32] = []
        var arc: UInt32 = 0
        for byte in content {
            arc = arc << 7 | UInt32(byte & 0x7f)
            if byte < 0x80 {
                arcs.append(arc)
                arc = 0
            }
        }
        guard let first = arcs.first else { return nil }
        return OID([min(first / 40, 2), first - min(first / 40, 2) * 40] + arcs.dropFirst())
    }
}
