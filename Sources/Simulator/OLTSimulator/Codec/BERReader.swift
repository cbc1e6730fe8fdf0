/// Why bytes are not the BER that SNMP allows.
package enum BERError: Error, Equatable {
    case truncated
    case lengthForm
    case unexpectedTag(UInt8)
    case integer
    case name
    case value
    case version(Int64)
    case leftOver
}

/// Reads BER strictly and never past its end: definite lengths only, shortest integers only, no bytes left over.
struct BERReader {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(_ bytes: [UInt8]) {
        self.init(bytes, from: 0, to: bytes.count)
    }

    private init(_ bytes: [UInt8], from start: Int, to end: Int) {
        self.bytes = bytes
        self.position = start
        self.end = end
    }

    var isAtEnd: Bool { position == end }

    func finish() throws(BERError) {
        guard isAtEnd else { throw .leftOver }
    }

    /// Steps over one element and returns its tag and a reader of its content.
    mutating func element() throws(BERError) -> (tag: UInt8, content: BERReader) {
        let tag = try octet()
        guard tag & 0x1F != 0x1F else { throw .unexpectedTag(tag) }
        let length = try self.length()
        guard length <= end - position else { throw .truncated }
        let content = BERReader(bytes, from: position, to: position + length)
        position += length
        return (tag, content)
    }

    mutating func element(_ expected: UInt8) throws(BERError) -> BERReader {
        let (tag, content) = try element()
        guard tag == expected else { throw .unexpectedTag(tag) }
        return content
    }

    mutating func integer32() throws(BERError) -> Int32 {
        guard let value = Int32(exactly: try element(BERTag.integer).signed()) else { throw .integer }
        return value
    }

    mutating func octets() throws(BERError) -> [UInt8] {
        try element(BERTag.octets).rest()
    }

    mutating func name() throws(BERError) -> ObjectName {
        try element(BERTag.name).arcs()
    }

    mutating func value() throws(BERError) -> SimulatedValue {
        let (tag, content) = try element()
        switch tag {
        case BERTag.integer:
            guard let number = Int32(exactly: try content.signed()) else { throw .integer }
            return .integer(number)
        case BERTag.octets: return .octets(content.rest())
        case BERTag.name: return .name(try content.arcs())
        case BERTag.address:
            let octets = content.rest()
            guard octets.count == 4 else { throw .value }
            return .address(octets.reduce(0) { $0 << 8 | UInt32($1) })
        case BERTag.counter32: return .counter32(try content.unsigned32())
        case BERTag.gauge32: return .gauge32(try content.unsigned32())
        case BERTag.timeTicks: return .timeTicks(try content.unsigned32())
        case BERTag.opaque: return .opaque(content.rest())
        case BERTag.counter64: return .counter64(try content.unsigned())
        case BERTag.null: return try content.empty(.null)
        case BERTag.noSuchObject: return try content.empty(.noSuchObject)
        case BERTag.noSuchInstance: return try content.empty(.noSuchInstance)
        case BERTag.endOfMIBView: return try content.empty(.endOfMIBView)
        default: throw .unexpectedTag(tag)
        }
    }

    // MARK: Content

    func signed() throws(BERError) -> Int64 {
        guard (1...8).contains(end - position), isShortest else { throw .integer }
        let start: Int64 = bytes[position] & 0x80 == 0 ? 0 : -1
        return bytes[position..<end].reduce(start) { $0 << 8 | Int64($1) }
    }

    private func unsigned() throws(BERError) -> UInt64 {
        let length = end - position
        guard (1...9).contains(length), isShortest, bytes[position] & 0x80 == 0 else { throw .integer }
        guard length < 9 || bytes[position] == 0 else { throw .integer }
        return bytes[position..<end].reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func unsigned32() throws(BERError) -> UInt32 {
        guard let value = UInt32(exactly: try unsigned()) else { throw .integer }
        return value
    }

    /// X.690, 8.3.2: the first nine bits are neither all zero nor all one.
    private var isShortest: Bool {
        guard end - position > 1 else { return true }
        let sign = bytes[position + 1] & 0x80
        return !(bytes[position] == 0 && sign == 0) && !(bytes[position] == 0xFF && sign != 0)
    }

    func rest() -> [UInt8] {
        Array(bytes[position..<end])
    }

    private func empty(_ value: SimulatedValue) throws(BERError) -> SimulatedValue {
        guard isAtEnd else { throw .value }
        return value
    }

    private func arcs() throws(BERError) -> ObjectName {
        var arcs: [UInt32] = []
        arcs.reserveCapacity(end - position + 1)
        var arc: UInt64 = 0
        var isOpen = false
        for octet in bytes[position..<end] {
            if !isOpen && octet == 0x80 { throw .name }
            arc = arc << 7 | UInt64(octet & 0x7F)
            guard arc <= UInt64(UInt32.max) + 80 else { throw .name }
            isOpen = octet & 0x80 != 0
            if isOpen { continue }
            if arcs.isEmpty {
                let root = min(arc / 40, 2)
                arcs.append(UInt32(root))
                arc -= root * 40
            }
            guard let done = UInt32(exactly: arc), arcs.count < ObjectName.arcsMax else { throw .name }
            arcs.append(done)
            arc = 0
        }
        guard !isOpen, !arcs.isEmpty else { throw .name }
        return ObjectName(arcs)
    }

    private mutating func octet() throws(BERError) -> UInt8 {
        guard position < end else { throw .truncated }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func length() throws(BERError) -> Int {
        let first = try octet()
        guard first & 0x80 != 0 else { return Int(first) }
        let count = Int(first & 0x7F)
        guard (1...4).contains(count) else { throw .lengthForm }
        var length = 0
        for _ in 0..<count { length = length << 8 | Int(try octet()) }
        return length
    }
}
