import Domain
import Synchronization

/// What a worker counts since its start, for metrics.
final class Tally: Sendable {
    private let counts = Mutex(WorkerFigures.Counts())

    var now: WorkerFigures.Counts { counts.withLock { $0 } }

    func reported(_ verdict: Verdict) {
        let word = verdict.word
        counts.withLock { $0.outcomes[word, default: 0] += 1 }
    }

    func connected() {
        counts.withLock { $0.connections += 1 }
    }

    /// A renewal's answer; `nil`: there was none.
    func renewed(_ answer: RenewAnswer?) {
        counts.withLock { counts in
            switch answer {
            case .renewed: break
            case .lost: counts.renewalsLost += 1
            case nil: counts.renewalsUnanswered += 1
            }
        }
    }
}
