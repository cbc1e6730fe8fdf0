package import Reactor

/// Why a command or a connection failed.
package enum RedisError: Error, Sendable, Hashable {
    /// The endpoint's text is wrong. `reason` says where.
    case badEndpoint(reason: String)
    /// No connection to this endpoint: nobody listens, or the name has no address.
    case refused(endpoint: String, reason: String)
    /// No answer in time. Whether a command was carried out is unknown.
    case timedOut(operation: String, after: Duration)
    /// The connection was lost, or closed by us. Whether a command in flight was carried out is unknown.
    case closed(reason: String)
    /// The server answered with an error; `message` starts with its code, such as `WRONGTYPE`.
    case server(message: String)
    /// What came is no Redis protocol.
    case protocolViolation(reason: String)
    /// The task that waited was cancelled. The command may still be carried out.
    case cancelled
    /// So many replies are outstanding already.
    case busy(inFlightMax: Int)
    /// There is another connection than the one the request was made for; nothing was sent.
    case reconnected
    /// The request cannot be sent as it is.
    case invalidRequest(reason: String)

    package var retry: RetryAdvice {
        switch self {
        case .badEndpoint, .cancelled, .invalidRequest: .never
        case .refused, .timedOut: .after(.seconds(1))
        case .busy: .after(.milliseconds(50))
        case .reconnected: .after(.zero)
        case .closed, .protocolViolation: .rebuild
        case .server(let message): Self.isTransient(message) ? .after(.seconds(1)) : .never
        }
    }

    /// Errors that pass by themselves, by their code.
    private static func isTransient(_ message: String) -> Bool {
        ["LOADING", "BUSY", "TRYAGAIN", "MASTERDOWN", "CLUSTERDOWN", "READONLY", "OOM"].contains { message.hasPrefix($0 + " ") }
    }
}

extension RedisError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .badEndpoint(let reason): "wrong Redis endpoint: \(reason)"
        case .refused(let endpoint, let reason): "no connection to Redis at \(endpoint): \(reason)"
        case .timedOut(let operation, let after): "\(operation): no answer from Redis within \(after)"
        case .closed(let reason): "the Redis connection is closed: \(reason)"
        case .server(let message): "Redis answered: \(message)"
        case .protocolViolation(let reason): "not the Redis protocol: \(reason)"
        case .cancelled: "the Redis command was cancelled"
        case .busy(let max): "\(max) Redis replies are outstanding already"
        case .reconnected: "there is another Redis connection by now"
        case .invalidRequest(let reason): "invalid Redis request: \(reason)"
        }
    }
}
