internal import CLinuxIO
internal import Synchronization

/// A named thread that runs an epoll loop and is a Swift executor at the same time: actors pinned on it own C
/// handles, and the compiler's isolation is the thread confinement the libraries ask for.
///
/// A turn runs at most `jobsPerTurn` jobs, then the every-turn hooks, then waits for descriptors and timers.
/// The one allowed `@unchecked`: `inbox` is a mutex and the metrics are atomics; all else is touched on the thread only.
@safe
package final class ReactorThread: SerialExecutor, @unchecked Sendable {
    /// Jobs run before the sockets get their turn.
    package static let jobsPerTurn = 256

    package let name: String

    private let inbox = Mutex(ReactorInbox())
    private let handle = Mutex<ThreadHandle?>(nil)
    private let longestNanoseconds = Atomic<UInt64>(0)
    private let turnBegan = Atomic<UInt64>(0)
    private let poller = Poller()

    private var scratch: [ReactorInbox.Item] = []
    private var scratchIndex = 0
    private var watches: [Int32: Watch] = [:]
    private var lastGeneration: UInt32 = 0
    private var timers = TimerHeap()
    private var hooks: [(token: TurnToken, body: () -> Void)] = []
    private var lastHook: UInt64 = 0

    private struct Watch {
        let generation: UInt32
        let ready: (Readiness) -> Void
    }

    /// Starts the thread.
    /// - Parameters:
    ///   - name: at most 15 bytes, as the kernel shows it.
    ///   - stackBytes: address space, not memory, and whatever `ulimit -s` says; 8 MiB unless a library needs more.
    package init(name: String, stackBytes: Int = 8 << 20) {
        precondition(name.utf8.count <= 15, "the kernel shows 15 bytes of a thread name")
        self.name = name
        handle.withLock { $0 = unsafe ThreadHandle.start(name: name, stackBytes: stackBytes, body: reactorThreadMain, context: self) }
    }

    // MARK: Executor

    package nonisolated func enqueue(_ job: consuming ExecutorJob) {
        append(.job(UnownedJob(job)))
    }

    package nonisolated func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    package nonisolated func isIsolatingCurrentContext() -> Bool? {
        isCurrent
    }

    package nonisolated func checkIsolated() {
        precondition(isCurrent, "not on the reactor thread \(name)")
    }

    /// Whether the caller runs on this thread.
    @inline(never)
    package var isCurrent: Bool {
        unsafe flotilla_thread_tag() == UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
    }

    /// Runs `body` on the thread, soon.
    ///
    /// Any thread.
    package nonisolated func post(_ body: @escaping @Sendable () -> Void) {
        append(.body(body))
    }

    /// Like `post`, for what does not matter any more once the thread has ended.
    package nonisolated func postUnlessEnded(_ body: @escaping @Sendable () -> Void) {
        if inbox.withLock({ $0.offer(.body(body)) }).mustWake { poller.wake() }
    }

    /// Runs what was enqueued, ends the thread and, from another thread, waits for its end.
    ///
    /// Idempotent. A job that is enqueued later would never run: it traps.
    package func stop() {
        if inbox.withLock({ $0.requestStop() }) { poller.wake() }
        guard let thread = handle.withLock({ $0.take() }) else { return }
        if isCurrent { thread.detach() } else { thread.join() }
    }

    // MARK: Descriptors (on the thread only)

    /// Calls `ready` on the thread while the descriptor is ready (level-triggered) until `unwatch`.
    package func watch(
        _ descriptor: Int32,
        for interest: Interest,
        _ ready: @escaping (Readiness) -> Void
    ) throws(ReactorError) -> WatchToken {
        requireThread()
        lastGeneration &+= 1
        let token = WatchToken(descriptor: descriptor, generation: lastGeneration)
        try poller.add(descriptor, interest: interest, token: Self.pack(token))
        watches[descriptor] = Watch(generation: lastGeneration, ready: ready)
        return token
    }

    package func change(_ token: WatchToken, to interest: Interest) throws(ReactorError) {
        requireThread()
        guard watches[token.descriptor]?.generation == token.generation else { return }
        try poller.change(token.descriptor, interest: interest, token: Self.pack(token))
    }

    /// Ends a watch, also of a descriptor that is closed already; a token of an earlier registration is ignored.
    package func unwatch(_ token: WatchToken) {
        requireThread()
        guard watches[token.descriptor]?.generation == token.generation else { return }
        watches[token.descriptor] = nil
        poller.remove(token.descriptor)
    }

    // MARK: Timers and turns (on the thread only)

    /// Runs `body` once on the thread, never earlier than `delay` from now.
    package func schedule(after delay: Duration, _ body: @escaping () -> Void) -> TimerToken {
        requireThread()
        return timers.add(deadline: monotonicNanoseconds() &+ delay.wholeNanoseconds, body)
    }

    package func cancel(_ token: TimerToken) {
        requireThread()
        timers.cancel(token)
    }

    /// Runs `body` once in each turn before the thread waits: there connections flush what was posted to them.
    package func everyTurn(_ body: @escaping () -> Void) -> TurnToken {
        requireThread()
        lastHook += 1
        let token = TurnToken(number: lastHook)
        hooks.append((token, body))
        return token
    }

    package func remove(_ token: TurnToken) {
        requireThread()
        hooks.removeAll { $0.token == token }
    }

    // MARK: Metrics (any thread)

    /// The longest span the thread worked between two waits, since the start or the last reset.
    package var longestTurn: Duration {
        .nanoseconds(Int64(clamping: longestNanoseconds.load(ordering: .relaxed)))
    }

    package func resetLongestTurn() {
        longestNanoseconds.store(0, ordering: .relaxed)
    }

    /// How long the turn under way has lasted; zero while the thread waits.
    ///
    /// For a watchdog.
    package var currentTurn: Duration {
        let began = turnBegan.load(ordering: .relaxed)
        let now = monotonicNanoseconds()
        return began == 0 || now < began ? .zero : .nanoseconds(Int64(clamping: now - began))
    }

    // MARK: The loop

    fileprivate func run() {
        beginTurn()
        while true {
            runJobs()
            for hook in hooks { hook.body() }
            if !hasJobs, inbox.withLock({ $0.endIfDrained() }) { break }
            waitForEvents()
            fireTimers()
        }
        watches = [:]
        hooks = []
        timers.removeAll()
    }

    private var hasJobs: Bool { scratchIndex < scratch.count }

    private func runJobs() {
        if !hasJobs {
            scratch.removeAll(keepingCapacity: true)
            scratchIndex = 0
            inbox.withLock { $0.swap(with: &scratch) }
        }
        let end = min(scratch.count, scratchIndex + Self.jobsPerTurn)
        while scratchIndex < end {
            let item = scratch[scratchIndex]
            scratchIndex += 1
            switch item {
            case .job(let job): unsafe job.runSynchronously(on: asUnownedSerialExecutor())
            case .body(let body): body()
            }
        }
        // Bodies hold their captures: let go of them as soon as they ran.
        if !hasJobs {
            scratch.removeAll(keepingCapacity: true)
            scratchIndex = 0
        }
    }

    private func waitForEvents() {
        let maySleep = !hasJobs && inbox.withLock { $0.fallAsleep() }
        let milliseconds = maySleep ? untilNextTimer() : 0
        endTurn()
        poller.wait(milliseconds: milliseconds) { token, readiness in
            beginTurn()
            dispatch(token, readiness)
        }
        beginTurn()
        if maySleep { inbox.withLock { $0.wakeUp() } }
    }

    private func dispatch(_ packed: UInt64, _ readiness: Readiness) {
        let descriptor = Int32(truncatingIfNeeded: packed & 0xFFFF_FFFF)
        let generation = UInt32(truncatingIfNeeded: packed >> 32)
        // An earlier event of this batch may have ended the watch, or the descriptor was closed and used again.
        guard let watch = watches[descriptor], watch.generation == generation else { return }
        watch.ready(readiness)
    }

    private func fireTimers() {
        let now = monotonicNanoseconds()
        while let body = timers.takeDue(now: now) { body() }
    }

    /// Milliseconds until the next timer, rounded up; −1 without one.
    private func untilNextTimer() -> Int32 {
        guard let deadline = timers.next() else { return -1 }
        let now = monotonicNanoseconds()
        guard deadline > now else { return 0 }
        return Int32(clamping: (deadline - now + 999_999) / 1_000_000)
    }

    private func beginTurn() {
        if turnBegan.load(ordering: .relaxed) == 0 { turnBegan.store(monotonicNanoseconds(), ordering: .relaxed) }
    }

    private func endTurn() {
        let began = turnBegan.load(ordering: .relaxed)
        turnBegan.store(0, ordering: .relaxed)
        guard began != 0 else { return }
        let lasted = monotonicNanoseconds() - began
        if lasted > longestNanoseconds.load(ordering: .relaxed) { longestNanoseconds.store(lasted, ordering: .relaxed) }
    }

    private func append(_ item: ReactorInbox.Item) {
        if inbox.withLock({ $0.append(item) }) { poller.wake() }
    }

    private func requireThread() {
        precondition(isCurrent, "only on the reactor thread \(name)")
    }

    private static func pack(_ token: WatchToken) -> UInt64 {
        UInt64(token.generation) << 32 | UInt64(UInt32(bitPattern: token.descriptor))
    }
}

/// The body of the thread.
///
/// It owns one reference to its reactor and gives it back at its end.
private func reactorThreadMain(_ context: UnsafeMutableRawPointer) {
    let reactor = unsafe Unmanaged<ReactorThread>.fromOpaque(context).takeRetainedValue()
    reactor.run()
}
