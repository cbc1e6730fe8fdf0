import Domain
import Postgres
import Wire

/// Reads a row's columns one after the other, in the words of the domain.
struct RowReader {
    private let row: PostgresRow
    private var next = 0

    init(_ row: PostgresRow) {
        self.row = row
    }

    mutating func whole() throws(PostgresError) -> Int { Int(try row.int64(step())) }
    mutating func int64() throws(PostgresError) -> Int64 { try row.int64(step()) }
    mutating func double() throws(PostgresError) -> Double { try row.double(step()) }
    mutating func bool() throws(PostgresError) -> Bool { try row.bool(step()) }
    mutating func text() throws(PostgresError) -> String { try row.text(step()) }
    mutating func bytes() throws(PostgresError) -> [UInt8] { try row.bytes(step()) }
    mutating func timestamp() throws(PostgresError) -> Timestamp { Timestamp(microseconds: try row.timestamp(step())) }
    mutating func duration() throws(PostgresError) -> Duration { .microseconds(try row.int64(step())) }
    mutating func taskID() throws(PostgresError) -> TaskID { TaskID(try row.uuid(step())) }

    mutating func wholeIfAny() throws(PostgresError) -> Int? { try row[step()].int64.map(Int.init) }
    mutating func int64IfAny() throws(PostgresError) -> Int64? { try row[step()].int64 }
    mutating func doubleIfAny() throws(PostgresError) -> Double? { try row[step()].double }
    mutating func boolIfAny() throws(PostgresError) -> Bool? { try row[step()].bool }
    mutating func textIfAny() throws(PostgresError) -> String? { try row[step()].text }
    mutating func bytesIfAny() throws(PostgresError) -> [UInt8]? { try row[step()].bytes }
    mutating func taskIDIfAny() throws(PostgresError) -> TaskID? { try row[step()].uuid.map(TaskID.init) }
    mutating func int64sIfAny() throws(PostgresError) -> [Int64]? { try row[step()].int64s?.compactMap(\.self) }
    mutating func durationIfAny() throws(PostgresError) -> Duration? { try row[step()].int64.map { .microseconds($0) } }
    mutating func timestampIfAny() throws(PostgresError) -> Timestamp? { try row[step()].timestamp.map(Timestamp.init(microseconds:)) }

    mutating func number() throws(PostgresError) -> DispatchNumber { DispatchNumber(try int64()) }
    mutating func numberIfAny() throws(PostgresError) -> DispatchNumber? { try int64IfAny().map(DispatchNumber.init) }
    mutating func oltIfAny() throws(PostgresError) -> OLTID? { try int64IfAny().map(OLTID.init) }

    /// The key a task stands for, and how long from its admission.
    mutating func claimsIfAny(since createdAt: Timestamp) throws(PostgresError) -> [UniqueClaim] {
        let key = try textIfAny()
        let span = try durationIfAny()
        return key.map { [UniqueClaim(UniqueKey(stored: $0), until: span.map { createdAt + $0 })] } ?? []
    }

    /// A wish and its reason.
    mutating func endingIfAny() throws(PostgresError) -> Ending? {
        let state: TaskState? = try codeIfAny()
        let reason = try textIfAny()
        return state.flatMap { Ending(state: $0, reason: reason ?? "") }
    }

    mutating func payload() throws(PostgresError) -> Payload {
        guard let payload = try payloadIfAny() else { throw wrong("it is NULL") }
        return payload
    }

    mutating func payloadIfAny() throws(PostgresError) -> Payload? {
        guard let text = try textIfAny() else { return nil }
        do throws(WireFault) {
            return try PayloadJSON.decode(text)
        } catch {
            throw wrong(error.text)
        }
    }

    mutating func labels() throws(PostgresError) -> [String: String] {
        try payload().compactMapValues(\.text)
    }

    mutating func keyIfAny() throws(PostgresError) -> ExclusionKey? {
        guard let text = try textIfAny() else { return nil }
        guard let key = ExclusionKey(text) else { throw wrong("it is no exclusion key") }
        return key
    }

    /// A value of an enum that is stored as a small number.
    mutating func code<Value: RawRepresentable>() throws(PostgresError) -> Value where Value.RawValue == Int16 {
        guard let value = Value(rawValue: Int16(truncatingIfNeeded: try int64())) else { throw wrong("the number has no meaning") }
        return value
    }

    mutating func codeIfAny<Value: RawRepresentable>() throws(PostgresError) -> Value? where Value.RawValue == Int16 {
        try int64IfAny().flatMap { Value(rawValue: Int16(truncatingIfNeeded: $0)) }
    }

    /// A value of an enum that is stored as a word.
    mutating func word<Value: RawRepresentable>() throws(PostgresError) -> Value where Value.RawValue == String {
        guard let value = Value(rawValue: try text()) else { throw wrong("the word has no meaning") }
        return value
    }

    /// Four columns: class, message, whether it is retryable, pause.
    mutating func faultIfAny() throws(PostgresError) -> TaskFault? {
        let errorClass = try textIfAny()
        let message = try textIfAny()
        let retryable = try boolIfAny()
        let retryAfter = try durationIfAny()
        return errorClass.map { TaskFault($0, message ?? "", retryable: retryable ?? false, retryAfter: retryAfter) }
    }

    private mutating func step() -> Int {
        defer { next += 1 }
        return next
    }

    private func wrong(_ reason: String) -> PostgresError {
        .decoding(column: "\(next - 1)", reason: reason)
    }
}

extension TaskID {
    init(_ uuid: PostgresUUID) {
        self.init(high: uuid.high, low: uuid.low)
    }

    var uuid: PostgresUUID { PostgresUUID(high: high, low: low) }
}

extension PostgresRows {
    /// Reads every row.
    func read<Value>(_ decode: (inout RowReader) throws(PostgresError) -> Value) throws(PostgresError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        for row in self {
            var reader = RowReader(row)
            values.append(try decode(&reader))
        }
        return values
    }
}

extension PostgresValue {
    static func uuids(_ ids: some Sequence<TaskID>) -> PostgresValue { .uuids(ids.map(\.uuid)) }
    static func numbers(_ numbers: some Sequence<DispatchNumber>) -> PostgresValue { .int64s(numbers.map(\.value)) }
    static func keys(_ keys: some Sequence<ExclusionKey>) -> PostgresValue { .texts(keys.map(\.text)) }
    static func time(_ time: Timestamp?) -> PostgresValue { .timestamp(time?.microseconds) }
    static func times(_ times: some Sequence<Timestamp?>) -> PostgresValue { .timestamps(times.map { $0?.microseconds }) }
    static func codes<Value: RawRepresentable>(_ values: some Sequence<Value>) -> PostgresValue where Value.RawValue == Int16 {
        .int16s(values.map(\.rawValue))
    }
}
