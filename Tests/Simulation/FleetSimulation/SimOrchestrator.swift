import Domain
import MemoryAdapters

/// An orchestrator, stepped: what its services do between two waits is one step, and it may die between any two.
final class SimOrchestrator: SimProcess {
    /// What a transaction came to.
    enum Commit<Answer> {
        case done(Answer)
        /// It did not happen, or nobody knows.
        case failed
    }

    var room = LaneRoom()
    var book = PublishBook()
    var overtaking = OvertakingBook()
    var missing: [Place: MissingBook] = [:]
    var deafUntil = World.epoch
    /// Whether Redis answered when it was last asked.
    var gateIsOpen = true
    var lastMarker: Int64 = 0
    lazy var election = makeElection()
    /// What was attended to, as far as this process knows.
    var attended: [OLTID: OLTDeclaration] = [:]
    /// Batches of a feed are worked on one after the other.
    var lines: [Line: [() -> Void]] = [:]
    var busyLines: Set<Line> = []

    struct Place: Hashable {
        let reason: LossCase.Reason
        let lane: Lane
    }

    enum Line: Hashable { case intake, outcomes, fleet, dead, rescue, reconcile, sweep, note, time, coordinate }

    var settings: SimSettings { world.settings }
    /// Never used before: whose markers are whose.
    var observer: String { "\(name).\(life)" }

    // MARK: Life

    override func begin() {
        room = LaneRoom(highWatermark: settings.highWatermark, lowWatermark: settings.lowWatermark)
        book = PublishBook()
        overtaking = OvertakingBook(overtaking: settings.overtaking)
        missing = [:]
        deafUntil = now + settings.silence
        gateIsOpen = true
        lastMarker = 0
        lines = [:]
        busyLines = []
        election = makeElection()
        attended = [:]
        every(settings.sweepEvery) { [weak self] in self?.sweep() }
        every(settings.noteEvery) { [weak self] in self?.notePublished() }
        every(settings.recountEvery) { [weak self] in self?.recount() }
        every(settings.watchesEvery) { [weak self] in self?.lookAtWatches() }
        every(settings.timeEvery) { [weak self] in self?.lookAtTime() }
        every(settings.forgottenEvery) { [weak self] in self?.sweepForgotten() }
        every(settings.beatEvery / 2) { [weak self] in self?.reconcile() }
        every(settings.beatEvery / 4) { [weak self] in self?.watchForSilence() }
        every(.milliseconds(500)) { [weak self] in self?.askGate() }
        every(settings.coordinateEvery) { [weak self] in self?.coordinate() }
        elect()
    }

    private func makeElection() -> LeaderElection {
        LeaderElection(role: .coordinator, holder: observer, settings: LeaderElection.Settings(), now: now)
    }

    override func connected() {
        bearQueues { [weak self] in
            guard let self, let client = link.client else { return }
            for queue in QueueName.all where !queue.hasPrefix("work.") { world.broker.want(queue, prefetch: 64, by: client) }
            world.pump()
        }
    }

    override func disconnected() { wasDeaf() }

    func wasDeaf() { deafUntil = max(deafUntil, now + settings.silence) }

    /// What is missing is written down before it is made anew.
    private func bearQueues(_ then: @escaping () -> Void) {
        let born = world.unborn.sorted { $0.description < $1.description }
        guard !born.isEmpty else { return then() }
        untilWritten(
            { $0.noteMadeAnew(born, now: $1) },
            then: { [weak self] _ in
                guard let self else { return }
                for queue in born {
                    world.unborn.remove(queue)
                    world.broker.declare(queue.queueName)
                }
                world.pump()
                then()
            }
        )
    }

    /// Whether publishing works.
    var isOpen: Bool { link.isUp && world.broker.alarm == nil }

    // MARK: The record

    /// One transaction.
    func write<Answer>(_ body: @escaping (inout RecordModel, Timestamp) -> Answer, then: @escaping (Commit<Answer>) -> Void) {
        world.transact(self, wall, body, then)
    }

    /// The same until it is written.
    func untilWritten<Answer>(
        pause: Duration = .milliseconds(200),
        _ body: @escaping (inout RecordModel, Timestamp) -> Answer,
        then: @escaping (Answer) -> Void
    ) {
        write(body) { [weak self] commit in
            switch commit {
            case .done(let answer): then(answer)
            case .failed: self?.after(pause) { [weak self] in self?.untilWritten(pause: min(pause * 2, .seconds(5)), body, then: then) }
            }
        }
    }

