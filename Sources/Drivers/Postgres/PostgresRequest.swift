/// Statements that travel to the server together, with their parameters in the wire format: encoded by the
/// caller, off the reactor thread.
struct PostgresRequest: Sendable {
    /// Statements of one pipeline; more are refused.
    static let statementsMax = 4096

    struct Statement: Sendable {
        let sql: String
        let types: [UInt32]
        let parameters: PostgresWriter
        /// Part of our own bracket around the caller's statements: never prepared, its result not returned.
        let isBracket: Bool

        var key: StatementKey { StatementKey(sql: sql, types: types) }
    }

    private(set) var statements: [Statement] = []
    /// The server commits when it has carried out the request.
    private(set) var commits = false
    /// A cancelled caller cancels it on the server.
    private(set) var isCancellable = true

    /// The caller's statements; with `transaction`, between BEGIN and COMMIT.
    init(_ statements: [(sql: String, parameters: [PostgresValue])], transaction: Bool) throws(PostgresError) {
        guard statements.count <= Self.statementsMax else {
            throw .invalidRequest(reason: "a pipeline has at most \(Self.statementsMax) statements")
        }
        if transaction { self.statements.append(.bracket("BEGIN")) }
        for (sql, parameters) in statements { self.statements.append(try Statement(sql, parameters)) }
        if transaction { self.statements.append(.bracket("COMMIT")) }
        commits = transaction
    }

    private init(bracket: String, commits: Bool) {
        statements = [.bracket(bracket)]
        self.commits = commits
        isCancellable = false
    }

    static func begin(_ isolation: PostgresIsolation) -> PostgresRequest {
        PostgresRequest(bracket: isolation.begin, commits: false)
    }

    static let commit = PostgresRequest(bracket: "COMMIT", commits: true)
    static let rollback = PostgresRequest(bracket: "ROLLBACK", commits: false)
}

extension PostgresRequest.Statement {
    fileprivate static func bracket(_ sql: String) -> Self {
        Self(sql: sql, types: [], parameters: PostgresWriter(), isBracket: true)
    }

    fileprivate init(_ sql: String, _ values: [PostgresValue]) throws(PostgresError) {
        guard !sql.utf8.contains(0) else { throw .invalidRequest(reason: "a statement must not contain a zero byte") }
        guard values.count <= Int(UInt16.max) else { throw .invalidRequest(reason: "a statement has at most 65535 parameters") }
        var writer = PostgresWriter()
        for value in values { try writer.append(value) }
        self.init(sql: sql, types: values.map(\.type), parameters: writer, isBracket: false)
    }
}

/// What makes two statements the same prepared statement.
struct StatementKey: Sendable, Hashable {
    let sql: String
    let types: [UInt32]
}

/// How far concurrent transactions see each other.
package enum PostgresIsolation: Sendable {
    case readCommitted
    case repeatableRead
    case serializable

    var begin: String {
        switch self {
        case .readCommitted: "BEGIN ISOLATION LEVEL READ COMMITTED"
        case .repeatableRead: "BEGIN ISOLATION LEVEL REPEATABLE READ"
        case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE"
        }
    }
}
