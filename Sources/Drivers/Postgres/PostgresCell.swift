/// One column of one row.
///
/// Every reading is `nil` for NULL and throws `.decoding` when the column has another type.
package struct PostgresCell: Sendable {
    let handle: ResultHandle
    let row: Int
    let column: Int

    package var isNull: Bool { handle.isNull(row: row, column: column) }

    /// Reads `smallint`, `integer` and `bigint`.
    package var int64: Int64? {
        get throws(PostgresError) {
            try read("an integer", of: [PostgresType.int2, PostgresType.int4, PostgresType.int8, PostgresType.oid]) { reader in
                switch reader.count {
                case 2: Int64(reader.integer() as Int16)
                case 4: Int64(reader.integer() as Int32)
                default: reader.integer()
                }
            }
        }
    }

    /// Reads `smallint` and `integer`.
    package var int32: Int32? {
        get throws(PostgresError) {
            try read("an integer of 32 bits", of: [PostgresType.int2, PostgresType.int4]) { reader in
                reader.count == 2 ? Int32(reader.integer() as Int16) : reader.integer()
            }
        }
    }

    /// Reads `smallint`.
    package var int16: Int16? {
        get throws(PostgresError) {
            try read("an integer of 16 bits", of: [PostgresType.int2]) { $0.integer() }
        }
    }

    package var bool: Bool? {
        get throws(PostgresError) {
            try read("a boolean", of: [PostgresType.bool]) { ($0.integer() as UInt8) != 0 }
        }
    }

    /// Reads `real` and `double precision`.
    package var double: Double? {
        get throws(PostgresError) {
            try read("a floating point number", of: [PostgresType.float4, PostgresType.float8]) { reader in
                reader.count == 4 ? Double(Float(bitPattern: reader.integer())) : Double(bitPattern: reader.integer())
            }
        }
    }

    /// Reads text, JSON and enums.
    package var text: String? {
        get throws(PostgresError) {
            let type = handle.type(of: column)
            guard PostgresReader.isText(type) else { throw wrongType("text") }
            return try unsafe handle.read(row: row, column: column) { bytes throws(PostgresError) in
                var reader = unsafe PostgresReader(bytes)
                guard let text = reader.text(of: type) else { throw wrong("it is not UTF-8") }
                return text
            }
        }
    }

    /// Reads `bytea`.
    package var bytes: [UInt8]? {
        get throws(PostgresError) {
            try read("bytes", of: [PostgresType.bytea]) { $0.rest() }
        }
    }

    package var uuid: PostgresUUID? {
        get throws(PostgresError) {
            try read("a uuid", of: [PostgresType.uuid]) { $0.uuid() }
        }
    }

    /// Reads `timestamptz` and `timestamp`, in microseconds since 1970 UTC; infinity is the largest or smallest number.
    package var timestamp: Int64? {
        get throws(PostgresError) {
            try read("a timestamp", of: [PostgresType.timestamptz, PostgresType.timestamp]) { $0.timestamp() }
        }
    }

    private func read<Value>(
        _ wanted: String,
        of types: [UInt32],
        _ decode: (inout PostgresReader) -> Value
    ) throws(PostgresError) -> Value? {
        guard types.contains(handle.type(of: column)) else { throw wrongType(wanted) }
        return unsafe handle.read(row: row, column: column) { bytes in
            var reader = unsafe PostgresReader(bytes)
            return decode(&reader)
        }
    }

    func wrongType(_ wanted: String) -> PostgresError {
        wrong("it is not \(wanted) but of type \(handle.type(of: column))")
    }

    func wrong(_ reason: String) -> PostgresError {
        .decoding(column: handle.columnName(column), reason: reason)
    }
}
