/// Which statements the server has prepared on one connection, and under which names.
///
/// Names never repeat. When the cache is full, further statements are not prepared.
struct StatementCache {
    /// Prepared statements of one connection.
    static let statementsMax = 512

    private var names: [StatementKey: String] = [:]
    private var lastNumber = 0

    /// The name of a prepared statement.
    func name(of key: StatementKey) -> String? {
        names[key]
    }

    /// A fresh name; `nil` when the cache is full.
    mutating func freshName() -> String? {
        guard names.count < Self.statementsMax else { return nil }
        lastNumber += 1
        return "s\(lastNumber)"
    }

    mutating func keep(_ key: StatementKey, as name: String) {
        names[key] = name
    }

    mutating func forget(_ key: StatementKey) {
        names[key] = nil
    }
}
