internal import CLinuxIO
internal import Glibc
internal import Synchronization

/// What a loop turns: sockets to wait for and what to do when they are ready.
protocol ProxyBody: Sendable {
    var interests: [pollfd] { get }
    /// When something is due besides; on the loop's clock.
    var nextDue: Duration? { get }
    mutating func turn(_ ready: [pollfd], at now: Duration)
    mutating func close()
}

/// One thread that waits for the sockets of one proxy.
final class ProxyLoop<Body: ProxyBody>: Sendable {
    private let body: Mutex<Body>
    private let wake: Int32
    private let isStopping = Atomic(false)
    private let thread = Mutex<flotilla_thread?>(nil)
    private let began = ContinuousClock.now

    init(_ body: Body) throws(ProxyError) {
        self.body = Mutex(body)
        wake = flotilla_eventfd_create()
        try start()
    }

    /// Changes or reads the body; the loop looks again at once.
    func with<Value: Sendable>(_ change: (inout Body) -> Value) -> Value {
        let value = body.withLock { change(&$0) }
        flotilla_eventfd_signal(wake)
        return value
    }

    /// Ends the thread and closes all sockets; calling it again does nothing.
    func stop() {
        guard let handle = thread.withLock({ $0.take() }) else { return }
        isStopping.store(true, ordering: .releasing)
        flotilla_eventfd_signal(wake)
        flotilla_thread_join(handle)
        body.withLock { $0.close() }
        Glibc.close(wake)
    }

    private func start() throws(ProxyError) {
        let context = unsafe Unmanaged.passRetained(LoopTurn { [self] in run() }).toOpaque()
        let turn: flotilla_thread_body = { context in unsafe Unmanaged<LoopTurn>.fromOpaque(context).takeRetainedValue().run() }
        var handle: flotilla_thread = 0
        let code = unsafe flotilla_thread_start("fault-proxy", 1 << 20, turn, context, context, &handle)
        guard code == 0 else {
            unsafe Unmanaged<LoopTurn>.fromOpaque(context).release()
            throw .system(call: "thread", code: code)
        }
        thread.withLock { [handle] in $0 = handle }
    }

    private func run() {
        while !isStopping.load(ordering: .acquiring) {
            let (interests, due) = body.withLock { ($0.interests, $0.nextDue) }
            var events = [pollfd(fd: wake, events: Int16(POLLIN), revents: 0)] + interests
            guard unsafe poll(&events, nfds_t(events.count), patience(until: due)) >= 0 || errno == EINTR else { return }
            if events[0].revents != 0 { flotilla_eventfd_clear(wake) }
            let now = ContinuousClock.now - began
            body.withLock { $0.turn(events.dropFirst().filter { $0.revents != 0 }, at: now) }
        }
    }

    /// Milliseconds until something is due, rounded up; −1 when nothing is.
    private func patience(until due: Duration?) -> Int32 {
        guard let due else { return -1 }
        let left = due - (ContinuousClock.now - began)
        guard left > .zero else { return 0 }
        return Int32(clamping: left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1)
    }
}

/// Carries a closure into a thread that C starts.
private final class LoopTurn: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
