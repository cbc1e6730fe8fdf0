import Foundation
import Glibc
import Synchronization

/// Collects one process and tells everyone who waits how it ended.
final class ProcessEnd: Sendable {
    private typealias Waiter = CheckedContinuation<ProcessExit?, Never>

    private enum State {
        /// → leaving
        case running(waiting: [Int: Waiter], next: Int)
        /// Dead but not collected: its id is still its own, and gets no more signals. → ended
        case leaving(waiting: [Int: Waiter], next: Int)
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

    /// Waits on a thread of its own for the process to end; `then` runs there before anyone is told.
    func collect(_ pid: pid_t, then: @escaping @Sendable () -> Void) {
        Thread.detachNewThread { [self] in
            var information = siginfo_t()
            while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
            leave()
            // What it left in its group goes with it; until it is collected no one else can have the group's id.
            kill(-pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            then()
            finish(ProcessExit(waitStatus: status))
        }
    }

    /// Runs `body` if the process has not ended, and keeps its id from being given to another meanwhile.
    func whileRunning(_ body: () -> Void) {
        state.withLock { state in
            if case .running = state { body() }
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

    private func leave() {
        state.withLock { state in
            guard case .running(let waiting, let next) = state else { return }
            state = .leaving(waiting: waiting, next: next)
        }
    }

    private func finish(_ status: ProcessExit) {
        let waiting = state.withLock { state -> [Int: Waiter] in
            defer { state = .ended(status) }
            switch state {
            case .running(let waiting, _), .leaving(let waiting, _): return waiting
            case .ended: return [:]
            }
        }
        for continuation in waiting.values { continuation.resume(returning: status) }
    }

    private func enlist(limit: Duration?) async -> ProcessExit? {
        await withCheckedContinuation { continuation in
            let (answer, key) = state.withLock { state -> (ProcessExit?, Int) in
                switch state {
                case .ended(let status): return (status, -1)
                case .running(var waiting, let next):
                    waiting[next] = continuation
                    state = .running(waiting: waiting, next: next + 1)
                    return (nil, next)
                case .leaving(var waiting, let next):
                    waiting[next] = continuation
                    state = .leaving(waiting: waiting, next: next + 1)
                    return (nil, next)
                }
            }
            if let answer { return continuation.resume(returning: answer) }
            guard let limit else { return }
            DispatchQueue.global().asyncAfter(deadline: .now() + limit / .seconds(1)) { [self] in giveUp(key) }
        }
    }

    private func giveUp(_ key: Int) {
        let continuation = state.withLock { state -> Waiter? in
            switch state {
            case .ended: return nil
            case .running(var waiting, let next):
                let continuation = waiting.removeValue(forKey: key)
                state = .running(waiting: waiting, next: next)
                return continuation
            case .leaving(var waiting, let next):
                let continuation = waiting.removeValue(forKey: key)
                state = .leaving(waiting: waiting, next: next)
                return continuation
            }
        }
        continuation?.resume(returning: nil)
    }
}
