extension PostgresCell {
    /// Reads `text[]` and arrays of its kin.
    package var texts: [String?]? {
        get throws(PostgresError) {
            try elements("an array of text") { reader, type throws(PostgresError) in
                guard PostgresReader.isText(type) else { throw wrongType("an array of text") }
                guard let text = reader.text(of: type) else { throw wrong("an element is not UTF-8") }
                return text
            }
        }
    }

    /// Reads arrays of `smallint`, `integer` and `bigint`.
    package var int64s: [Int64?]? {
        get throws(PostgresError) {
            try elements("an array of integers") { reader, type throws(PostgresError) in
                switch type {
                case PostgresType.int2: Int64(reader.integer() as Int16)
                case PostgresType.int4: Int64(reader.integer() as Int32)
                case PostgresType.int8: reader.integer()
                default: throw wrongType("an array of integers")
                }
            }
        }
    }

    package var uuids: [PostgresUUID?]? {
        get throws(PostgresError) {
            try elements("an array of uuids") { reader, type throws(PostgresError) in
                guard type == PostgresType.uuid else { throw wrongType("an array of uuids") }
                return reader.uuid()
            }
        }
    }

    /// An array of one dimension; the column's own type is not looked at, its elements' type is.
    private func elements<Value>(
        _ wanted: String,
        _ decode: (inout PostgresReader, _ type: UInt32) throws(PostgresError) -> Value
    ) throws(PostgresError) -> [Value?]? {
        guard handle.type(of: column) >= PostgresType.json else { throw wrongType(wanted) }
        return try unsafe handle.read(row: row, column: column) { bytes throws(PostgresError) in
            var reader = unsafe PostgresReader(bytes)
            let dimensions: Int32 = reader.integer()
            _ = reader.integer() as Int32
            let type: UInt32 = reader.integer()
            if dimensions == 0 { return [] }
            guard dimensions == 1 else { throw wrongType(wanted) }
            let count: Int32 = reader.integer()
            _ = reader.integer() as Int32
            var values: [Value?] = []
            for _ in 0..<max(0, count) {
                let length: Int32 = reader.integer()
                if length < 0 {
                    values.append(nil)
                    continue
                }
                var element = reader.slice(Int(length))
                values.append(try decode(&element, type))
            }
            return values
        }
    }
}
