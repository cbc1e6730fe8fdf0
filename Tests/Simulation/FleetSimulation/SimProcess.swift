import Domain
import MemoryAdapters

/// A program of the fleet: it lives, freezes, dies, is started again, and has clocks and a connection of its own.
///
/// Whatever a former life began is dropped; what comes while it is frozen waits until it goes on.
class SimProcess {
    /// A server that a process may be cut off from.
    enum Server: Hashable {
        case redis, record
    }

    /// Its connection to the broker.
    struct Link {
        var client: BrokerModel.ClientID?
        /// The broker's number of it; 0: never connected.
        var connection: UInt64 = 0
        var isUp = false
        /// Nothing passes, and nobody has noticed yet.
        var isSilent = false
        var stuck: [() -> Void] = []
        /// Messages of a connection keep their order, each way.
        var lastOut: Duration = .zero
        var lastIn: Duration = .zero
        /// Publishes that wait for their answer, in order.
        var pending: [(id: UInt64, answer: (PublishAnswer) -> Void)] = []
        var failures = 0
    }

    unowned let world: World
    let name: String
    /// Its own, so that what others do does not change what befalls it.
    var chance: SeededChance
    private(set) var isAlive = false
    private(set) var isFrozen = false
    private(set) var life = 0
    private var held: [() -> Void] = []
    var link = Link()
    var parted: [Server: Int] = [:]
    /// How fast its monotonic clock runs, and by how much its wall clock is off.
    let rate: Double
    var wallOffset: Duration

    init(_ world: World, _ name: String) {
        self.world = world
        self.name = name
        chance = SeededChance(seed: name.utf8.reduce(world.story.seed) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 })
        rate = 1 + Double(Int.random(in: -5...5, using: &chance)) / 1000
        wallOffset = .milliseconds(Int.random(in: -400...400, using: &chance))
    }

    /// A span from nothing to that.
    func upTo(_ span: Duration) -> Duration {
        span <= .zero ? .zero : .microseconds(Int64.random(in: 0...span.microseconds, using: &chance))
    }

    func happens(oneIn count: Int) -> Bool { Int.random(in: 0..<count, using: &chance) == 0 }

    // MARK: Clocks

    /// Its own monotonic clock.
    var now: Instant { World.epoch + .microseconds(Int64(Double(world.now.microseconds) * rate)) }

    /// Its own wall clock.
    var wall: Timestamp { World.begin + world.now + wallOffset }

    /// Does something later, if this life still lasts then.
    func after(_ span: Duration, _ body: @escaping () -> Void) {
        let life = life
        world.schedule(after: span) { [weak self] in self?.receive(life, body) }
    }

    /// Does something again and again, with a little jitter.
    func every(_ span: Duration, _ body: @escaping () -> Void) {
        after(span * 9 / 10 + upTo(span / 5)) { [weak self] in
            body()
            self?.every(span, body)
        }
    }

    private func receive(_ life: Int, _ body: @escaping () -> Void) {
        guard isAlive, self.life == life else { return }
        if isFrozen { held.append { [weak self] in self?.receive(life, body) } } else { body() }
    }

    /// Something from outside, as soon as the process can take it.
    func receive(_ body: @escaping () -> Void) { receive(life, body) }

    // MARK: Life

    func start() {
        guard !isAlive else { return }
        isAlive = true
        life += 1
        begin()
        connect()
    }

    /// What a fresh process does first.
    func begin() {}

    func kill() {
        guard isAlive else { return }
        world.write("\(name) is killed")
        isAlive = false
        isFrozen = false
        held = []
        life += 1
        leaveBroker()
    }

    /// It ends in good order, with nothing left to do.
    func end() {
        isAlive = false
        life += 1
        leaveBroker()
    }

    private func leaveBroker() {
        if let client = link.client { world.leave(client) }
        link = Link()
    }

    func freeze() {
        guard isAlive, !isFrozen else { return }
        world.write("\(name) is frozen")
        isFrozen = true
        let connection = link.connection
        // The broker's heartbeats notice.
        world.schedule(after: .seconds(20) + upTo(.seconds(20))) { [weak self] in
            guard let self, isFrozen, link.connection == connection else { return }
            world.cut(self)
        }
    }

    func thaw() {
        guard isFrozen else { return }
        world.write("\(name) goes on")
        isFrozen = false
        let bodies = held
        held = []
        for body in bodies { body() }
    }

    // MARK: The broker

    /// What it consumes, and what it listens to.
    func join() -> BrokerModel.ClientID { world.broker.join() }

    func connect() {
        let life = life
        after(.milliseconds(5) + upTo(.milliseconds(min(5000, 100 << min(link.failures, 6))))) { [weak self] in
            guard let self, !link.isUp, self.life == life else { return }
            let client = link.client ?? join()
            link.client = client
            world.owners[client] = self
            guard !link.isSilent, let connection = world.broker.connect(client) else {
                link.failures += 1
                return connect()
            }
            if link.connection > 0 { world.journal.saw(.reconnected) }
            link.failures = 0
            link.connection = connection
            link.isUp = true
            (link.lastOut, link.lastIn) = (world.now, world.now)
            world.write("\(name) is connected")
            connected()
            world.pump()
        }
    }

    func connected() {}

    /// The connection is gone, and the process notices.
    func disconnected() {}

    /// Whether it may publish, as far as it knows.
    var isConnected: Bool { link.isUp }

    func delivered(_ deliveries: [BrokerModel.Delivery]) {}

    func ordered(_ order: ControlOrder) {}

    // MARK: Talking

    func publish(_ cargo: Cargo, to queue: String, _ answer: @escaping (PublishAnswer) -> Void) {
        world.publish(cargo, to: queue, from: self, answer)
    }

    func settle(_ handles: [DeliveryHandle], _ settlement: Settlement) {
        guard !handles.isEmpty else { return }
        world.send(from: self) { world, process in
            guard let client = process.link.client else { return }
            world.broker.settle(handles, settlement, by: client)
            world.pump()
        }
    }

    /// Asks Redis; `nil`: no answer within a second.
    func askRedis<Answer>(_ question: @escaping (inout LeaseBook, Instant) -> Answer, then: @escaping (Answer?) -> Void) {
        world.askRedis(self, question, then)
    }
}
