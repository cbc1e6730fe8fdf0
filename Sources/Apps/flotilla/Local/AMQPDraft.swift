import Assembly
import Domain
import Foundation

/// A draft on its way to the broker's intake, with an id of its own so that it can be followed.
struct AMQPDraft {
    private var draft: TaskDraft

    init(_ draft: TaskDraft) {
        self.draft = draft
        guard draft.id == nil else { return }
        var chance = SystemRandomNumberGenerator()
        self.draft.id = TaskID(at: TimeSource.system.wall(), using: &chance)
    }

    /// Publishes with confirm; returns the id.
    func publish() async throws -> String {
        do {
            try await AMQPSubmission(environment: ProcessInfo.processInfo.environment).publish(draft)
        } catch let error as StartupError {
            throw CommandError(error.isNobodyThere ? .nobodyAnswered : .failed, error.message)
        }
        return draft.id?.description ?? ""
    }
}
