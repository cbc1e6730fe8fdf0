package import Domain

/// What a worker counts about itself, for its heartbeat.
package struct Pulse: Hashable, Sendable {
    /// Attempts that the error rate is taken over.
    package static let window = 100

    package private(set) var completed = 0
    package private(set) var failed = 0
    package private(set) var averageRunMs = 0.0
    /// The last attempts, true where one failed; the oldest is written over.
    private var recent: [Bool] = []
    private var place = 0

    package init() {}

    /// Takes an attempt in that ran to its end.
    package mutating func ended(_ verdict: Verdict, run: Duration) {
        switch verdict {
        case .succeeded: note(failed: false, run: run)
        case .failed: note(failed: true, run: run)
        case .started, .deferred, .interrupted, .seen, .suspect: break
        }
    }

    /// Errors among the last attempts, 0…1.
    package var errorRate: Double {
        recent.isEmpty ? 0 : Double(recent.count { $0 }) / Double(recent.count)
    }

    /// Degraded above 80 % load or 20 % errors.
    package func status(used: Int, slots: Int) -> WorkerStatus {
        Double(used) > 0.8 * Double(slots) || errorRate > 0.2 ? .degraded : .healthy
    }

    private mutating func note(failed isFailure: Bool, run: Duration) {
        completed += isFailure ? 0 : 1
        failed += isFailure ? 1 : 0
        let milliseconds = Double(run.microseconds) / 1000
        averageRunMs = completed + failed == 1 ? milliseconds : averageRunMs * 0.95 + milliseconds * 0.05
        if recent.count < Self.window {
            recent.append(isFailure)
        } else {
            recent[place] = isFailure
            place = (place + 1) % Self.window
        }
    }
}
