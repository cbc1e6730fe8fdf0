/// One parameter of a statement.
///
/// `nil` is a NULL of the type.
///
/// Every value travels in binary with its type told to the server; where a column has another type, cast in the
/// statement: `$1::text::jsonb`.
package enum PostgresValue: Sendable {
    case bool(Bool?)
    case int16(Int16?)
    case int32(Int32?)
    case int64(Int64?)
    case double(Double?)
    /// Must not contain a zero byte.
    case text(String?)
    case bytes([UInt8]?)
    case uuid(PostgresUUID?)
    /// `timestamptz`, in microseconds since 1970 UTC.
    case timestamp(Int64?)
    case bools([Bool?])
    case int16s([Int16?])
    case int32s([Int32?])
    case int64s([Int64?])
    case doubles([Double?])
    case texts([String?])
    case byteStrings([[UInt8]?])
    case uuids([PostgresUUID?])
    /// `timestamptz[]`, in microseconds since 1970 UTC.
    case timestamps([Int64?])

    /// The type as the server numbers it.
    var type: UInt32 {
        switch self {
        case .bool: PostgresType.bool
        case .int16: PostgresType.int2
        case .int32: PostgresType.int4
        case .int64: PostgresType.int8
        case .double: PostgresType.float8
        case .text: PostgresType.text
        case .bytes: PostgresType.bytea
        case .uuid: PostgresType.uuid
        case .timestamp: PostgresType.timestamptz
        case .bools: PostgresType.boolArray
        case .int16s: PostgresType.int2Array
        case .int32s: PostgresType.int4Array
        case .int64s: PostgresType.int8Array
        case .doubles: PostgresType.float8Array
        case .texts: PostgresType.textArray
        case .byteStrings: PostgresType.byteaArray
        case .uuids: PostgresType.uuidArray
        case .timestamps: PostgresType.timestamptzArray
        }
    }
}
