/// Readings of columns that cannot be NULL; NULL throws `.decoding`.
extension PostgresRow {
    package func int64(_ column: Int) throws(PostgresError) -> Int64 { try present(self[column].int64, column) }
    package func int32(_ column: Int) throws(PostgresError) -> Int32 { try present(self[column].int32, column) }
    package func int16(_ column: Int) throws(PostgresError) -> Int16 { try present(self[column].int16, column) }
    package func bool(_ column: Int) throws(PostgresError) -> Bool { try present(self[column].bool, column) }
    package func double(_ column: Int) throws(PostgresError) -> Double { try present(self[column].double, column) }
    package func text(_ column: Int) throws(PostgresError) -> String { try present(self[column].text, column) }
    package func bytes(_ column: Int) throws(PostgresError) -> [UInt8] { try present(self[column].bytes, column) }
    package func uuid(_ column: Int) throws(PostgresError) -> PostgresUUID { try present(self[column].uuid, column) }
    /// Microseconds since 1970 UTC.
    package func timestamp(_ column: Int) throws(PostgresError) -> Int64 { try present(self[column].timestamp, column) }

    private func present<Value>(_ value: Value?, _ column: Int) throws(PostgresError) -> Value {
        guard let value else { throw self[column].wrong("it is NULL") }
        return value
    }
}
