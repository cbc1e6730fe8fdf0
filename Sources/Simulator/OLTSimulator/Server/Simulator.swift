internal import CLinuxIO
internal import Glibc
internal import Synchronization

/// Simulated OLTs at work: one UDP socket for all of them and one loop that answers when an answer's time has come.
///
/// `run` holds the calling thread until `stop`; `start` gives the loop a thread of its own. Everything may be called from any
/// thread.
package final class Simulator: Sendable {
    /// UDP port of every device.
    package let port: UInt16
    /// Port of the account, where it is served.
    package let accountPort: UInt16?
    /// Lines of recordings that hold no row, and names that came again; the rest is served.
    package let problems: [RecordingProblem]
    private let socket: DatagramSocket
    /// For answers from a port that nobody asked.
    private let stranger: DatagramSocket
    private let listener: Mutex<AccountListener?>
    private let fleet: Mutex<Fleet>
    private let thread = Mutex<flotilla_thread?>(nil)
    private let isStopping = Atomic(false)
    private let wake: Int32
    private let service: AccountService
    private let startedAt = ContinuousClock.now

    /// Binds its sockets; requests that come before `run` wait in the kernel.
    package init(_ settings: SimulatorSettings) throws(SimulatorError) {
        do throws(SettingsError) {
            try settings.validate()
        } catch {
            throw .settings(error)
        }
        let devices = try Fleet(settings)
        problems = devices.problems
        fleet = Mutex(devices)
        let socket = try DatagramSocket(port: settings.port)
        do throws(SimulatorError) {
            stranger = try DatagramSocket(port: 0)
            let account = if let place = settings.account { try AccountListener(place) } else { nil as AccountListener? }
            accountPort = account?.port
            listener = Mutex(account)
        } catch {
            close(socket.descriptor)
            throw error
        }
        self.socket = socket
        port = socket.port
        wake = flotilla_eventfd_create()
        service = AccountService(document: AccountDocument(startedAt: WallClock.sinceEpoch()))
    }

    deinit {
        close(socket.descriptor)
        close(stranger.descriptor)
        close(wake)
        listener.withLock { $0?.close() }
    }

    /// Answers until `stop`.
    package func run() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !isStopping.load(ordering: .acquiring) {
            var events = [
                pollfd(fd: wake, events: Int16(POLLIN), revents: 0), pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            events += listener.withLock { $0?.interests ?? [] }
            let wait = patience()
            guard unsafe poll(&events, nfds_t(events.count), wait) >= 0 || errno == EINTR else { return }
            if events[0].revents != 0 { flotilla_eventfd_clear(wake) }
            if events[1].revents != 0 { receive(into: &buffer) }
            sendDue()
            handleAccount(Array(events.dropFirst(2)))
        }
    }

    /// Runs the loop on a thread of its own until `stop`.
    package func start() throws(SimulatorError) {
        let context = unsafe Unmanaged.passRetained(self).toOpaque()
        let body: flotilla_thread_body = { context in
            unsafe Unmanaged<Simulator>.fromOpaque(context).takeRetainedValue().run()
        }
        var handle: flotilla_thread = 0
        let result = unsafe flotilla_thread_start("oltsim", 8 << 20, body, context, context, &handle)
        guard result == 0 else {
            unsafe Unmanaged<Simulator>.fromOpaque(context).release()
            throw .system("thread", result)
        }
        thread.withLock { [handle] in $0 = handle }
    }

    /// Ends the loop; with `start`, waits for its thread.
    package func stop() {
        isStopping.store(true, ordering: .releasing)
        flotilla_eventfd_signal(wake)
        let thread = thread.withLock { $0.take() }
        if let thread { flotilla_thread_join(thread) }
    }

    // MARK: Account and faults

    package var reports: [DeviceReport] { fleet.withLock { $0.reports } }

    /// `nil` when no device lives at the address.
    package func report(of address: DeviceAddress) -> DeviceReport? {
        fleet.withLock { $0.report(of: address) }
    }

    package func resetAccounts() {
        fleet.withLock { $0.resetAccounts() }
    }

    /// - Returns: how many devices have these faults from now on.
    @discardableResult
    package func setFaults(_ faults: Faults, at addresses: [DeviceAddress]) -> Int {
        let now = now
        return fleet.withLock { $0.setFaults(faults, at: addresses, now: now) }
    }

    /// Does something to a generated device.
    package func change(_ address: DeviceAddress, _ change: SiteChange) throws(SiteError) {
        let now = now
        let failure = fleet.withLock { fleet -> SiteError? in
            do throws(SiteError) {
                try fleet.change(address, change, now: now)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    // MARK: Loop

    /// Most datagrams taken before answers are sent.
    private static let batchMax = 64

    private var now: Duration { ContinuousClock.now - startedAt }

    /// Milliseconds until something is due, rounded up; −1 when nothing is.
    private func patience() -> Int32 {
        let dues = [fleet.withLock { $0.nextDue }, listener.withLock { $0?.nextDue }].compactMap { $0 }
        guard let due = dues.min() else { return -1 }
        let left = due - now
        guard left > .zero else { return 0 }
        return Int32(clamping: left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1)
    }

    private func receive(into buffer: inout [UInt8]) {
        for _ in 0..<Self.batchMax {
            guard let arrival = socket.receive(into: &buffer) else { return }
            guard arrival.at.isLoopback, arrival.from.address.isLoopback else { continue }
            let now = now
            fleet.withLock { $0.receive(arrival.bytes, at: arrival.at, from: arrival.from, now: now) }
        }
    }

    private func sendDue() {
        let now = now
        while let departure = fleet.withLock({ $0.departure(at: now) }) {
            (departure.isFromOtherPort ? stranger : socket).send(departure.bytes, to: departure.to, from: departure.from)
        }
    }

    /// The one place that holds two locks: the listener's first, the fleet's within it.
    private func handleAccount(_ events: [pollfd]) {
        let now = now
        listener.withLock { listener in
            listener?.handle(events, now: now) { request in
                fleet.withLock { service.answer(request, &$0, now: now) }
            }
        }
    }
}
