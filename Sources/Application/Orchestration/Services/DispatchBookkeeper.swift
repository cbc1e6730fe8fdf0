import Domain
import Logging

/// Writes down confirms, publishes again what was never confirmed, and counts the lanes anew.
struct DispatchBookkeeper: Sendable {
    let tasks: any TaskRecord
    let broker: any OrchestratorBroker
    let ledger: LaneLedger
    let desk: PublishingDesk
    let counters: CounterBook
    let settings: Dispatcher.Settings
    let time: TimeSource
    let log: Logger

    /// Works until it is cancelled.
    func run() async {
        var nextCount = time.monotonic()
        while !Task.isCancelled {
            await desk.notePublished()
            if time.monotonic() >= nextCount {
                await recount()
                nextCount = time.monotonic() + pauseUntilRecount
                await republish()
            }
            try? await Task.sleep(for: min(settings.noteEvery, settings.recountEvery))
        }
    }

    /// Counting a long backlog costs, and it does not get short in a second.
    private var pauseUntilRecount: Duration { settings.recountEvery * (1 + ledger.waiting / 10_000) }

    private func recount() async {
        do throws(RecordError) {
            ledger.recount(try await tasks.laneCounts(now: time.wall()))
        } catch {
            log.warning("the lanes could not be counted", metadata: [LogKey.error: "\(error)"])
        }
    }

    private func republish() async {
        guard await broker.health() == .connected else { return }
        do throws(RecordError) {
            let now = time.wall()
            let lost = try await tasks.unpublished(before: now - settings.republishAfter, limit: settings.batchMax, now: now)
            let fresh = desk.take(lost, again: true)
            guard fresh > 0 else { return }
            counters.count { $0.republished += fresh }
            log.notice("publishing again what was never confirmed", metadata: [LogKey.count: "\(fresh)"])
        } catch {
            log.warning("unconfirmed tasks could not be looked up", metadata: [LogKey.error: "\(error)"])
        }
    }
}
