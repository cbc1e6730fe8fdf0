package import Domain
package import Logging
import ServiceLifecycle

/// Empties the dead-letter queue: the copies become evidence of letters, or letters of their own.
package struct Archivist: Service {
    /// Messages archived together at most.
    private static let batchMax = 64

    private let letters: any LetterRecord
    private let feed: any Feed<DeadMessage>
    private let time: TimeSource
    private let patience: Patience
    private let log: Logger

    package init(letters: any LetterRecord, feed: any Feed<DeadMessage>, time: TimeSource, log: Logger) {
        self.letters = letters
        self.feed = feed
        self.time = time
        patience = Patience(pause: .milliseconds(200) ... .seconds(5), log: log)
        self.log = log
    }

    /// Runs until a graceful shutdown.
    package func run() async throws {
        await FeedPump(feed: feed).run(upTo: Self.batchMax) { batch in await archive(batch) }
    }

    private func archive(_ batch: [Inbound<DeadMessage>]) async {
        var dead: [DeadMessage] = []
        var unreadable: [UnreadableMessage] = []
        for message in batch {
            switch message.content {
            case .success(let message): dead.append(message)
            case .failure(let message): unreadable.append(message)
            }
        }
        do throws(RecordError) {
            try await patience.untilWritten("archive dead letters") { [dead] () async throws(RecordError) in
                if !dead.isEmpty { try await letters.attachEvidence(dead, now: time.wall()) }
            }
            _ = try await patience.untilWritten("archive dead letters") { [unreadable] () async throws(RecordError) in
                unreadable.isEmpty ? [] : try await letters.archive(unreadable, now: time.wall())
            }
            feed.settle(batch.map(\.handle), .acknowledge)
        } catch {
            log.error("dead letters could not be archived", metadata: [LogKey.error: "\(error)", LogKey.count: "\(batch.count)"])
        }
    }
}
