import Foundation
import PrivateServers
import TestSupport

extension ChildProcess {
    /// Waits for a sign that the program is ready; when it ends instead, its log is the error, at once.
    func ready<Value>(_ what: String, within limit: Duration, _ sign: () async throws -> Value?) async throws -> Value {
        try await eventually(what, within: limit, poll: .milliseconds(50)) { () -> Result<Value, NotAsExpected>? in
            guard isRunning else {
                let log = command.log.flatMap { FileManager.default.contents(atPath: $0) } ?? Data()
                return .failure(NotAsExpected("\(command.program) ended: \(String(decoding: log.suffix(2000), as: UTF8.self))"))
            }
            return try await sign().map { .success($0) }
        }.get()
    }
}
