internal import CLinuxIO
internal import Synchronization

/// A few threads for calls that can only block: name resolution, cancel requests, file reads.
///
/// Never the cooperative pool. The queue is bounded and its depth is a metric.
package final class BlockingPool: Sendable {
    private let core: BlockingPoolCore

    /// Starts 2 to 4 threads.
    ///
    /// At most `queueMax` jobs wait for one; one more is refused.
    package init(name: String, threads: Int = 2, queueMax: Int = 256) {
        precondition((2...4).contains(threads), "a blocking pool has 2 to 4 threads")
        core = BlockingPoolCore(queueMax: queueMax)
        core.start(name: name, threads: threads)
    }

    deinit {
        core.stop(joining: false)
    }

    /// Runs `body` on a thread of the pool.
    ///
    /// It runs to its end even when the caller is cancelled.
    /// - Throws: what `body` throws, `ReactorError.queueFull` or `.stopped`.
    package func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try core.append { continuation.resume(with: Swift.Result(catching: body)) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Jobs that wait for a thread.
    package var depth: Int { core.depth }

    /// Runs what waits and ends the threads.
    ///
    /// Blocks until they ended.
    package func stop() {
        core.stop(joining: true)
    }
}

/// What the threads of a pool share; they keep it alive, not the pool.
private final class BlockingPoolCore: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var head = 0
        var stopped = false
        var threads: [ThreadHandle] = []
        var waiting: Int { jobs.count - head }
    }

    private let queueMax: Int
    private let state = Mutex(State())
    private let semaphore = CountingSemaphore()

    init(queueMax: Int) {
        self.queueMax = queueMax
    }

    var depth: Int { state.withLock { $0.waiting } }

    func start(name: String, threads: Int) {
        for number in 1...threads {
            let thread = unsafe ThreadHandle.start(
                name: String("\(name)-\(number)".utf8.prefix(15)) ?? name,
                body: blockingThreadMain,
                context: self
            )
            state.withLock { $0.threads.append(thread) }
        }
    }

    func append(_ job: @escaping @Sendable () -> Void) throws(ReactorError) {
        try state.withLock { state throws(ReactorError) in
            if state.stopped { throw .stopped }
            guard state.waiting < queueMax else { throw .queueFull(max: queueMax) }
            state.jobs.append(job)
        }
        semaphore.signal()
    }

    func stop(joining: Bool) {
        let threads = state.withLock { state in
            state.stopped = true
            defer { state.threads = [] }
            return state.threads
        }
        for _ in threads { semaphore.signal() }
        for thread in threads {
            if joining { thread.join() } else { thread.detach() }
        }
    }

    func run() {
        while let job = next() { job() }
    }

    private func next() -> (@Sendable () -> Void)? {
        semaphore.wait()
        return state.withLock { state in
            guard state.waiting > 0 else { return nil }
            let job = state.jobs[state.head]
            state.head += 1
            if state.waiting == 0 || state.head == 64 {
                state.jobs.removeFirst(state.head)
                state.head = 0
            }
            return job
        }
    }
}

/// A semaphore of the system; waiting blocks the thread.
private final class CountingSemaphore: Sendable {
    private let semaphore: flotilla_semaphore = flotilla_semaphore_create()

    deinit {
        flotilla_semaphore_destroy(semaphore)
    }

    func signal() {
        flotilla_semaphore_signal(semaphore)
    }

    func wait() {
        flotilla_semaphore_wait(semaphore)
    }
}

/// The body of a thread of the pool.
///
/// It owns one reference to the core and gives it back at its end.
private func blockingThreadMain(_ context: UnsafeMutableRawPointer) {
    let core = unsafe Unmanaged<BlockingPoolCore>.fromOpaque(context).takeRetainedValue()
    core.run()
}