    /// Takes its turn in a line; the work calls back when it is over.
    func line(up line: Line, _ work: @escaping (_ done: @escaping () -> Void) -> Void) {
        lines[line, default: []].append { [weak self] in
            work { [weak self] in
                self?.busyLines.remove(line)
                self?.next(in: line)
            }
        }
        next(in: line)
    }

    /// A look that is left out while the one before is not over.
    func look(_ line: Line, _ work: @escaping (_ done: @escaping () -> Void) -> Void) {
        guard !busyLines.contains(line) else { return }
        self.line(up: line, work)
    }

    private func next(in line: Line) {
        guard !busyLines.contains(line), let work = lines[line]?.first else { return }
        lines[line]?.removeFirst()
        busyLines.insert(line)
        work()
    }

    func follow(_ summary: RecordSummary) {
        for (lane, count) in summary.left { room.left(count, from: lane) }
        overtaking.left(summary.left)
    }

    // MARK: Deliveries

    override func delivered(_ deliveries: [BrokerModel.Delivery]) {
        let connection = link.connection
        var drafts: [(DeliveryHandle, TaskID)] = []
        var reports: [(DeliveryHandle, OutcomeMessage)] = []
        var words: [(DeliveryHandle, FleetMessage)] = []
        var dead: [(DeliveryHandle, DeadMessage)] = []
        for delivery in deliveries where delivery.handle.connection == connection {
            switch delivery.cargo {
            case .draft(.success(let draft)): if let id = draft.draft.id { drafts.append((delivery.handle, id)) }
            case .report(let message): reports.append((delivery.handle, message))
            case .word(let message): words.append((delivery.handle, message))
            case .dead(let message): dead.append((delivery.handle, message))
            case .draft(.failure), .task: break
            }
        }
        if !drafts.isEmpty { line(up: .intake) { [weak self] done in self?.admit(drafts, done) } }
        if !reports.isEmpty { line(up: .outcomes) { [weak self] done in self?.record(reports, done) } }
        if !words.isEmpty { line(up: .fleet) { [weak self] done in self?.note(words, done) } }
        if !dead.isEmpty { line(up: .dead) { [weak self] done in self?.bury(dead, done) } }
    }

    // MARK: Redis

    private func askGate() {
        askRedis({ _, _ in true }, then: { [weak self] answer in self?.gateIsOpen = answer != nil })
    }

    /// Asks about one number after the other; `nil` answers are left out.
    func askVoid(
        _ numbers: [(DispatchNumber, ExclusionKey)],
        _ answers: [DispatchNumber: VoidAnswer] = [:],
        _ then: @escaping ([DispatchNumber: VoidAnswer]) -> Void
    ) {
        guard let (number, key) = numbers.first else { return then(answers) }
        let rest = Array(numbers.dropFirst())
        if world.defect == .leftWithoutVoid {
            return askVoid(rest, answers.merging([number: .void(wasGranted: true)]) { $1 }, then)
        }
        askRedis(
            { $0.void(key, number, now: $1) },
            then: { [weak self] answer in
                var answers = answers
                if let answer { answers[number] = answer }
                if case .held = answer, self?.world.journal.hasForgotten == true { self?.world.journal.saw(.barred) }
                self?.askVoid(rest, answers, then)
            }
        )
    }

    // MARK: Markers

    /// Calls back with true once every outcome that was confirmed before now is recorded.
    func passMarker(_ then: @escaping (Bool) -> Void) {
        guard world.defect != .noMarker else { return then(true) }
        lastMarker += 1
        let value = lastMarker
        let deadline = now + settings.markerWithin
        publish(.report(.marker(OutcomeMarker(observer: observer, value: value))), to: QueueName.outcomes) { [weak self] answer in
            guard answer == .confirmed else { return then(false) }
            self?.awaitMarker(value, until: deadline, then)
        }
    }

    private func awaitMarker(_ value: Int64, until deadline: Instant, _ then: @escaping (Bool) -> Void) {
        let observer = observer
        write(
            { record, _ in record.lastMarker(of: observer) },
            then: { [weak self] commit in
                guard let self else { return }
                if case .done(let last) = commit, let last, last >= value { return then(true) }
                guard now < deadline else { return then(false) }
                after(.milliseconds(100)) { [weak self] in self?.awaitMarker(value, until: deadline, then) }
            }
        )
    }
}

extension ObservedQueue {
    /// As the broker knows it.
    var queueName: String {
        switch self {
        case .lane(let lane): QueueName.lane(lane)
        case .outcomes: QueueName.outcomes
        }
    }
}
