package import Domain
package import Logging
import ServiceLifecycle

/// Keeps the number of letters bounded, and says loudly what it removed.
package struct LetterRetention: Service {
    package struct Settings: Hashable, Sendable {
        package var keeping = LetterKeeping()
        /// Pause between looks, 100 ms…1 h.
        package var every: Duration = .seconds(60)

        package init() {}

        package func validated() throws(SettingFault) -> Settings {
            try SettingFault.check("letters.keep", keeping.perClass, in: Self.counts)
            for (kind, count) in keeping.perKind { try SettingFault.check("letters.keep-kinds of \(kind)", count, in: Self.counts) }
            try SettingFault.check("letters.evidenceFor", keeping.evidenceFor, in: .seconds(60) ... .seconds(365 * 86_400))
            try SettingFault.check("letters.trimEvery", every, in: .milliseconds(100) ... .seconds(3600))
            return self
        }

        /// How many letters may be kept of a class or kind.
        package static let counts = 1...10_000_000
    }

    private let letters: any LetterRecord
    private let counters: CounterBook
    private let settings: Settings
    private let time: TimeSource
    private let log: Logger

    package init(letters: any LetterRecord, counters: CounterBook, settings: Settings, time: TimeSource, log: Logger) {
        self.letters = letters
        self.counters = counters
        self.settings = settings
        self.time = time
        self.log = log
    }

    /// Runs until a graceful shutdown.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: settings.every)
                if !Task.isCancelled { await trim() }
            }
        }
    }

    private func trim() async {
        do throws(RecordError) {
            for trim in try await letters.trim(settings.keeping, now: time.wall()) {
                counters.count { $0.lettersTrimmed += trim.removed }
                log.warning(
                    "dead letters were removed: more than are kept",
                    metadata: [LogKey.group: "\(trim.group)", LogKey.count: "\(trim.removed)", LogKey.open: "\(trim.open)"]
                )
            }
        } catch {
            log.warning("dead letters could not be trimmed", metadata: [LogKey.error: "\(error)"])
        }
    }
}
