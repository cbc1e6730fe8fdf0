package import Domain
package import Logging
import ServiceLifecycle
import Synchronization

/// Tells of violations until everybody who is to know has taken each, and notes it once; in the orchestrator that leads.
///
/// A notifier that fails holds nobody up: others are told, and it is tried again after a pause that doubles.
package final class NotificationDesk: Service {
    package struct Settings: Hashable, Sendable {
        /// Pause between looks for open violations, 100 ms…1 h.
        package var every: Duration = .seconds(5)
        /// First and longest pause after a failure.
        package var pause: ClosedRange<Duration> = .seconds(30) ... .seconds(3600)
        /// Violations of one look, 1…1,000.
        package var batch = 100
        /// Violations that are told at a time, 1…64.
        package var width = 4

        package init() {}
    }

    /// Who has taken what already, so that a second try asks only the others.
    private struct Taken: Hashable {
        let violation: Int64
        let notifier: String
    }

    /// Memories of half-told violations; beyond it some are told twice.
    private static let takenMax = 10_000

    private let outbox: any ViolationOutbox
    private let notifiers: [any ViolationNotifier]
    private let leadership: any Leadership
    private let journal: any CoordinatorJournal
    private let settings: Settings
    private let time: TimeSource
    private let log: Logger
    private let taken = Mutex<Set<Taken>>([])

    package init(
        outbox: any ViolationOutbox,
        notifiers: [any ViolationNotifier],
        leadership: any Leadership,
        journal: any CoordinatorJournal,
        settings: Settings = Settings(),
        time: TimeSource,
        log: Logger
    ) {
        self.outbox = outbox
        self.notifiers = notifiers
        self.leadership = leadership
        self.journal = journal
        self.settings = settings
        self.time = time
        self.log = log
    }

    /// Runs until a graceful shutdown; without notifiers there is nothing to do.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if !self.notifiers.isEmpty, let reign = self.leadership.reign { await self.tellOpen(reign.term) }
                // A cancelled pause ends the loop by its condition.
                try? await Task.sleep(for: self.settings.every)
            }
        }
    }

    private func tellOpen(_ term: Term) async {
        do throws(RecordError) {
            let open = try await outbox.open(limit: settings.batch, now: time.wall())
            await withDiscardingTaskGroup { group in
                for part in 0..<min(settings.width, open.count) {
                    group.addTask {
                        for place in stride(from: part, to: open.count, by: self.settings.width) where !Task.isCancelled {
                            await self.tell(open[place], term)
                        }
                    }
                }
            }
        } catch {
            log.warning("open violations cannot be listed", metadata: [LogKey.error: "\(error)"])
        }
    }

    private func tell(_ open: OpenViolation, _ term: Term) async {
        var failures: [String] = []
        for notifier in notifiers where !taken.withLock({ $0.contains(Taken(violation: open.row.id, notifier: notifier.name)) }) {
            do throws(NotifyError) {
                try await notifier.notify(open.row)
                remember(Taken(violation: open.row.id, notifier: notifier.name))
            } catch {
                failures.append("\(notifier.name): \(error.reason)")
            }
        }
        // What a shutdown cut off is nobody's failure.
        guard !Task.isCancelled else { return }
        do throws(RecordError) {
            if failures.isEmpty {
                try await outbox.notified(open.row.id, term: term, now: time.wall())
                for notifier in notifiers { forget(Taken(violation: open.row.id, notifier: notifier.name)) }
                journal.write(.info, "coordinator.notify", "told of violation \(open.row.id) of \(open.row.oltName)", at: time.wall())
            } else {
                let error = failures.joined(separator: "; ")
                let pause = pause(after: open.tries)
                try await outbox.failed(open.row.id, error: String(error.prefix(2_000)), again: time.wall() + pause, term: term)
                log.warning(
                    "nobody could be told of a violation yet",
                    metadata: [LogKey.violation: "\(open.row.id)", LogKey.error: "\(error)", LogKey.pause: "\(pause)"]
                )
                journal.write(.error, "coordinator.notify", "violation \(open.row.id) is not told yet: \(error)", at: time.wall())
            }
        } catch {
            log.warning("a mark on a violation cannot be kept", metadata: [LogKey.violation: "\(open.row.id)", LogKey.error: "\(error)"])
        }
    }

    private func pause(after tries: Int) -> Duration {
        min(settings.pause.lowerBound * (1 << min(tries, 20)), settings.pause.upperBound)
    }

    private func remember(_ one: Taken) {
        taken.withLock { taken in
            if taken.count >= Self.takenMax { taken.removeAll() }
            taken.insert(one)
        }
    }

    private func forget(_ one: Taken) { _ = taken.withLock { $0.remove(one) } }
}
