/// Writes parameters in the server's binary format, one after another, into one piece of memory.
struct PostgresWriter: Sendable {
    /// Never empty, so that it always has an address.
    private(set) var bytes: [UInt8] = [0]
    /// Where each parameter lies; `nil` is NULL.
    private(set) var parameters: [Range<Int>?] = []

    mutating func append(_ value: PostgresValue) throws(PostgresError) {
        switch value {
        case .bool(let value): try scalar(value) { $0.write($1) }
        case .int16(let value): try scalar(value) { $0.write($1) }
        case .int32(let value): try scalar(value) { $0.write($1) }
        case .int64(let value): try scalar(value) { $0.write($1) }
        case .double(let value): try scalar(value) { $0.write($1.bitPattern) }
        case .text(let value): try scalar(value) { writer, text throws(PostgresError) in try writer.write(text) }
        case .bytes(let value): try scalar(value) { $0.bytes += $1 }
        case .uuid(let value): try scalar(value) { $0.write($1) }
        case .timestamp(let value): try scalar(value) { $0.write(Self.serverTime($1)) }
        case .bools(let values): try array(values, of: PostgresType.bool) { $0.write($1) }
        case .int16s(let values): try array(values, of: PostgresType.int2) { $0.write($1) }
        case .int32s(let values): try array(values, of: PostgresType.int4) { $0.write($1) }
        case .int64s(let values): try array(values, of: PostgresType.int8) { $0.write($1) }
        case .doubles(let values): try array(values, of: PostgresType.float8) { $0.write($1.bitPattern) }
        case .texts(let values):
            try array(values, of: PostgresType.text) { writer, text throws(PostgresError) in try writer.write(text) }
        case .byteStrings(let values): try array(values, of: PostgresType.bytea) { $0.bytes += $1 }
        case .uuids(let values): try array(values, of: PostgresType.uuid) { $0.write($1) }
        case .timestamps(let values): try array(values, of: PostgresType.timestamptz) { $0.write(Self.serverTime($1)) }
        }
    }

    private mutating func scalar<Value>(
        _ value: Value?,
        _ write: (inout PostgresWriter, Value) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        guard let value else { return parameters.append(nil) }
        let start = bytes.count
        try write(&self, value)
        parameters.append(start..<bytes.count)
    }

    /// One dimension, counted from 1; an empty array has none.
    private mutating func array<Value>(
        _ values: [Value?],
        of type: UInt32,
        _ write: (inout PostgresWriter, Value) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        let start = bytes.count
        bytes.reserveCapacity(start + 20 + values.count * 20)
        self.write(Int32(values.isEmpty ? 0 : 1))
        self.write(Int32(values.contains { $0 == nil } ? 1 : 0))
        self.write(type)
        if !values.isEmpty {
            self.write(Int32(clamping: values.count))
            self.write(Int32(1))
        }
        for value in values {
            guard let value else {
                self.write(Int32(-1))
                continue
            }
            let lengthAt = bytes.count
            self.write(Int32(0))
            try write(&self, value)
            let length = UInt32(clamping: bytes.count - lengthAt - 4)
            for byte in 0..<4 { bytes[lengthAt + byte] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(byte))) }
        }
        parameters.append(start..<bytes.count)
    }

    private mutating func write(_ value: some FixedWidthInteger) {
        var rest = value.bitWidth
        while rest > 0 {
            rest -= 8
            bytes.append(UInt8(truncatingIfNeeded: value >> rest))
        }
    }

    private mutating func write(_ value: Bool) {
        bytes.append(value ? 1 : 0)
    }

    private mutating func write(_ value: PostgresUUID) {
        write(value.high)
        write(value.low)
    }

    private mutating func write(_ text: String) throws(PostgresError) {
        let start = bytes.count
        bytes += text.utf8
        if bytes[start...].contains(0) { throw .invalidRequest(reason: "a text must not contain a zero byte") }
    }

    private static func serverTime(_ microseconds: Int64) -> Int64 {
        let (shifted, overflow) = microseconds.subtractingReportingOverflow(PostgresType.epochShift)
        return overflow ? .min : shifted
    }
}
