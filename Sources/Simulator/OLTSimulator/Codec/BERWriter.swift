/// Writes BER: appends whole elements to a byte array.
enum BERWriter {
    static func append(_ tag: UInt8, content: some Collection<UInt8>, to bytes: inout [UInt8]) {
        appendHeader(tag, length: content.count, to: &bytes)
        bytes.append(contentsOf: content)
    }

    static func append(_ value: SimulatedValue, to bytes: inout [UInt8]) {
        switch value {
        case .integer(let number): append(signed: Int64(number), to: &bytes)
        case .octets(let octets): append(BERTag.octets, content: octets, to: &bytes)
        case .null: appendHeader(BERTag.null, length: 0, to: &bytes)
        case .name(let name): append(name: name.arcs[...], to: &bytes)
        case .address(let address): append(BERTag.address, content: address.networkOctets, to: &bytes)
        case .counter32(let number): append(BERTag.counter32, unsigned: UInt64(number), to: &bytes)
        case .gauge32(let number): append(BERTag.gauge32, unsigned: UInt64(number), to: &bytes)
        case .timeTicks(let number): append(BERTag.timeTicks, unsigned: UInt64(number), to: &bytes)
        case .opaque(let octets): append(BERTag.opaque, content: octets, to: &bytes)
        case .counter64(let number): append(BERTag.counter64, unsigned: number, to: &bytes)
        case .noSuchObject: appendHeader(BERTag.noSuchObject, length: 0, to: &bytes)
        case .noSuchInstance: appendHeader(BERTag.noSuchInstance, length: 0, to: &bytes)
        case .endOfMIBView: appendHeader(BERTag.endOfMIBView, length: 0, to: &bytes)
        }
    }

    static func append(signed number: Int64, to bytes: inout [UInt8]) {
        var length = 1
        while length < 8 && number >> Int64(length * 8 - 1) != 0 && number >> Int64(length * 8 - 1) != -1 { length += 1 }
        appendHeader(BERTag.integer, length: length, to: &bytes)
        for index in stride(from: length - 1, through: 0, by: -1) {
            bytes.append(UInt8(truncatingIfNeeded: number >> Int64(index * 8)))
        }
    }

    static func append(name arcs: ArraySlice<UInt32>, to bytes: inout [UInt8]) {
        appendHeader(BERTag.name, length: length(ofName: arcs), to: &bytes)
        append(arc: firstPair(arcs), to: &bytes)
        for arc in arcs.dropFirst(2) { append(arc: UInt64(arc), to: &bytes) }
    }

    /// Octets of a name's content, without tag and length.
    static func length(ofName arcs: ArraySlice<UInt32>) -> Int {
        arcs.dropFirst(2).reduce(length(ofArc: firstPair(arcs))) { $0 + length(ofArc: UInt64($1)) }
    }

    /// A binding: a sequence of a name and an element that is already encoded.
    static func append(binding arcs: ArraySlice<UInt32>, encoded value: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
        let name = length(ofName: arcs)
        appendHeader(BERTag.sequence, length: 1 + octets(ofLength: name) + name + value.count, to: &bytes)
        append(name: arcs, to: &bytes)
        bytes.append(contentsOf: value)
    }

    static func appendHeader(_ tag: UInt8, length: Int, to bytes: inout [UInt8]) {
        bytes.append(tag)
        if length < 0x80 {
            bytes.append(UInt8(length))
            return
        }
        let count = octets(ofLength: length) - 1
        bytes.append(0x80 | UInt8(count))
        for index in stride(from: count - 1, through: 0, by: -1) { bytes.append(UInt8(truncatingIfNeeded: length >> (index * 8))) }
    }

    // MARK: Parts

    private static func octets(ofLength length: Int) -> Int {
        guard length >= 0x80 else { return 1 }
        return 1 + (Int.bitWidth - length.leadingZeroBitCount + 7) / 8
    }

    private static func append(_ tag: UInt8, unsigned number: UInt64, to bytes: inout [UInt8]) {
        let length = (UInt64.bitWidth - number.leadingZeroBitCount) / 8 + 1
        appendHeader(tag, length: length, to: &bytes)
        if length == 9 { bytes.append(0) }
        for index in stride(from: min(length, 8) - 1, through: 0, by: -1) {
            bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(index * 8)))
        }
    }

    private static func firstPair(_ arcs: ArraySlice<UInt32>) -> UInt64 {
        UInt64(arcs.first ?? 0) * 40 + UInt64(arcs.dropFirst().first ?? 0)
    }

    private static func length(ofArc arc: UInt64) -> Int {
        max(1, (UInt64.bitWidth - arc.leadingZeroBitCount + 6) / 7)
    }

    private static func append(arc: UInt64, to bytes: inout [UInt8]) {
        for index in stride(from: length(ofArc: arc) - 1, to: 0, by: -1) {
            bytes.append(0x80 | UInt8(truncatingIfNeeded: arc >> UInt64(index * 7) & 0x7F))
        }
        bytes.append(UInt8(arc & 0x7F))
    }
}

extension UInt32 {
    /// The four octets, highest first.
    var networkOctets: [UInt8] {
        [
            UInt8(truncatingIfNeeded: self >> 24), UInt8(truncatingIfNeeded: self >> 16), UInt8(truncatingIfNeeded: self >> 8),
            UInt8(truncatingIfNeeded: self),
        ]
    }
}
