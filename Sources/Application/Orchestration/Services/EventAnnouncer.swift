package import Domain
package import Logging
import ServiceLifecycle
import Synchronization

/// Tells listeners what has been committed: over the broker, and to streams of this process.
///
/// Best effort. Whoever records never waits: events go to a ring and to a bounded mailbox, what does not fit is counted.
package final class EventAnnouncer: Service {
    package struct Settings: Hashable, Sendable {
        /// Events kept for streams to go on from, 16…100,000.
        package var kept = 4096
        /// Events that wait to be published, 1…100,000; more are dropped and counted.
        package var waitingMax = 8192
        /// Events published together, 1…1024.
        package var batchMax = 256
        /// Streams at a time, 1…1000.
        package var streamsMax = 32

        package init() {}

        package func validated() throws(SettingFault) -> Settings {
            try SettingFault.check("events.kept", kept, in: 16...100_000)
            try SettingFault.check("events.waitingMax", waitingMax, in: 1...100_000)
            try SettingFault.check("events.batchMax", batchMax, in: 1...1024)
            try SettingFault.check("events.streamsMax", streamsMax, in: 1...1000)
            return self
        }
    }

    private struct State {
        var ring: EventRing
        var interest = EventInterest()
        var listeners: [Int: Bell] = [:]
        var lastListener = 0
        var isClosed = false
    }

    private let publisher: any EventPublisher
    private let counters: CounterBook
    private let settings: Settings
    private let time: TimeSource
    private let log: Logger
    private let mailbox = Mailbox<FleetEvent>()
    private let state: Mutex<State>

    package init(publisher: any EventPublisher, counters: CounterBook, settings: Settings, time: TimeSource, log: Logger) {
        self.publisher = publisher
        self.counters = counters
        self.settings = settings
        self.time = time
        self.log = log
        // Unique per process: two of one machine do not start within one microsecond and see each other's ids.
        state = Mutex(State(ring: EventRing(origin: String(time.wall().microseconds, radix: 36), capacity: settings.kept)))
    }

    /// Takes events and returns at once.
    package func tell(_ events: [FleetEvent]) {
        guard !events.isEmpty else { return }
        let now = time.monotonic()
        let (wanted, bells) = state.withLock { state -> ([FleetEvent], [Bell]) in
            var wanted: [FleetEvent] = []
            for event in events {
                state.ring.append(event)
                if state.interest.wants(event.type, now: now) { wanted.append(event) }
            }
            return (wanted, Array(state.listeners.values))
        }
        for bell in bells { bell.ring() }
        guard !wanted.isEmpty, mailbox.offer(contentsOf: wanted, bound: settings.waitingMax) == .full else { return }
        counters.count { $0.eventsDropped += wanted.count }
    }

    /// Runs until a graceful shutdown; what is told by then is still published.
    package func run() async throws {
        await withGracefulShutdownHandler {
            while let batch = await mailbox.take(upTo: settings.batchMax) { await publish(batch) }
        } onGracefulShutdown: {
            self.close()
        }
        close()
    }

    private func publish(_ batch: [FleetEvent]) async {
        let answers = await publisher.announce(batch)
        let now = time.monotonic()
        state.withLock { state in
            for (event, answer) in zip(batch, answers) { state.interest.answered(event.type, answer, now: now) }
        }
        let taken = answers.count { $0 == .taken }
        let lost = answers.count { $0 == .lost }
        counters.count {
            $0.eventsPublished += taken
            $0.eventsDropped += lost
        }
        if lost > 0 { log.debug("events are lost: the broker did not take them", metadata: [LogKey.count: "\(lost)"]) }
    }

    // MARK: Streams

    /// Why there is no stream.
    package enum Refusal: Error, Hashable, Sendable {
        case tooMany(allowed: Int)
        case stopping
    }

    /// A stream of the events after `last`, an id of an earlier one; without it, of what happens from now on.
    package func listen(_ filter: EventFilter, after last: String?) throws(Refusal) -> EventListener {
        let (number, bell, place) = try state.withLock { state throws(Refusal) -> (Int, Bell, EventRing.Place) in
            guard !state.isClosed else { throw .stopping }
            guard state.listeners.count < settings.streamsMax else { throw .tooMany(allowed: settings.streamsMax) }
            state.lastListener += 1
            let bell = Bell()
            state.listeners[state.lastListener] = bell
            return (state.lastListener, bell, state.ring.place(after: last))
        }
        return EventListener(number: number, filter: filter, place: place, bell: bell, announcer: self)
    }

    /// How many streams there are.
    package var streams: Int { state.withLock { $0.listeners.count } }

    fileprivate func read(after number: UInt64, _ filter: EventFilter, limit: Int) -> EventRing.Reading {
        state.withLock { $0.ring.read(after: number, filter, limit: limit) }
    }

    fileprivate var origin: String { state.withLock { $0.ring.origin } }

    fileprivate var isClosed: Bool { state.withLock { $0.isClosed } }

    fileprivate func leave(_ listener: Int) {
        state.withLock { $0.listeners[listener] = nil }
    }

    private func close() {
        mailbox.close()
        let bells = state.withLock { state in
            state.isClosed = true
            return Array(state.listeners.values)
        }
        for bell in bells { bell.ring() }
    }
}

/// One reader's place in the events.
///
/// The ring is its buffer: a reader that is slower than the ring turns over is told so, and nothing piles up for it.
package final class EventListener: Sendable {
    package enum Next: Hashable, Sendable {
        case events([EventRing.Entry])
        /// Something may be missing before what comes; `resumed` is the id from which it goes on.
        case reset(resumed: EventID)
        /// Nothing happened for a while.
        case quiet
        /// The reader was too slow: what came next has been overwritten.
        case fellBehind
        /// The process stops.
        case closed
    }

    private struct Progress {
        var place: UInt64
        var reset: UInt64?
    }

    /// Events handed over at once.
    private static let batchMax = 64

    private let number: Int
    private let filter: EventFilter
    private let bell: Bell
    private let announcer: EventAnnouncer
    private let progress: Mutex<Progress>

    fileprivate init(number: Int, filter: EventFilter, place: EventRing.Place, bell: Bell, announcer: EventAnnouncer) {
        self.number = number
        self.filter = filter
        self.bell = bell
        self.announcer = announcer
        switch place {
        case .after(let place): progress = Mutex(Progress(place: place, reset: nil))
        case .unknown(let resumed): progress = Mutex(Progress(place: resumed, reset: resumed))
        }
    }

    /// What comes next, for one reader.
    ///
    /// It is waited for at most `patience`.
    package func next(within patience: Duration) async -> Next {
        let reset = progress.withLock { $0.reset.take() }
        if let reset { return .reset(resumed: EventID(origin: announcer.origin, number: reset)) }
        if let next = ready() { return next }
        await bell.sleep(atMost: patience)
        return ready() ?? .quiet
    }

    /// Where it stands: what it asks for when it comes back.
    package var place: EventID { EventID(origin: announcer.origin, number: progress.withLock { $0.place }) }

    /// Ends the stream; its place is free for another one.
    ///
    /// A stream that nobody ever read ends with this object.
    package func leave() {
        announcer.leave(number)
    }

    deinit { announcer.leave(number) }

    private func ready() -> Next? {
        let isClosed = announcer.isClosed
        switch announcer.read(after: progress.withLock({ $0.place }), filter, limit: Self.batchMax) {
        case .fellBehind: return .fellBehind
        case .entries(let entries, let next):
            progress.withLock { $0.place = next }
            if !entries.isEmpty { return .events(entries) }
            return isClosed ? .closed : nil
        }
    }
}
