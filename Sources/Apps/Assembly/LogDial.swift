import Logging
import Synchronization

/// The level of everything that this process logs; can be turned while it runs.
final class LogDial: Sendable {
    static let shared = LogDial()

    /// The place of the level among all.
    private let place = Atomic(2)

    var level: Logger.Level { Logger.Level.allCases[place.load(ordering: .relaxed)] }

    func turn(to level: Logger.Level) {
        place.store(Logger.Level.allCases.firstIndex(of: level) ?? 0, ordering: .relaxed)
    }
}

/// Lets through what the dial lets through; the level of a single logger is the dial's.
struct DialledLogHandler: LogHandler {
    private var base: any LogHandler
    private let dial: LogDial

    init(_ base: any LogHandler, dial: LogDial) {
        self.base = base
        self.base.logLevel = .trace
        self.dial = dial
    }

    var logLevel: Logger.Level {
        get { dial.level }
        // A logger of its own level would not follow the dial.
        set {}
    }

    var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { base.metadataProvider }
        set { base.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        base.log(event: event)
    }
}
