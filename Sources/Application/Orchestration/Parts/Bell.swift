import Synchronization

/// Wakes one sleeper early.
///
/// A ring while nobody sleeps is kept for the next sleep.
final class Bell: Sendable {
    private struct State {
        var isRung = false
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        let sleeper = state.withLock { state in
            let sleeper = state.sleeper.take()
            if sleeper == nil { state.isRung = true }
            return sleeper
        }
        sleeper?.resume()
    }

    /// Sleeps until the bell rings, at most so long, or until the task is cancelled.
    func sleep(atMost limit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // A cancelled sleep wakes the sleeper just as a finished one does.
                try? await Task.sleep(for: limit)
                self.wake()
            }
            await self.untilRung()
            group.cancelAll()
        }
    }

    private func untilRung() async {
        await withCheckedContinuation { (sleeper: CheckedContinuation<Void, Never>) in
            let isRung = state.withLock { state in
                defer { state.isRung = false }
                if !state.isRung { state.sleeper = sleeper }
                return state.isRung
            }
            if isRung { sleeper.resume() }
        }
    }

    /// Ends a sleep that is under way; unlike a ring it is not kept.
    private func wake() {
        state.withLock { $0.sleeper.take() }?.resume()
    }
}
