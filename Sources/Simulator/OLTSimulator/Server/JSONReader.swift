/// Reads one JSON text; depth is bounded, so that no input exhausts the stack.
struct JSONReader {
    private static let depthMax = 32
    private let bytes: [UInt8]
    private var position = 0

    static func value(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        var reader = JSONReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == bytes.count else { throw reader.error }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var error: JSONError { JSONError(offset: position) }
    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let octet = peek, [0x20, 0x09, 0x0A, 0x0D].contains(octet) { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < Self.depthMax else { throw error }
        if take("{") { return try object(depth: depth) }
        if take("[") { return try array(depth: depth) }
        if take("\"") { return .string(try string()) }
        for (word, value) in [("true", JSONValue.bool(true)), ("false", .bool(false)), ("null", .null)]
        where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        return try number()
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        var members: [(name: String, value: JSONValue)] = []
        if take("}") { return .object([]) }
        repeat {
            guard take("\"") else { throw error }
            let name = try string()
            guard take(":") else { throw error }
            members.append((name, try value(depth: depth + 1)))
        } while take(",")
        guard take("}") else { throw error }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        var items: [JSONValue] = []
        if take("]") { return .array([]) }
        repeat { items.append(try value(depth: depth + 1)) } while take(",")
        guard take("]") else { throw error }
        return .array(items)
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        while let octet = peek, "+-.0123456789eE".utf8.contains(octet) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if let whole = Int64(text), text.first != "+" { return .integer(whole) }
        guard let number = Double(text), number.isFinite else { throw error }
        return .number(number)
    }

    private mutating func string() throws(JSONError) -> String {
        var octets: [UInt8] = []
        while let octet = peek {
            position += 1
            switch octet {
            case UInt8(ascii: "\""):
                guard let text = String(validating: octets, as: UTF8.self) else { throw error }
                return text
            case UInt8(ascii: "\\"): octets += try escape()
            case 0..<0x20: throw error
            default: octets.append(octet)
            }
        }
        throw error
    }

    private mutating func escape() throws(JSONError) -> [UInt8] {
        guard let octet = peek else { throw error }
        position += 1
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [octet]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "u"):
            var unit = try codeUnit()
            if (0xD800..<0xDC00).contains(unit) {
                guard peek == UInt8(ascii: "\\") else { throw error }
                position += 1
                guard peek == UInt8(ascii: "u") else { throw error }
                position += 1
                let low = try codeUnit()
                guard (0xDC00..<0xE000).contains(low) else { throw error }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw error }
            return Array(String(Character(scalar)).utf8)
        default: throw error
        }
    }

    private mutating func codeUnit() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = peek?.hexadecimalValue else { throw error }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }
}
