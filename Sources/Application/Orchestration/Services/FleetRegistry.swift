package import Domain
package import Logging
import ServiceLifecycle
import Synchronization

/// Keeps the table of workers: registrations and beats as they come, and who has been silent too long.
package final class FleetRegistry: Service {
    package struct Settings: Hashable, Sendable {
        /// Pause between a worker's beats, 100 ms…10 min.
        package var beatEvery: Duration = .seconds(15)
        /// Missed beats after which a worker is lost, 1…100.
        package var missedMax = 3

        package init() {}

        package func validated() throws(SettingFault) -> Settings {
            try SettingFault.check("fleet.beatEvery", beatEvery, in: .milliseconds(100) ... .seconds(600))
            try SettingFault.check("fleet.missedMax", missedMax, in: 1...100)
            return self
        }

        /// Silence that makes a worker lost; beats have jitter, so half a beat is added.
        var silence: Duration { beatEvery * missedMax + beatEvery / 2 }
    }

    /// Messages noted together at most.
    private static let batchMax = 512

    private let record: any FleetRecord
    private let broker: any OrchestratorBroker
    private let cancelled: (any CancelledRuns)?
    private let counters: CounterBook
    private let announcer: EventAnnouncer
    private let settings: Settings
    private let time: TimeSource
    private let patience: Patience
    private let log: Logger
    /// Until then nobody is called lost: we were cut off ourselves, or have just begun to listen.
    private let deafUntil: Mutex<Instant>
    /// Since when beats that came wait to be written; nobody is called lost meanwhile.
    private let notingSince = Mutex<Instant?>(nil)

    package init(
        record: any FleetRecord,
        broker: any OrchestratorBroker,
        cancelled: (any CancelledRuns)? = nil,
        counters: CounterBook,
        announcer: EventAnnouncer,
        settings: Settings,
        time: TimeSource,
        log: Logger
    ) {
        self.record = record
        self.broker = broker
        self.cancelled = cancelled
        self.counters = counters
        self.announcer = announcer
        self.settings = settings
        self.time = time
        patience = Patience(pause: .milliseconds(200) ... .seconds(5), log: log)
        self.log = log
        deafUntil = Mutex(time.monotonic() + settings.silence)
    }

    /// Runs until a graceful shutdown.
    package func run() async throws {
        async let watching: Void = cancelWhenGracefulShutdown { await self.watchForSilence() }
        await FeedPump(feed: broker.fleet).run(upTo: Self.batchMax) { batch in await self.note(batch) }
        await watching
    }

    private func note(_ batch: [Inbound<FleetMessage>]) async {
        let messages = batch.compactMap { try? $0.content.get() }
        if messages.count < batch.count {
            log.warning("fleet messages that cannot be read are dropped", metadata: [LogKey.count: "\(batch.count - messages.count)"])
        }
        do throws(RecordError) {
            let began = time.monotonic()
            notingSince.withLock { $0 = began }
            defer { notingSince.withLock { $0 = nil } }
            try await patience.untilWritten("note beats") { () async throws(RecordError) in
                do throws(RecordError) {
                    try await record.note(messages, now: time.wall())
                } catch {
                    wasDeaf()
                    throw error
                }
            }
            // Beats that came meanwhile are still to be read.
            if time.monotonic() - began > settings.beatEvery { wasDeaf() }
            feed.settle(batch.map(\.handle), .acknowledge)
            let now = time.wall()
            announcer.tell(
                messages.compactMap { message in
                    guard case .registration(let registration) = message else { return nil }
                    return .workerRegistered(registration, at: now)
                }
            )
            await welcome(messages)
        } catch {
            log.error("beats could not be noted", metadata: [LogKey.error: "\(error)", LogKey.count: "\(batch.count)"])
        }
    }

    /// Tells who registered which runs were cancelled lately: what arrives of them was published before.
    private func welcome(_ messages: [FleetMessage]) async {
        let joined = Set(
            messages.compactMap { message in if case .registration(let registration) = message { registration.id } else { nil } }
        )
        guard let cancelled, !joined.isEmpty else { return }
        do throws(RecordError) {
            let runs = try await cancelled.cancelledRuns(since: time.wall() - CancelledBook.keepFor)
            guard !runs.isEmpty else { return }
            for worker in joined.sorted() {
                let answer = await broker.order(.cancel(runs), to: .worker(worker))
                guard answer != .confirmed else { continue }
                log.warning("a worker was not told what is cancelled", metadata: [LogKey.worker: "\(worker)", LogKey.error: "\(answer)"])
            }
        } catch {
            log.warning("new workers were not told what is cancelled", metadata: [LogKey.error: "\(error)"])
        }
    }

    private var feed: any Feed<FleetMessage> { broker.fleet }

    private func wasDeaf() {
        let until = time.monotonic() + settings.silence
        deafUntil.withLock { $0 = max($0, until) }
    }

    private func watchForSilence() async {
        while !Task.isCancelled {
            if await broker.health() != .connected { wasDeaf() }
            let listens = time.monotonic() >= deafUntil.withLock { $0 } && notingSince.withLock { $0 } == nil
            if listens { await markLost() }
            try? await Task.sleep(for: settings.beatEvery / 4)
        }
    }

    private func markLost() async {
        do throws(RecordError) {
            let lost = try await record.markLost(silentSince: time.wall() - settings.silence)
            counters.count { $0.lostWorkers += lost.count }
            let now = time.wall()
            announcer.tell(lost.map { .workerLost($0, at: now) })
            for worker in lost { log.warning("a worker is lost", metadata: [LogKey.worker: "\(worker)"]) }
        } catch {
            wasDeaf()
            log.warning("the workers could not be checked", metadata: [LogKey.error: "\(error)"])
        }
    }
}
