import Domain
import Glibc
import Logging
import Synchronization
import Telemetry

/// How log lines look.
enum LogFormat: String {
    case text, json

    /// A handler that writes to standard error.
    func handler(label: String, level: Logger.Level) -> any LogHandler {
        switch self {
        case .text:
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        case .json:
            return JSONLogHandler(
                label: label,
                level: level,
                now: { TimeSource.system.wall().description },
                write: { StandardError.write($0) }
            )
        }
    }
}

/// Writes whole lines to standard error.
private enum StandardError {
    private static let turn = Mutex(())

    /// A reader that has gone away ends the line, not the program.
    static func write(_ line: String) {
        turn.withLock { _ in
            var rest = Array(line.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
                guard count > 0 || errno == EINTR else { return }
                rest = rest.dropFirst(max(0, count))
            }
        }
    }
}
