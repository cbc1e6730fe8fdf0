package import Domain
import Logging
import ServiceLifecycle

/// Works on batches of letters, one small transaction after the other, at the rate that was asked for.
///
/// The batch's cursor moves in the transaction that closes the letters: whoever is killed leaves a batch where it was, and any orchestrator
/// goes on with it.
package final class LetterBatchRunner: Service {
    package struct Settings: Hashable, Sendable {
        /// Letters in one transaction, 1…5000.
        package var chunkMax = 500
        /// Pause between looks while no batch is known, 50 ms…60 s.
        package var idleEvery: Duration = .seconds(1)
        /// Retries pause while so many due tasks wait, 1…100,000,000.
        package var waitingMax = 100_000

        package init() {}

        package func validated() throws(SettingFault) -> Settings {
            try SettingFault.check("letters.chunkMax", chunkMax, in: 1...5000)
            try SettingFault.check("letters.idleEvery", idleEvery, in: .milliseconds(50) ... .seconds(60))
            try SettingFault.check("letters.waitingMax", waitingMax, in: 1...100_000_000)
            return self
        }
    }

    private let letters: any LetterRecord
    private let ledger: LaneLedger
    private let dispatcher: Dispatcher
    private let counters: CounterBook
    private let bell: Bell
    private let settings: Settings
    private let time: TimeSource
    private let log: Logger

    init(
        letters: any LetterRecord,
        ledger: LaneLedger,
        dispatcher: Dispatcher,
        counters: CounterBook,
        bell: Bell,
        settings: Settings,
        time: TimeSource,
        log: Logger
    ) {
        self.letters = letters
        self.ledger = ledger
        self.dispatcher = dispatcher
        self.counters = counters
        self.bell = bell
        self.settings = settings
        self.time = time
        self.log = log
    }

    /// Runs until a graceful shutdown; the transaction under way is finished.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let pause = await self.step()
                if pause > .zero { await self.bell.sleep(atMost: pause) }
            }
        }
    }

    /// - Returns: how long nothing is to be done.
    private func step() async -> Duration {
        guard ledger.waiting < settings.waitingMax else { return settings.idleEvery }
        do throws(RecordError) {
            let now = time.wall()
            switch try await letters.workBatch(chunkMax: settings.chunkMax, makeID: time.makeTaskID, now: now) {
            case .worked(let batch, let verb, let done, let leftOpen, let isOver):
                follow(batch, verb, done, leftOpen, isOver)
                return .zero
            case .later(let due): return min(max(.milliseconds(1), due - now), settings.idleEvery)
            case .idle: return settings.idleEvery
            }
        } catch {
            log.warning("batches of letters wait", metadata: [LogKey.error: "\(error)"])
            return settings.idleEvery
        }
    }

    private func follow(_ batch: Int64, _ verb: LetterOrder.Verb, _ done: Int, _ leftOpen: Int, _ isOver: Bool) {
        counters.count {
            switch verb {
            case .retry: $0.lettersRetried += done
            case .drop: $0.lettersDropped += done
            }
        }
        if verb == .retry, done > 0 { dispatcher.notify() }
        guard isOver else { return }
        log.notice("a batch of letters is done", metadata: [LogKey.batch: "\(batch)", LogKey.work: "\(verb.rawValue)"])
    }
}

extension TimeSource {
    /// Ids of tasks made now.
    var makeTaskID: @Sendable () -> TaskID {
        { [wall] in
            var chance = SystemRandomNumberGenerator()
            return TaskID(at: wall(), using: &chance)
        }
    }
}
