package import Domain
import Logging
import ServiceLifecycle
import Synchronization

/// Gives a new number to tasks whose message the broker has lost.
///
/// It acts on what is reported: a lane or `outcomes` that had to be made anew, and numbers that thousands of later ones have overtaken.
/// What nobody has in hand for two beats is voided and waits again, uncharged; time alone is never a reason.
package final class Reconciler: Service {
    package struct Settings: Hashable, Sendable {
        /// Numbers in one step, 1…4096: one marker, one transaction.
        package var batchMax = 256
        /// Later numbers of its lane that overtake one before it is looked for, 10…1,000,000.
        package var overtaking = 2000
        /// How long one step waits for its marker, 100 ms…10 min.
        package var markerWithin: Duration = .seconds(10)

        package init() {}

        package func validated() throws(SettingFault) -> Settings {
            try SettingFault.check("reconciler.batchMax", batchMax, in: 1...4096)
            try SettingFault.check("reconciler.overtaking", overtaking, in: 10...1_000_000)
            try SettingFault.check("reconciler.markerWithin", markerWithin, in: .milliseconds(100) ... .seconds(600))
            return self
        }
    }

    /// What the reconciler shares with the other services.
    struct Parts: Sendable {
        let record: any ObservationRecord
        let broker: any OrchestratorBroker
        let leases: any LeaseStore
        let markers: MarkerDesk
        let overtaking: OvertakingWatch
        let judge: OutcomeJudge
        let effects: RecordEffects
        let counters: CounterBook
        let observer: String
        let time: TimeSource
        let log: Logger
    }

    private struct Place: Hashable {
        let reason: LossCase.Reason
        let lane: Lane
    }

    /// Questions to the lease store at the same time.
    private static let asksAtOnce = 16
    /// Numbers of a lane that are looked at together.
    private static let lookMax = 4096

    private let parts: Parts
    private let settings: Settings
    private let fleet: FleetRegistry.Settings
    /// Until then nobody's hands are believed empty: we were cut off ourselves, or have just begun to listen.
    private let deafUntil: Mutex<Instant>

    init(parts: Parts, settings: Settings, fleet: FleetRegistry.Settings) {
        self.parts = parts
        self.settings = settings
        self.fleet = fleet
        deafUntil = Mutex(parts.time.monotonic() + fleet.silence)
    }

    /// Runs until a graceful shutdown.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var books: [Place: MissingBook] = [:]
            while !Task.isCancelled {
                await self.look(&books)
                try? await Task.sleep(for: self.fleet.beatEvery / 2)
            }
        }
    }

    private func wasDeaf() {
        let until = parts.time.monotonic() + fleet.silence
        deafUntil.withLock { $0 = max($0, until) }
    }

    private func look(_ books: inout [Place: MissingBook]) async {
        guard await parts.broker.health() == .connected else { return wasDeaf() }
        do throws(RecordError) {
            try await followOvertaking()
            let now = parts.time.wall()
            let cases = try await parts.record.claimCases(by: parts.observer, for: fleet.beatEvery * 4, now: now)
            var kept: [Place: MissingBook] = [:]
            for found in cases { try await follow(found, &books, &kept) }
            books = kept
        } catch {
            wasDeaf()
            parts.log.warning("lost numbers could not be looked for", metadata: [LogKey.error: "\(error)"])
        }
    }

    // MARK: Overtaking

    private func followOvertaking() async throws(RecordError) {
        for (lane, horizon) in parts.overtaking.overtaken() {
            let missing = try await missing(in: lane, upTo: horizon, .overtaken, limit: 1)
            guard missing?.isEmpty == false else { continue }
            try await parts.record.noteOvertaken(lane, upTo: horizon, now: parts.time.wall())
        }
        guard parts.overtaking.hasLanesToMark else { return }
        parts.overtaking.mark(try await parts.record.queuedNumbers(upTo: nil))
    }

    // MARK: Cases

    private func follow(
        _ found: LossCase,
        _ books: inout [Place: MissingBook],
        _ kept: inout [Place: MissingBook]
    ) async throws(RecordError) {
        let lanes = try await parts.record.queuedNumbers(upTo: found.horizon).byLane.keys.filter { found.queue.concerns($0) }
        var isOpen = found.reason == .madeAnew && !lanes.isEmpty
        for lane in lanes {
            let place = Place(reason: found.reason, lane: lane)
            var book = kept[place] ?? books[place] ?? MissingBook()
            guard let missing = try await missing(in: lane, upTo: found.horizon, found.reason, limit: Self.lookMax) else {
                isOpen = true
                continue
            }
            isOpen = isOpen || !missing.isEmpty
            let now = parts.time.wall()
            book.note(missing.map(\.number), now: now)
            kept[place] = book
            guard parts.time.monotonic() >= deafUntil.withLock({ $0 }) else { continue }
            let ripe = book.ripe(after: fleet.beatEvery * 2, oldestBeat: try await parts.record.oldestBeat(), now: now)
            try await leave(missing.filter { ripe.contains($0.number) }, in: lane, found)
        }
        guard !isOpen else { return }
        try await parts.record.settle(found, now: parts.time.wall())
    }

    /// Numbers of a lane that nobody has and the lane has not; `nil`: the broker does not tell how many lie in the lane.
    private func missing(
        in lane: Lane,
        upTo horizon: DispatchNumber,
        _ reason: LossCase.Reason,
        limit: Int
    ) async throws(RecordError) -> [MissingNumber]? {
        guard let ready = await parts.broker.ready(in: lane) else { return nil }
        let missing = try await parts.record.missing(in: lane, upTo: horizon, ready: ready, limit: limit)
        switch reason {
        case .madeAnew: return missing
        case .overtaken: return missing.filter { !$0.isStarted }
        }
    }

    // MARK: Leaving numbers

    private func leave(_ numbers: [MissingNumber], in lane: Lane, _ found: LossCase) async throws(RecordError) {
        var rest = numbers[...]
        while !rest.isEmpty, !Task.isCancelled {
            let batch = rest.prefix(settings.batchMax)
            rest = rest.dropFirst(batch.count)
            // Outcomes on their way are read first.
            guard await parts.markers.pass(within: settings.markerWithin) else { return }
            let answers = await answers(about: Array(batch))
            guard !answers.isEmpty else { return }
            let summary = try await parts.record.release(answers, judge: parts.judge, now: parts.time.wall())
            parts.effects.follow(summary)
            parts.counters.count { $0.reconciled += summary.released }
            parts.log.warning(
                "numbers that the broker lost were given up, their tasks wait for new ones",
                metadata: [
                    LogKey.queue: "\(lane)", LogKey.reason: "\(found.reason.rawValue)", LogKey.count: "\(summary.released)",
                    LogKey.watched: "\(summary.watched)",
                ]
            )
        }
    }

    /// A number without a key needs no answer; one that the store does not answer for is asked about again later.
    private func answers(about numbers: [MissingNumber]) async -> [(number: MissingNumber, answer: VoidAnswer)] {
        await withTaskGroup(of: (number: MissingNumber, answer: VoidAnswer)?.self) { group in
            var answers: [(number: MissingNumber, answer: VoidAnswer)] = []
            for (place, number) in numbers.enumerated() {
                if place >= Self.asksAtOnce, let answer = await group.next() ?? nil { answers.append(answer) }
                group.addTask { await self.answer(about: number) }
            }
            for await answer in group {
                if let answer { answers.append(answer) }
            }
            return answers
        }
    }

    private func answer(about number: MissingNumber) async -> (number: MissingNumber, answer: VoidAnswer)? {
        guard let key = number.key else { return (number, .void(wasGranted: false)) }
        do throws(LeaseStoreError) {
            switch try await parts.leases.void(key, number.number) {
            case .held(let left): return (number, .held(for: left))
            // Also one that ran: its confirmed outcome may be what was lost, and nobody is charged for the broker.
            case .void: return (number, .void(wasGranted: false))
            }
        } catch {
            parts.log.warning(
                "the lease store does not answer, the number waits",
                metadata: [LogKey.error: "\(error)", LogKey.number: "\(number.number)"]
            )
            return nil
        }
    }
}
