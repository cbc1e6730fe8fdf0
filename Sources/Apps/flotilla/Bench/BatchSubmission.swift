import APIContract
import Domain
import Foundation
import Synchronization
import Wire

/// Submits `noop` tasks by the batch API from several connections at once.
struct BatchSubmission {
    let url: String
    let tasks: Int
    /// Drafts of a batch, 1 to 10,000.
    let batch: Int
    let connections: Int

    /// What of a batch's answer counts.
    private struct Answer: Decodable {
        let admitted: Int
    }

    /// Encodes, posts and reads every answer.
    /// - Throws: when a batch is refused or a draft of it not admitted.
    func run() async throws {
        let (url, tasks, batch) = (url, tasks, batch)
        let next = Next()
        _ = try await SubmitterThreads.run(connections) { _ in
            let connection = try KeepAlive(url)
            while let start = next.take(batch, of: tasks) {
                let drafts = Array(repeating: TaskDraft(kind: "noop"), count: min(batch, tasks - start))
                let body = try connection.post(
                    APIPath.tasksBatch,
                    DraftCodec.encodeBatch(drafts, as: .protobuf),
                    contentType: WireFormat.protobuf.contentType
                )
                let admitted = try JSONDecoder().decode(Answer.self, from: Data(body)).admitted
                guard admitted == drafts.count else {
                    throw CommandError(.failed, "\(drafts.count - admitted) of \(drafts.count) drafts were refused")
                }
            }
        }
    }

    /// Where the next batch begins.
    private final class Next: Sendable {
        private let place = Mutex(0)

        func take(_ count: Int, of all: Int) -> Int? {
            place.withLock { place in
                guard place < all else { return nil }
                defer { place += count }
                return place
            }
        }
    }
}
