import Foundation

/// A condition that did not come true in time.
package struct NeverHappened: Error, CustomStringConvertible {
    let what: String
    let within: Duration
    let polls: Int
    let last: String?
    let place: String

    package var description: String {
        "\(what) did not happen within \(within) (\(polls) looks, asked at \(place))" + (last.map { "; last look: \($0)" } ?? "")
    }
}

/// How much longer than written a test waits: FLOTILLA_PATIENCE, for sanitizers.
package let patience = max(1, ProcessInfo.processInfo.environment["FLOTILLA_PATIENCE"].flatMap { Int($0) } ?? 1)

/// Waits until a condition holds; the only place where tests wait for time to pass.
///
/// - Parameters:
///   - what: the condition in words, for the failure's text: "the queue is empty".
///   - within: the deadline, before it is multiplied by `patience`.
///   - poll: the pause between two looks.
///   - file: where it is asked, for the failure's text.
///   - line: the same.
///   - condition: may throw; the last error is part of the failure's text.
/// - Throws: `NeverHappened`, or `CancellationError` when the test's own limit strikes.
package func eventually(
    _ what: String = "the condition",
    within: Duration = .seconds(10),
    poll: Duration = .milliseconds(20),
    file: StaticString = #fileID,
    line: UInt = #line,
    _ condition: () async throws -> Bool
) async throws {
    _ = try await eventually(what, within: within, poll: poll, file: file, line: line) { try await condition() ? () : nil }
}

/// Waits until a value is there, and returns it.
@discardableResult
package func eventually<Value>(
    _ what: String = "the value",
    within: Duration = .seconds(10),
    poll: Duration = .milliseconds(20),
    file: StaticString = #fileID,
    line: UInt = #line,
    value: () async throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let within = within * patience
    let deadline = clock.now + within
    var polls = 0
    var last: String?
    repeat {
        polls += 1
        do {
            if let value = try await value() { return value }
            last = nil
        } catch let error as CancellationError {
            throw error
        } catch {
            last = "\(error)"
        }
        try await clock.sleep(for: poll)
    } while clock.now < deadline
    throw NeverHappened(what: what, within: within, polls: polls, last: last, place: "\(file):\(line)")
}
