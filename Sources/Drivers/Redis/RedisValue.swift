/// One reply of a Redis server, copied out of the library.
package enum RedisValue: Sendable, Hashable {
    /// A simple string such as `OK`.
    case status(String)
    /// An error inside an array; an error that answers a whole command is thrown instead.
    case error(String)
    case integer(Int64)
    /// A bulk string: any bytes, also no UTF-8.
    case bytes([UInt8])
    case array([RedisValue])
    case null
}

extension RedisValue {
    /// The integer, also of a bulk string that spells one.
    package var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .bytes, .status: text.flatMap { Int64($0) }
        case .error, .array, .null: nil
        }
    }

    package var bytes: [UInt8]? {
        switch self {
        case .bytes(let bytes): bytes
        case .status(let text): Array(text.utf8)
        case .error, .integer, .array, .null: nil
        }
    }

    /// The text of a status or of a bulk string; `nil` when the bytes are not UTF-8.
    package var text: String? {
        switch self {
        case .status(let text): text
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        case .error, .integer, .array, .null: nil
        }
    }

    package var array: [RedisValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    package var isNull: Bool { self == .null }
}
