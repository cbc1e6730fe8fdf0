import Domain
import Logging
import Synchronization

/// Tells the fleet that this worker is there: registration on each connection, heartbeats between.
final class Heart: Sendable {
    /// How soon progress is told.
    private static let lookEvery: Duration = .seconds(2)

    private let profile: WorkerProfile
    private let floor: WorkFloor
    private let broker: any WorkerBroker
    private let time: TimeSource
    private let settings: WorkerSettings
    private let kinds: [String]
    private let startedAt: Timestamp
    private let log: Logger
    /// The latest connection: an older one is not registered any more.
    private let connection = Mutex(Int.min)
    private let hasStopped = Atomic(false)

    init(
        profile: WorkerProfile,
        floor: WorkFloor,
        broker: any WorkerBroker,
        time: TimeSource,
        settings: WorkerSettings,
        kinds: [String],
        log: Logger
    ) {
        self.profile = profile
        self.floor = floor
        self.broker = broker
        self.time = time
        self.settings = settings
        self.kinds = kinds
        self.log = log
        startedAt = time.wall()
    }

    /// Registers under a new connection; tries again until the broker confirms it.
    func register(connection: Int) async {
        self.connection.withLock { $0 = max($0, connection) }
        while !Task.isCancelled, self.connection.withLock({ $0 == connection }) {
            let registration = WorkerRegistration(
                id: profile.id,
                hostname: profile.hostname,
                pid: profile.pid,
                version: profile.version,
                startedAt: startedAt,
                labels: profile.labels,
                slots: settings.slots,
                kinds: kinds,
                connection: connection,
                numbersInHand: floor.numbers
            )
            let answer = await broker.tell(.registration(registration))
            if answer == .confirmed {
                log.info("registered", metadata: [LogKey.worker: "\(profile.id)", LogKey.connection: "\(connection)"])
                await beat()
                return
            }
            log.debug("the registration is not confirmed", metadata: [LogKey.answer: "\(answer)"])
            guard await pause(.seconds(1)) else { return }
        }
    }

    /// Runs until it is cancelled.
    ///
    /// While something moves on it beats oftener: people watch it.
    func run() async {
        var chance = SystemRandomNumberGenerator()
        func next() -> Instant { time.monotonic() + settings.beatEvery * Double.random(in: 0.9...1.1, using: &chance) }
        var due = next()
        var told: [DispatchNumber: RunProgress] = [:]
        while !Task.isCancelled {
            guard await pause(min(Self.lookEvery, max(.milliseconds(1), time.monotonic().duration(to: due)))) else { return }
            let progress = floor.progress
            let isDue = time.monotonic() >= due
            guard isDue || progress != told else { continue }
            if isDue { due = next() }
            told = progress
            await beat()
        }
    }

    /// One beat, with the status the floor finds.
    func beat() async {
        guard !hasStopped.load(ordering: .acquiring) else { return }
        await tell(status: nil)
    }

    /// The last beat: the worker says that it has stopped.
    func stop() async {
        hasStopped.store(true, ordering: .releasing)
        await tell(status: .stopped)
    }

    private func tell(status: WorkerStatus?) async {
        let answer = await broker.tell(.heartbeat(floor.heartbeat(of: profile.id, at: time.wall(), status: status)))
        if answer != .confirmed { log.debug("a heartbeat is not confirmed", metadata: [LogKey.answer: "\(answer)"]) }
    }

    private func pause(_ span: Duration) async -> Bool {
        do {
            try await Task.sleep(for: span)
            return true
        } catch {
            return false
        }
    }
}
