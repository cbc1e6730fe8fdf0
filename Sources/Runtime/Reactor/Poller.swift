internal import CLinuxIO

/// The epoll instance of one thread, and the eventfd that wakes it.
@safe
struct Poller: ~Copyable {
    /// Events taken from the kernel at once.
    static let eventsMax = 256
    /// Stands for the eventfd; no descriptor has this number.
    static let wakeToken = UInt64.max

    private let epoll: Int32
    private let wakeDescriptor: Int32
    private let events: UnsafeMutableBufferPointer<flotilla_event>

    init() {
        epoll = flotilla_epoll_create()
        wakeDescriptor = flotilla_eventfd_create()
        unsafe events = .allocate(capacity: Self.eventsMax)
        unsafe events.initialize(repeating: flotilla_event())
        precondition(epoll >= 0 && wakeDescriptor >= 0, "no descriptors left for a reactor thread")
        let added = flotilla_epoll_add(epoll, wakeDescriptor, Interest.readable.rawValue, Self.wakeToken)
        precondition(added == 0, "epoll refused its eventfd (\(-added))")
    }

    deinit {
        flotilla_close(wakeDescriptor)
        flotilla_close(epoll)
        unsafe events.deallocate()
    }

    /// Ends a wait.
    ///
    /// Any thread.
    func wake() {
        flotilla_eventfd_signal(wakeDescriptor)
    }

    func add(_ descriptor: Int32, interest: Interest, token: UInt64) throws(ReactorError) {
        try check(flotilla_epoll_add(epoll, descriptor, interest.rawValue, token), "watching a descriptor")
    }

    func change(_ descriptor: Int32, interest: Interest, token: UInt64) throws(ReactorError) {
        try check(flotilla_epoll_change(epoll, descriptor, interest.rawValue, token), "changing a watch")
    }

    /// A descriptor that was closed already left the set by itself: no error.
    func remove(_ descriptor: Int32) {
        _ = flotilla_epoll_remove(epoll, descriptor)
    }

    /// Hands every event to `handle`; negative `milliseconds` wait without end.
    func wait(milliseconds: Int32, _ handle: (_ token: UInt64, _ readiness: Readiness) -> Void) {
        guard let base = unsafe events.baseAddress else { return }
        let count = unsafe flotilla_epoll_wait(epoll, base, Int32(Self.eventsMax), milliseconds)
        precondition(count >= 0, "epoll_wait failed (\(-count))")
        for index in 0..<Int(count) {
            let event = unsafe events[index]
            if event.token == Self.wakeToken {
                flotilla_eventfd_clear(wakeDescriptor)
                continue
            }
            let interest = Interest(rawValue: event.readiness)
            handle(event.token, Readiness(readable: interest.contains(.readable), writable: interest.contains(.writable)))
        }
    }

    private func check(_ result: Int32, _ operation: String) throws(ReactorError) {
        if result < 0 { throw .system(operation: operation, code: -result, text: systemErrorText(-result)) }
    }
}
