/// Why a private server, a child process or its scratch folder could not be had.
package enum ServerError: Error, Hashable, Sendable {
    /// The program is not installed; `package` is the Debian package that brings it.
    case programMissing(program: String, package: String?)
    /// Someone listens on the port that was asked for.
    case portInUse(server: String, port: Int, owner: PortOwner?)
    /// No free port was found after several draws.
    case noFreePort
    /// The operating system refused to start the program; `reason` is its text.
    case cannotStart(program: String, reason: String)
    /// The program ended before it was healthy; `log` holds its last lines.
    case endedEarly(server: String, status: ProcessExit, log: [String])
    /// The program runs but did not answer in time; `log` holds its last lines.
    case notHealthy(server: String, after: Duration, log: [String])
    /// A folder or file could not be made or written; `reason` is the system's text.
    case file(path: String, reason: String)
    /// The caller's task was cancelled while it waited.
    case cancelled(server: String)

    /// What the caller may do about it.
    package enum Retry: Hashable, Sendable {
        case never
        case after(Duration)
    }

    /// Whether the same call can succeed later without a person's help.
    package var retry: Retry {
        switch self {
        case .programMissing, .file, .cancelled: .never
        case .portInUse, .noFreePort, .cannotStart, .endedEarly, .notHealthy: .after(.seconds(5))
        }
    }
}

extension ServerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .programMissing(let program, let package):
            "\(program) is not installed" + (package.map { ": apt-get install \($0)" } ?? "")
        case .portInUse(let server, let port, let owner):
            "\(server): port \(port) is in use" + (owner.map { " by \($0)" } ?? "")
                + "; leave the port out and a free one is chosen"
        case .noFreePort: "no free loopback port found"
        case .cannotStart(let program, let reason): "cannot start \(program): \(reason)"
        case .endedEarly(let server, let status, let log):
            "\(server) ended (\(status)) before it was healthy\(Self.quoted(log))"
        case .notHealthy(let server, let after, let log):
            "\(server) was not healthy after \(after)\(Self.quoted(log))"
        case .file(let path, let reason): "\(path): \(reason)"
        case .cancelled(let server): "\(server): given up, the task was cancelled"
        }
    }

    private static func quoted(_ log: [String]) -> String {
        log.isEmpty ? "; its log is empty" : "; the end of its log:\n" + log.map { "    \($0)" }.joined(separator: "\n")
    }
}
