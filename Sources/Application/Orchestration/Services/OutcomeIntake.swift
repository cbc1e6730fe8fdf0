package import Domain
package import Logging
import ServiceLifecycle

/// Records what workers report, many messages in one transaction.
///
/// A message is acknowledged only after the commit.
package struct OutcomeIntake: Service {
    package struct Settings: Hashable, Sendable {
        /// Outcomes in one transaction, 1…4096.
        package var batchMax = 512
        /// The first and the longest pause while PostgreSQL is away, 10 ms…60 s.
        package var retryPause: ClosedRange<Duration> = .milliseconds(200) ... .seconds(5)

        package init() {}

        package func validated() throws(SettingFault) -> Settings {
            try SettingFault.check("outcomes.batchMax", batchMax, in: 1...4096)
            try SettingFault.check("outcomes.retryPause.first", retryPause.lowerBound, in: .milliseconds(10) ... .seconds(60))
            try SettingFault.check("outcomes.retryPause.longest", retryPause.upperBound, in: .milliseconds(10) ... .seconds(60))
            return self
        }
    }

    private let tasks: any TaskRecord
    private let letters: any LetterRecord
    private let observations: any ObservationRecord
    private let judge: OutcomeJudge
    private let feed: any Feed<OutcomeMessage>
    private let effects: RecordEffects
    private let settings: Settings
    private let time: TimeSource
    private let patience: Patience
    private let log: Logger

    package init(
        tasks: any TaskRecord,
        letters: any LetterRecord,
        observations: any ObservationRecord,
        judge: OutcomeJudge,
        feed: any Feed<OutcomeMessage>,
        effects: RecordEffects,
        settings: Settings,
        time: TimeSource,
        log: Logger
    ) {
        self.tasks = tasks
        self.letters = letters
        self.observations = observations
        self.judge = judge
        self.feed = feed
        self.effects = effects
        self.settings = settings
        self.time = time
        patience = Patience(pause: settings.retryPause, log: log)
        self.log = log
    }

    /// Runs until a graceful shutdown; what was delivered by then is still recorded.
    package func run() async throws {
        await FeedPump(feed: feed).run(upTo: settings.batchMax, weighing: Self.weight) { batch in await record(batch) }
    }

    private static func weight(_ message: Inbound<OutcomeMessage>) -> Int {
        switch message.content {
        case .success(.outcomes(let outcomes)): max(1, outcomes.count)
        // A part is up to a megabyte and a transaction of its own.
        case .success(.part): 64
        case .success(.marker), .failure: 1
        }
    }

    private func record(_ batch: [Inbound<OutcomeMessage>]) async {
        do throws(RecordError) {
            try await archiveUnreadable(batch)
            try await recordTogether(batch)
            return
        } catch {
            guard !error.mayPass else { return left(batch, error) }
            log.error("a batch of outcomes was refused, taking one by one", metadata: [LogKey.error: "\(error)"])
        }
        for message in batch where message.isReadable {
            do throws(RecordError) {
                try await recordTogether([message])
            } catch {
                guard !error.mayPass else { return left([message], error) }
                // The broker moves the original to `dead`, where the archivist makes a letter of it.
                log.error("an outcome is refused for good", metadata: [LogKey.error: "\(error)"])
                feed.settle([message.handle], .reject)
            }
        }
    }

    /// Markers come last: all that was delivered before them is committed, or rejected for good.
    private func recordTogether(_ batch: [Inbound<OutcomeMessage>]) async throws(RecordError) {
        try await stageParts(batch)
        try await recordOutcomes(batch)
        try await noteMarkers(batch)
        feed.settle(batch.filter(\.isReadable).map(\.handle), .acknowledge)
    }

    /// Unacknowledged, as this process is ending: the broker gives the messages again to whoever consumes next.
    private func left(_ batch: [Inbound<OutcomeMessage>], _ error: RecordError) {
        log.error("outcomes could not be recorded", metadata: [LogKey.error: "\(error)", LogKey.count: "\(batch.count)"])
    }

    private func noteMarkers(_ batch: [Inbound<OutcomeMessage>]) async throws(RecordError) {
        let markers = batch.compactMap { message -> OutcomeMarker? in
            guard case .success(.marker(let marker)) = message.content else { return nil }
            return marker
        }
        guard !markers.isEmpty else { return }
        // What came before may have been left behind when this process was told to end.
        guard !Task.isCancelled else { throw .unavailable(reason: "ending") }
        try await patience.untilWritten("note markers") { () async throws(RecordError) in
            try await observations.note(markers, now: time.wall())
        }
    }

    /// Of one batch, in one transaction; what cannot be archived either goes to `dead`.
    private func archiveUnreadable(_ batch: [Inbound<OutcomeMessage>]) async throws(RecordError) {
        var handles: [DeliveryHandle] = []
        var unreadable: [UnreadableMessage] = []
        for message in batch {
            guard case .failure(let found) = message.content else { continue }
            handles.append(message.handle)
            unreadable.append(found)
        }
        guard !unreadable.isEmpty else { return }
        log.error("outcomes that cannot be read go to the archive", metadata: [LogKey.count: "\(unreadable.count)"])
        do throws(RecordError) {
            _ = try await patience.untilWritten("archive outcomes") { () async throws(RecordError) in
                try await letters.archive(unreadable, now: time.wall())
            }
            feed.settle(handles, .acknowledge)
        } catch {
            guard !error.mayPass else { throw error }
            log.error("outcomes cannot be archived", metadata: [LogKey.error: "\(error)"])
            feed.settle(handles, .reject)
        }
    }

    private func stageParts(_ batch: [Inbound<OutcomeMessage>]) async throws(RecordError) {
        for message in batch {
            guard case .success(.part(let part)) = message.content else { continue }
            try await patience.untilWritten("stage a part") { () async throws(RecordError) in
                try await tasks.stage(part, now: time.wall())
            }
        }
    }

    private func recordOutcomes(_ batch: [Inbound<OutcomeMessage>]) async throws(RecordError) {
        let outcomes = batch.flatMap { message -> [Outcome] in
            guard case .success(.outcomes(let outcomes)) = message.content else { return [] }
            return outcomes
        }
        guard !outcomes.isEmpty else { return }
        let begin = time.monotonic()
        let summary = try await patience.untilWritten("record outcomes") { () async throws(RecordError) in
            try await tasks.record(outcomes, judge: judge, now: time.wall())
        }
        effects.committed(outcomes: outcomes.count, took: time.monotonic() - begin)
        effects.follow(summary)
    }
}

extension Inbound {
    fileprivate var isReadable: Bool {
        if case .success = content { true } else { false }
    }
}
