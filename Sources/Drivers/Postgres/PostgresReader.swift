/// Reads binary values of the server from borrowed memory.
@safe
struct PostgresReader {
    private var remaining: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        unsafe remaining = bytes
    }

    var count: Int { unsafe remaining.count }

    /// The next integer in network order; zero past the end.
    mutating func integer<Value: FixedWidthInteger>() -> Value {
        let size = Value.bitWidth / 8
        guard count >= size else { return 0 }
        let value = unsafe remaining.loadUnaligned(as: Value.self)
        skip(size)
        return Value(bigEndian: value)
    }

    mutating func uuid() -> PostgresUUID {
        PostgresUUID(high: integer(), low: integer())
    }

    mutating func timestamp() -> Int64 {
        let value: Int64 = integer()
        if value == .max || value == .min { return value }
        return value &+ PostgresType.epochShift
    }

    mutating func rest() -> [UInt8] {
        defer { skip(count) }
        return unsafe Array(remaining)
    }

    /// The rest as text; `nil` when it is not UTF-8.
    mutating func text(of type: UInt32) -> String? {
        if type == PostgresType.jsonb { skip(1) }
        defer { skip(count) }
        return unsafe String(validating: remaining, as: UTF8.self)
    }

    /// The next `length` bytes as a reader of their own.
    mutating func slice(_ length: Int) -> PostgresReader {
        let length = min(max(0, length), count)
        defer { skip(length) }
        return unsafe PostgresReader(UnsafeRawBufferPointer(rebasing: remaining[..<length]))
    }

    private mutating func skip(_ length: Int) {
        unsafe remaining = UnsafeRawBufferPointer(rebasing: remaining[min(length, count)...])
    }

    static func isText(_ type: UInt32) -> Bool {
        switch type {
        case PostgresType.text, PostgresType.varchar, PostgresType.bpchar, PostgresType.name, PostgresType.char, PostgresType.json,
            PostgresType.jsonb, PostgresType.unknown:
            true
        default: type >= PostgresType.firstOfUsers
        }
    }
}
