import Foundation
import Glibc
import Synchronization

/// Collects one process and tells everyone who waits how it ended.
final class ProcessEnd: Sendable {
    private enum State {
        case running(waiting: [Int: CheckedContinuation<ProcessExit?, Never>], next: Int)
        case ended(ProcessExit)
    }

    private let state = Mutex(State.running(waiting: [:], next: 0))

    /// `nil` until it ended.
    var status: ProcessExit? {
        state.withLock { state in
            guard case .ended(let status) = state else { return nil }
            return status
        }
    }

    /// Waits on a thread of its own for the process to end; `then` runs there first.
    func collect(_ pid: pid_t, then: @escaping @Sendable () -> Void) {
        Thread.detachNewThread { [self] in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            then()
            let ended = ProcessExit(waitStatus: status)
            let waiting = state.withLock { state -> [CheckedContinuation<ProcessExit?, Never>] in
                guard case .running(let waiting, _) = state else { return [] }
                state = .ended(ended)
                return Array(waiting.values)
            }
            for continuation in waiting { continuation.resume(returning: ended) }
        }
    }

    /// How it ended, whenever that is.
    func wait() async -> ProcessExit {
        while true {
            if let status = await enlist(limit: nil) { return status }
        }
    }

    /// How it ended, or `nil` when it still runs after `limit`.
    func wait(atMost limit: Duration) async -> ProcessExit? { await enlist(limit: limit) }

    private func enlist(limit: Duration?) async -> ProcessExit? {
        await withCheckedContinuation { continuation in
            let (answer, key) = state.withLock { state -> (ProcessExit?, Int) in
                switch state {
                case .ended(let status): return (status, -1)
                case .running(var waiting, let next):
                    waiting[next] = continuation
                    state = .running(waiting: waiting, next: next + 1)
                    return (nil, next)
                }
            }
            if let answer { return continuation.resume(returning: answer) }
            guard let limit else { return }
            DispatchQueue.global().asyncAfter(deadline: .now() + limit / .seconds(1)) { [self] in giveUp(key) }
        }
    }

    private func giveUp(_ key: Int) {
        let continuation = state.withLock { state -> CheckedContinuation<ProcessExit?, Never>? in
            guard case .running(var waiting, let next) = state else { return nil }
            let continuation = waiting.removeValue(forKey: key)
            state = .running(waiting: waiting, next: next)
            return continuation
        }
        continuation?.resume(returning: nil)
    }
}
