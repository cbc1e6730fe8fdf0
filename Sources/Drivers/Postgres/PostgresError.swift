package import Reactor

/// Why a statement or a connection failed.
package enum PostgresError: Error, Sendable, Hashable {
    /// The endpoint's text is wrong. `reason` says where.
    case badEndpoint(reason: String)
    /// No connection: nobody listens, the name has no address, or the server does not let us in.
    case refused(endpoint: String, reason: String)
    /// No answer in time. Whether a statement was carried out is unknown.
    case timedOut(operation: String, after: Duration)
    /// The connection was lost, or closed by us. Whether a statement in flight was carried out is unknown.
    case closed(reason: String)
    /// The connection was lost during COMMIT: nobody knows whether the transaction holds. Look before repeating.
    case commitUnknown(reason: String)
    /// The server answered with an error; `sqlState` is its five-character code.
    case server(sqlState: String, message: String, detail: String?, constraint: String?)
    /// A column is not what the caller asked for.
    case decoding(column: String, reason: String)
    /// No connection became free in time.
    case poolExhausted(size: Int, waited: Duration)
    /// So many callers wait for a connection already.
    case tooManyWaiting(max: Int)
    /// The task that waited was cancelled, and the statement with it.
    case cancelled
    /// The body of a transaction gave it up; it was rolled back.
    case abandoned(reason: String)
    /// The request cannot be sent as it is.
    case invalidRequest(reason: String)

    package var retry: RetryAdvice {
        switch self {
        case .badEndpoint, .decoding, .cancelled, .abandoned, .invalidRequest, .commitUnknown: .never
        case .refused, .timedOut: .after(.seconds(1))
        case .closed: .rebuild
        case .poolExhausted, .tooManyWaiting: .after(.milliseconds(100))
        case .server(let sqlState, _, _, _): Self.retry(of: sqlState)
        }
    }

    /// The five-character code of a server's error.
    package var sqlState: String? {
        if case .server(let sqlState, _, _, _) = self { sqlState } else { nil }
    }

    /// Whether a unique or exclusion constraint refused the row.
    package var isConflict: Bool { sqlState == "23505" || sqlState == "23P01" }

    private static func retry(of sqlState: String) -> RetryAdvice {
        switch sqlState {
        // Serialization failure, deadlock: the whole transaction again.
        case "40001", "40P01": .after(.milliseconds(20))
        // Lock not available, statement timeout, too many connections, disk or memory short.
        case "55P03", "57014", "53000", "53100", "53200", "53300", "57P03": .after(.seconds(1))
        // A statement that was prepared before the schema changed, or is not prepared any more.
        case "0A000", "26000": .after(.zero)
        case "57P01", "57P02", "57P05": .rebuild
        default: sqlState.hasPrefix("08") ? .rebuild : .never
        }
    }
}

extension PostgresError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .badEndpoint(let reason): "wrong PostgreSQL endpoint: \(reason)"
        case .refused(let endpoint, let reason): "no connection to PostgreSQL at \(endpoint): \(reason)"
        case .timedOut(let operation, let after): "\(operation): no answer from PostgreSQL within \(after)"
        case .closed(let reason): "the PostgreSQL connection is closed: \(reason)"
        case .commitUnknown(let reason): "the connection was lost during COMMIT, the transaction may hold or not: \(reason)"
        case .server(let sqlState, let message, let detail, _):
            "PostgreSQL answered \(sqlState): \(message)\(detail.map { " (\($0))" } ?? "")"
        case .decoding(let column, let reason): "column \(column): \(reason)"
        case .poolExhausted(let size, let waited): "none of \(size) PostgreSQL connections became free within \(waited)"
        case .tooManyWaiting(let max): "\(max) callers wait for a PostgreSQL connection already"
        case .cancelled: "the PostgreSQL statement was cancelled"
        case .abandoned(let reason): "the transaction was given up: \(reason)"
        case .invalidRequest(let reason): "invalid PostgreSQL request: \(reason)"
        }
    }
}
