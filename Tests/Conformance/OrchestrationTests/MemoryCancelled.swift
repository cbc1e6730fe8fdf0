import Domain
import Synchronization

/// The runs that were cancelled lately, as the test says.
final class MemoryCancelled: CancelledRuns {
    private struct State {
        var runs: [CancelledRun] = []
        var asked: [Timestamp] = []
        var failures = 0
    }

    private let state = Mutex(State())

    func set(_ runs: [CancelledRun]) { state.withLock { $0.runs = runs } }

    /// The next questions are not answered.
    func fail(times: Int) { state.withLock { $0.failures = times } }

    var asked: [Timestamp] { state.withLock { $0.asked } }

    func cancelledRuns(since: Timestamp) async throws(RecordError) -> [CancelledRun] {
        let isFailing = state.withLock { state in
            state.asked.append(since)
            guard state.failures > 0 else { return false }
            state.failures -= 1
            return true
        }
        if isFailing { throw .unavailable(reason: "told to be") }
        return state.withLock { $0.runs }
    }
}
