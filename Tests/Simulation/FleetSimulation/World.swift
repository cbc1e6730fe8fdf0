import Domain
import MemoryAdapters

/// A fleet with its servers and devices, stepped by one thread in virtual time.
///
/// The servers are the memory adapters' models, the rules are the domain's machines; what stands between them is here.
package final class World {
    /// Where every monotonic clock begins; only differences mean anything.
    static let epoch = ContinuousClock.now
    static let begin = Timestamp(microseconds: 1_700_000_000_000_000)

    let story: Story
    let defect: Defect?
    let settings = SimSettings()
    package private(set) var now: Duration = .zero
    var chance: SeededChance
    var journal: Journal
    let ids: SimIDs
    /// Violations that a defect has taken out of their transaction.
    var takenViolations: [ViolationRow] = []
    /// When one did; what it writes later needs its time.
    var takenAt: Duration = .zero
    var weather = Weather()

    var record = RecordModel()
    var broker: BrokerModel
    var leases: LeaseBook
    /// What Redis knew at some time before, for a failover to it.
    var olderLeases: LeaseBook?
    var devices: [SimDevice] = []
    var owners: [BrokerModel.ClientID: SimProcess] = [:]
    var orchestrators: [SimOrchestrator] = []
    var workers: [SimWorker] = []
    var client: SimClient?
    /// Queues that are missing from the broker, or were made anew, and are not written down yet.
    var unborn: Set<ObservedQueue> = []

    var jobs: [TaskID: Story.Job] = [:]
    /// How often a task has killed its worker.
    var deaths: [TaskID: Int] = [:]

    private var queue = EventQueue()
    private var isPumping = false
    private var lastID: UInt64 = 0
    /// Everything that happened, in short: equal runs have equal fingerprints.
    package private(set) var fingerprint: UInt64 = 0xCBF2_9CE4_8422_2325

    init(_ story: Story, defect: Defect?, isRead: Bool) {
        self.story = story
        self.defect = defect
        chance = SeededChance(seed: story.seed)
        journal = Journal(isRead: isRead)
        ids = SimIDs(seed: story.seed ^ 0x1D5)
        var lengths = BrokerModel.Lengths()
        lengths.lane = 200
        broker = BrokerModel(lengths: lengths, deliveryLimit: story.deliveryLimit)
        leases = LeaseBook(barrierSpan: settings.lease.span)
    }

    // MARK: Time

    func schedule(after span: Duration, _ body: @escaping () -> Void) {
        queue.add(at: now + max(.zero, span), body)
    }

    /// Takes the next step; false: there is none.
    func step() -> Bool {
        guard let next = queue.removeFirst() else { return false }
        now = next.at
        next.body()
        mix(UInt64(bitPattern: now.microseconds))
        return true
    }

    func mix(_ value: UInt64) {
        fingerprint = (fingerprint ^ value) &* 0x0000_0100_0000_01B3
    }

    func newID() -> UInt64 {
        lastID += 1
        return lastID
    }

    func write(_ line: @autoclosure () -> String) {
        guard journal.isRead else { return }
        // What the line tells may stand in the journal itself.
        let text = line()
        journal.write(text, at: now)
    }

    func violated(_ invariant: Invariant, _ what: String) { journal.violated(invariant, at: now, what) }

    /// Something is out of order now: what needs a quiet moment does not count from here on.
    var isCalm: Bool { now > journal.brokenUntil }

    // MARK: The broker

    /// One way of a connection, in order; lost with it, and held while nothing passes.
    private func travel(_ process: SimProcess, isOut: Bool, extra: Duration = .zero, _ body: @escaping () -> Void) {
        let connection = process.link.connection
        let last = isOut ? process.link.lastOut : process.link.lastIn
        let arrival = max(now + .microseconds(200) + process.upTo(.milliseconds(3)) + extra, last + .microseconds(1))
        if isOut { process.link.lastOut = arrival } else { process.link.lastIn = arrival }
        schedule(after: arrival - now) { [weak process] in
            guard let process, process.link.isUp, process.link.connection == connection else { return }
            if process.link.isSilent { process.link.stuck.append(body) } else { body() }
        }
    }

    /// From a process to the broker.
    func send(from process: SimProcess, _ body: @escaping (World, SimProcess) -> Void) {
        guard process.link.isUp else { return }
        travel(process, isOut: true) { [weak self, weak process] in
            guard let self, let process else { return }
            body(self, process)
        }
    }

    func publish(_ cargo: Cargo, to queue: String, from process: SimProcess, _ answer: @escaping (PublishAnswer) -> Void) {
        guard process.link.isUp else { return process.after(.milliseconds(1)) { answer(.unconfirmed(reason: "no connection")) } }
        let id = newID()
        process.link.pending.append((id, answer))
        send(from: process) { world, process in world.arrive(id, cargo, queue, process) }
    }

    private func arrive(_ id: UInt64, _ cargo: Cargo, _ queue: String, _ process: SimProcess) {
        guard let client = process.link.client else { return }
        // The broker takes nothing while it is alarmed: the message waits in the connection.
        guard broker.alarm == nil else {
            let connection = process.link.connection
            return schedule(after: .milliseconds(500)) { [weak self, weak process] in
                guard let self, let process, process.link.isUp, process.link.connection == connection else { return }
                arrive(id, cargo, queue, process)
            }
        }
        let isFull = weather.fullLanes > 0 && queue.hasPrefix("work.") && process.happens(oneIn: 2)
        let isUnbound = weather.unboundLanes > 0 && queue.hasPrefix("work.")
        let answer: PublishAnswer =
            isUnbound ? .returned(reason: "NO_ROUTE") : isFull ? .refused : broker.publish(cargo, to: queue, by: client)
        pump()
        travel(process, isOut: false, extra: weather.confirmDelay) { [weak process] in
            process?.receive { [weak process] in
                guard let process, let place = process.link.pending.firstIndex(where: { $0.id == id }) else { return }
                process.link.pending.remove(at: place).answer(answer)
            }
        }
    }

    /// Gives out what the queues hold, once what happens now is over.
    func pump() {
        guard !isPumping else { return }
        isPumping = true
        schedule(after: .zero) { [weak self] in
            guard let self else { return }
            isPumping = false
            var byOwner: [(SimProcess, [BrokerModel.Delivery])] = []
            for delivery in broker.deliver() {
                guard let owner = owners[delivery.client] else { continue }
                if delivery.redeliveries > 0 { journal.saw(.redelivered) }
                if let last = byOwner.indices.last, byOwner[last].0 === owner {
                    byOwner[last].1.append(delivery)
                } else {
                    byOwner.append((owner, [delivery]))
                }
            }
            for (owner, deliveries) in byOwner {
                travel(owner, isOut: false) { [weak owner] in
                    owner?.receive { [weak owner] in owner?.delivered(deliveries) }
                }
            }
        }
    }

    /// A connection ends; both sides notice, a frozen process when it goes on.
    func cut(_ process: SimProcess) {
        guard process.link.isUp, let client = process.link.client else { return }
        write("\(process.name) loses its connection")
        broker.cut(client)
        process.link.isUp = false
        process.link.stuck = []
        let pending = process.link.pending
        process.link.pending = []
        pump()
        process.receive {
            process.disconnected()
            for (_, answer) in pending { answer(.unconfirmed(reason: "the connection was lost")) }
            process.connect()
        }
    }

    func leave(_ client: BrokerModel.ClientID) {
        broker.leave(client)
        owners[client] = nil
        pump()
    }

    /// An order reaches whoever listens now.
    func order(_ order: ControlOrder, to address: ControlAddress, from process: SimProcess) {
        send(from: process) { world, process in
            guard let client = process.link.client, case .success(let listeners) = world.broker.listeners(to: address, from: client)
            else { return }
            for owner in listeners.compactMap({ world.owners[$0] }) {
                world.travel(owner, isOut: false) { [weak owner] in
                    owner?.receive { [weak owner] in owner?.ordered(order) }
                }
            }
        }
    }

    // MARK: Redis

    private var redisNow: Instant { Self.epoch + now }

    func askRedis<Answer>(
        _ process: SimProcess,
        _ question: @escaping (inout LeaseBook, Instant) -> Answer,
        _ answer: @escaping (Answer?) -> Void
    ) {
        var isAnswered = false
        func give(_ value: Answer?) {
            guard !isAnswered else { return }
            isAnswered = true
            answer(value)
        }
        process.after(.seconds(1)) { give(nil) }
        schedule(after: .microseconds(100) + process.upTo(.milliseconds(2)) + weather.leaseDelay) { [weak self, weak process] in
            guard let self, let process, weather.redisDown == 0, process.parted[.redis, default: 0] == 0 else { return }
            let value = question(&leases, redisNow)
            schedule(after: .microseconds(100) + process.upTo(.milliseconds(2)) + weather.leaseDelay) { [weak process] in
                guard let process, process.parted[.redis, default: 0] == 0 else { return }
                process.receive { give(value) }
            }
        }
    }

    /// Who holds a key now, by Redis.
    func holder(of key: ExclusionKey) -> LeaseBook.Held? { leases.lease(key, now: redisNow) }

    func forgetLeases(_ body: (inout LeaseBook) -> Void) {
        journal.hasForgotten = true
        body(&leases)
        if defect == .noBarrier { leases.begin() }
    }
}
