package import Domain
package import Logging
import ServiceLifecycle

/// Empties the dead-letter queue: the copies become evidence of letters, or letters of their own.
///
/// A message that the broker gave up while its number is current has lost its worker. With a key the lease store is asked first: held means
/// later, never granted means a new number, else the worker is charged: not before the outcomes that were confirmed until then are recorded.
/// A message is acknowledged only after the commit.
package struct Archivist: Service {
    /// Messages archived together at most.
    private static let batchMax = 64
    /// A number the lease store does not answer for is looked after so much later, by the watches.
    private static let laterAfter: Duration = .seconds(1)
    /// How long the outcomes before may take to be recorded.
    private static let markerWithin: Duration = .seconds(5)

    private let letters: any LetterRecord
    private let leases: any LeaseStore
    private let markers: MarkerDesk
    private let judge: OutcomeJudge
    private let effects: RecordEffects
    private let counters: CounterBook
    private let feed: any Feed<DeadMessage>
    private let time: TimeSource
    private let patience: Patience
    private let log: Logger

    package init(
        letters: any LetterRecord,
        leases: any LeaseStore,
        markers: MarkerDesk,
        judge: OutcomeJudge,
        effects: RecordEffects,
        counters: CounterBook,
        feed: any Feed<DeadMessage>,
        time: TimeSource,
        log: Logger
    ) {
        self.letters = letters
        self.leases = leases
        self.markers = markers
        self.judge = judge
        self.effects = effects
        self.counters = counters
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
        do throws(RecordError) {
            try await keep(batch)
            feed.settle(batch.map(\.handle), .acknowledge)
        } catch {
            guard batch.count > 1, !error.mayPass else {
                // Unacknowledged: the broker gives it again to whoever connects next.
                log.error("a dead letter could not be archived", metadata: [LogKey.error: "\(error)", LogKey.count: "\(batch.count)"])
                return
            }
            log.warning("dead letters were refused together, archiving one by one", metadata: [LogKey.error: "\(error)"])
            for message in batch { await archive([message]) }
        }
    }

    private func keep(_ batch: [Inbound<DeadMessage>]) async throws(RecordError) {
        var dead: [DeadMessage] = []
        var unreadable: [UnreadableMessage] = []
        for message in batch {
            switch message.content {
            case .success(let message): dead.append(message)
            case .failure(let message): unreadable.append(message)
            }
        }
        if !unreadable.isEmpty {
            _ = try await patience.untilWritten("archive dead letters") { [unreadable] () async throws(RecordError) in
                try await letters.archive(unreadable, now: time.wall())
            }
        }
        guard !dead.isEmpty else { return }
        let givenUp = try await patience.untilWritten("archive dead letters") { [dead] () async throws(RecordError) in
            try await letters.attachEvidence(dead, now: time.wall())
        }
        counters.count { $0.evidence += dead.count }
        try await charge(givenUp)
    }

    private func charge(_ numbers: [GivenUpNumber]) async throws(RecordError) {
        guard !numbers.isEmpty else { return }
        log.warning(
            "the broker gave up tasks that nobody finished",
            metadata: [LogKey.numbers: "\(numbers.map(\.number.description).joined(separator: " "))"]
        )
        var answers: [(givenUp: GivenUpNumber, answer: VoidAnswer)] = []
        for number in numbers { answers.append((number, await answer(about: number))) }
        answers = await settled(answers)
        let summary = try await patience.untilWritten("charge lost workers") { [answers] () async throws(RecordError) in
            try await letters.charge(answers, judge: judge, now: time.wall())
        }
        effects.follow(summary)
    }

    /// A run that was granted may have reported by now: with a key it is looked at again, by the watches, when that cannot be known.
    private func settled(_ answers: [(givenUp: GivenUpNumber, answer: VoidAnswer)]) async -> [(givenUp: GivenUpNumber, answer: VoidAnswer)]
    {
        guard answers.contains(where: { $0.answer == .void(wasGranted: true) }), await !markers.pass(within: Self.markerWithin) else {
            return answers
        }
        return answers.map { givenUp, answer in
            givenUp.key != nil && answer == .void(wasGranted: true) ? (givenUp, .held(for: Self.laterAfter)) : (givenUp, answer)
        }
    }

    /// A plain task has no lease: whoever had it counts as lost.
    private func answer(about givenUp: GivenUpNumber) async -> VoidAnswer {
        guard let key = givenUp.key else { return .void(wasGranted: true) }
        do throws(LeaseStoreError) {
            return try await leases.void(key, givenUp.number)
        } catch {
            log.warning(
                "the lease store does not answer, the number waits",
                metadata: [LogKey.error: "\(error)", LogKey.number: "\(givenUp.number)"]
            )
            return .held(for: Self.laterAfter)
        }
    }
}
