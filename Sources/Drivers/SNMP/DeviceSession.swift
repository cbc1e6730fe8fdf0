internal import Reactor

/// Names an open session of an engine; never repeats in its life.
package struct SNMPDevice: Sendable, Hashable {
    let number: UInt64
}

/// One device: its session, the request under way and those behind it.
///
/// Lives on the SNMP thread.
final class DeviceSession {
    /// Where the device is with the request under way.
    enum State {
        /// Nothing under way → `pausing`, `waitingForSlot`, `inFlight`.
        case idle
        /// Before a try again, or for the rate → `waitingForSlot`, `inFlight`, `idle`.
        case pausing(TimerToken)
        /// Another session with the same device has its turn → `waitingForSlot`, `inFlight`, `idle`.
        case waitingForTurn
        /// The process has too many requests under way → `inFlight`, `idle`.
        case waitingForSlot
        /// Sent; holds a slot → any other. Without a `current` it waits for the answer to a request that was given up.
        case inFlight(Flight)
    }

    struct Flight {
        let request: Int32
        /// Asks for the engine, on behalf of the request that comes next.
        let isProbe: Bool
        let sentAt: ContinuousClock.Instant
        let endsAt: ContinuousClock.Instant
        let timer: TimerToken
    }

    let id: SNMPDevice
    let target: SNMPTarget
    let limits: DeviceLimits
    let session: SNMPSession
    let memory: DeviceMemory
    var watch: WatchToken?
    var state: State = .idle
    var current: (any PendingExchange)?
    var outgoing: Outgoing?
    var waiting: [any PendingExchange] = []
    /// What came instead of an answer since the last send.
    var doubt: AttemptFailure?
    /// Requests in a row that were sent again because of the engine or its clock.
    var resynced = 0
    /// The device told its engine in this session, and nothing since.
    var hasOnlyMetEngine = false
    private(set) var givenUp: [(request: Int32, sentAt: ContinuousClock.Instant)] = []
    private(set) var answered: [Int32] = []

    init(id: SNMPDevice, target: SNMPTarget, limits: DeviceLimits, session: SNMPSession, memory: DeviceMemory) {
        self.id = id
        self.target = target
        self.limits = limits
        self.session = session
        self.memory = memory
    }

    var isInFlight: Bool {
        if case .inFlight = state { true } else { false }
    }

    // MARK: The last few requests, to tell late answers from strange ones

    static let remembered = 8

    func noteGivenUp(_ flight: Flight) {
        if givenUp.count == Self.remembered { givenUp.removeFirst() }
        givenUp.append((flight.request, flight.sentAt))
    }

    func noteAnswered(_ request: Int32) {
        if answered.count == Self.remembered { answered.removeFirst() }
        answered.append(request)
    }

    /// When a request that was given up had been sent; a second answer to it is a duplicate.
    func takeGivenUp(_ request: Int32) -> ContinuousClock.Instant? {
        guard let index = givenUp.firstIndex(where: { $0.request == request }) else { return nil }
        noteAnswered(request)
        return givenUp.remove(at: index).sentAt
    }
}
