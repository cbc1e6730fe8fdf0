import Domain
import Logging

/// Looks at everything in hand on a clock of its own: timeouts, renewals, hand-backs, *started* reports, prefetch.
///
/// While nothing is in hand it sleeps until something arrives.
final class Watchman: Sendable {
    private let floor: WorkFloor
    private let desk: LeaseDesk
    private let handBack: HandBack
    private let broker: any WorkerBroker
    private let tally: Tally
    private let time: TimeSource
    private let settings: WorkerSettings
    private let reportStarted: @Sendable (Attempt) -> Void
    private let log: Logger
    private let wake: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init(
        floor: WorkFloor,
        desk: LeaseDesk,
        handBack: HandBack,
        broker: any WorkerBroker,
        tally: Tally,
        time: TimeSource,
        settings: WorkerSettings,
        log: Logger,
        reportStarted: @escaping @Sendable (Attempt) -> Void
    ) {
        self.floor = floor
        self.desk = desk
        self.handBack = handBack
        self.broker = broker
        self.tally = tally
        self.time = time
        self.settings = settings
        self.log = log
        self.reportStarted = reportStarted
        (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Something has arrived.
    func rouse() {
        waker.yield()
    }

    /// Runs until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            var prefetchLookedAt = time.monotonic()
            for await _ in wake {
                while !floor.isEmpty, await pause() {
                    let now = time.monotonic()
                    for attempt in floor.overdue(at: now) { handBack.give(attempt, .handedBack) }
                    for attempt in floor.watched { look(after: attempt, now: now, in: &group) }
                    guard now >= prefetchLookedAt + .seconds(1) else { continue }
                    prefetchLookedAt = now
                    for (lane, prefetch) in floor.prefetchChanges() {
                        log.debug("prefetch changes", metadata: [LogKey.lane: "\(lane)", LogKey.prefetch: "\(prefetch)"])
                        group.addTask { await self.broker.setPrefetch(prefetch, for: lane) }
                    }
                }
            }
        }
    }

    private func look(after attempt: Attempt, now: Instant, in group: inout DiscardingTaskGroup) {
        for chore in attempt.tick(now: now, startedAfter: settings.startedAfter, hold: settings.report.hold) {
            switch chore {
            case .stop: break
            case .reportStarted:
                reportStarted(attempt)
            case .renew:
                guard let key = attempt.task.exclusionKey else { continue }
                group.addTask {
                    let answer = await self.desk.renew(key, for: attempt)
                    self.tally.renewed(answer)
                    attempt.renewed(answer, now: self.time.monotonic())
                }
            }
        }
    }

    private func pause() async -> Bool {
        do {
            try await Task.sleep(for: settings.watchEvery)
            return true
        } catch {
            return false
        }
    }
}
