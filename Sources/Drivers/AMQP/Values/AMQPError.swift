package import Reactor

/// What went wrong, where, and in the broker's or the library's own words.
package struct AMQPFailure: Sendable, Hashable {
    /// What was asked, such as `declare queue work.io.high`.
    package let operation: String
    /// Without the password.
    package let endpoint: String
    /// A reply code of AMQP (positive), or a status of librabbitmq (negative).
    package let code: Int
    package let text: String
    /// The connection is gone; else only the channel of the operation is.
    package let connectionLost: Bool

    package init(operation: String, endpoint: String, code: Int, text: String, connectionLost: Bool) {
        self.operation = operation
        self.endpoint = endpoint
        self.code = code
        self.text = text
        self.connectionLost = connectionLost
    }
}

/// Why the broker, the network or the driver refused.
package enum AMQPError: Error, Sendable, Hashable {
    /// The URL cannot be used.
    case invalidEndpoint(reason: String)
    /// No TCP connection: unknown name, refused, or no answer in time.
    case unreachable(AMQPFailure)
    /// The login was refused (403).
    case wrongCredentials(AMQPFailure)
    /// The virtual host does not exist or is closed to this user (530).
    case virtualHostUnknown(AMQPFailure)
    /// 403 after login: a missing permission, or a queue with an exclusive consumer.
    case accessRefused(AMQPFailure)
    /// 404
    case notFound(AMQPFailure)
    /// 405: another connection holds the exclusive queue.
    case resourceLocked(AMQPFailure)
    /// 406: it exists with other arguments, or the delivery tag is unknown.
    case preconditionFailed(AMQPFailure)
    /// 540; the broker closes the whole connection.
    case notImplemented(AMQPFailure)
    /// Any other reply code.
    case refused(AMQPFailure)
    /// The request cannot be encoded (a name over 255 bytes) and was not sent.
    case invalidRequest(AMQPFailure)
    /// The socket or the library failed, the broker fell silent, or it did not confirm in time.
    case connectionLost(AMQPFailure)
    /// It was closed from this side.
    case closed(AMQPFailure)

    package var failure: AMQPFailure? {
        switch self {
        case .invalidEndpoint: nil
        case .unreachable(let failure), .wrongCredentials(let failure), .virtualHostUnknown(let failure), .accessRefused(let failure),
            .notFound(let failure), .resourceLocked(let failure), .preconditionFailed(let failure), .notImplemented(let failure),
            .refused(let failure), .invalidRequest(let failure), .connectionLost(let failure), .closed(let failure):
            failure
        }
    }

    package var retry: RetryAdvice {
        switch self {
        case .invalidEndpoint, .wrongCredentials, .virtualHostUnknown, .notFound, .preconditionFailed, .notImplemented, .invalidRequest:
            .never
        case .unreachable, .connectionLost, .closed: .rebuild
        case .accessRefused, .resourceLocked: .after(.seconds(1))
        case .refused(let failure): failure.connectionLost ? .rebuild : .after(.seconds(1))
        }
    }

    /// Sorts a reply code of the broker.
    static func refusal(_ failure: AMQPFailure, atLogin: Bool) -> AMQPError {
        switch failure.code {
        case 403: atLogin ? .wrongCredentials(failure) : .accessRefused(failure)
        case 404: .notFound(failure)
        case 405: .resourceLocked(failure)
        case 406: .preconditionFailed(failure)
        case 530 where atLogin: .virtualHostUnknown(failure)
        case 540: .notImplemented(failure)
        default: .refused(failure)
        }
    }
}

extension AMQPError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidEndpoint(let reason): "the broker's URL cannot be used: \(reason)"
        case .unreachable(let failure): "\(failure.endpoint) cannot be reached: \(failure.text) (\(failure.code))"
        case .wrongCredentials(let failure): "\(failure.endpoint) refused the login: \(failure.text)"
        case .virtualHostUnknown(let failure): "\(failure.endpoint) has no such virtual host for this user: \(failure.text)"
        case .connectionLost(let failure): "\(failure.operation): connection to \(failure.endpoint) lost: \(failure.text) (\(failure.code))"
        case .closed(let failure): "connection to \(failure.endpoint) was closed: \(failure.text)"
        case .invalidRequest(let failure): "\(failure.operation) cannot be sent: \(failure.text)"
        case .accessRefused(let failure), .notFound(let failure), .resourceLocked(let failure), .preconditionFailed(let failure),
            .notImplemented(let failure), .refused(let failure):
            "\(failure.operation) was refused by \(failure.endpoint): \(failure.text) (\(failure.code))"
        }
    }
}
