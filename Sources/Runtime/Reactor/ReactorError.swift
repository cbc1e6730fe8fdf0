/// What the reactor and its blocking pool can refuse.
package enum ReactorError: Error, Sendable, Hashable {
    /// A system call failed. `code` is an errno value.
    case system(operation: String, code: Int32, text: String)
    /// The blocking pool has this many jobs waiting already.
    case queueFull(max: Int)
    /// The pool was stopped.
    case stopped
    /// The name has no address.
    case unresolved(host: String, reason: String)

    package var retry: RetryAdvice {
        switch self {
        case .system: .rebuild
        case .queueFull: .after(.milliseconds(100))
        case .stopped: .never
        case .unresolved: .after(.seconds(1))
        }
    }
}

extension ReactorError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .system(let operation, let code, let text): "\(operation) failed: \(text) (\(code))"
        case .queueFull(let max): "the blocking pool is full (\(max) jobs wait)"
        case .stopped: "the blocking pool was stopped"
        case .unresolved(let host, let reason): "cannot resolve \(host): \(reason)"
        }
    }
}
