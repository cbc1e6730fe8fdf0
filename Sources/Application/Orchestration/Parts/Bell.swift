import Synchronization

/// Wakes one sleeper early.
///
/// A ring while nobody sleeps is kept for the next sleep.
final class Bell: Sendable {
    private struct State {
        var isRung = false
        /// The sleep under way has had its time, though nobody had lain down yet.
        var isOver = false
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
        state.withLock { $0.isOver = false }
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
            let mayRise = state.withLock { state in
                if state.isRung || state.isOver {
                    state.isRung = false
                    return true
                }
                state.sleeper = sleeper
                return false
            }
            if mayRise { sleeper.resume() }
        }
    }

    /// Ends a sleep that is under way; unlike a ring it is not kept.
    private func wake() {
        let sleeper = state.withLock { state in
            state.isOver = true
            return state.sleeper.take()
        }
        sleeper?.resume()
    }
}
