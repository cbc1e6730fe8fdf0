import Domain
import Operations
import Synchronization

/// Sees every run of the fleet's workers, and whether two of one key overlapped.
final class ExclusionWitness: Sendable {
    private struct State {
        var running: [ExclusionKey: Int] = [:]
        var overlaps = 0
        var runs: [TaskID: Int] = [:]
    }

    private let state = Mutex(State())

    /// Runs of one key at the same time.
    var overlaps: Int { state.withLock { $0.overlaps } }

    /// How often each task ran.
    var runs: [TaskID: Int] { state.withLock { $0.runs } }

    func begin(_ task: DispatchedTask) {
        state.withLock { state in
            state.runs[task.id, default: 0] += 1
            guard let key = task.exclusionKey else { return }
            state.running[key, default: 0] += 1
            if state.running[key, default: 0] > 1 { state.overlaps += 1 }
        }
    }

    func end(_ task: DispatchedTask) {
        guard let key = task.exclusionKey else { return }
        state.withLock { $0.running[key, default: 0] -= 1 }
    }
}

/// The kind `noop` under a witness.
struct WitnessedNoop: Operation {
    let witness: ExclusionWitness
    let kind = "noop"

    func run(_ task: DispatchedTask, in context: RunContext) async throws(TaskFault) -> Yield {
        witness.begin(task)
        defer { witness.end(task) }
        return try await Noop().run(task, in: context)
    }
}
