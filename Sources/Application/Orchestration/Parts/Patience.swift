import Domain
import Logging

/// Tries again while PostgreSQL is away, with growing pauses.
///
/// Recording is idempotent, so a commit of unknown fate is repeated too.
struct Patience: Sendable {
    /// The first and the longest pause.
    let pause: ClosedRange<Duration>
    let log: Logger

    /// Runs `work` until it answers.
    /// - Throws: what trying again does not cure; or the last error when the task is cancelled.
    func untilWritten<Answer>(
        _ name: StaticString,
        _ work: () async throws(RecordError) -> Answer
    ) async throws(RecordError) -> Answer {
        var pause = pause.lowerBound
        while true {
            do throws(RecordError) {
                return try await work()
            } catch {
                guard error.mayPass, !Task.isCancelled else { throw error }
                log.warning("PostgreSQL is away, trying again", metadata: [LogKey.work: "\(name)", LogKey.error: "\(error)"])
                // A cancelled sleep ends the next turn.
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, self.pause.upperBound)
            }
        }
    }
}
