import Domain
import Logging
import Synchronization
import Testing
import WorkerRuntime

@Suite("Two workers and one device", .timeLimit(.minutes(1)))
struct ExclusionTests {
    /// What keeps the next holder away from requests that are still under way.
    enum Defence: CaseIterable {
        /// Runs are never cut off before their lease ends: the margin before its end.
        case margin
        /// Runs are cut off by their timeout in the middle of a request: the quiet gap.
        case quietGap
    }

    @Test("whatever is lost, no request leaves while another number's may be under way", arguments: UInt64(1)...3, Defence.allCases)
    func neverTwo(seed: UInt64, defence: Defence) async throws {
        let wire = Wire(pduLife: .milliseconds(30))
        let journal = Journal()
        let book = SharedBook()
        let stores = (0..<2).map { _ in FakeLeases(journal: journal, book: book, quietGap: .milliseconds(40)) }
        let brokers = [FakeBroker(journal: journal), FakeBroker(journal: journal)]
        let workers = try (0..<2).map { place in try Self.worker(place, brokers[place], stores[place], wire, defence) }

        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { try await worker.run() } }
            var chance = Chance(state: seed)
            var connections: [UInt64] = [1, 1]
            var speaksAgain = [0, 0]
            for broker in brokers { broker.emit(.connected(connection: 1)) }
            for step in 1...80 {
                let place = Int.random(in: 0..<2, using: &chance)
                let other = 1 - place
                let number = Int64(step)
                brokers[place].emit(.deliveries([Self.delivery(number, connections[place], defence)]))
                switch Int.random(in: 0..<8, using: &chance) {
                case 0:
                    brokers[place].emit(.disconnected(reason: "chaos"))
                    connections[place] += 1
                    brokers[place].emit(.connected(connection: Int(connections[place])))
                case 1 where speaksAgain[other] <= step:
                    // Long enough for a lease to end meanwhile; the other worker waits for that.
                    stores[place].fallSilent()
                    speaksAgain[place] = step + 26
                case 2: brokers[place].answerNext([.refused, .unconfirmed(reason: "chaos")])
                case 3: brokers[other].emit(.deliveries([Self.delivery(number, connections[other], defence)]))
                default: break
                }
                for place in 0..<2 where speaksAgain[place] <= step { stores[place].fallSilent(false) }
                try await letTimePass(.milliseconds(Int.random(in: 20..<80, using: &chance)))
            }
            for store in stores { store.fallSilent(false) }
            for worker in workers { worker.stop() }
            try await group.waitForAll()
        }

        #expect(wire.collisions == [])
        #expect(wire.sent > 20, "the device was asked at all")
        let holders = wire.numbersInOrder
        #expect(holders == holders.sorted(), "numbers only grow at the device")
    }

    private static func delivery(_ number: Int64, _ connection: UInt64, _ defence: Defence) -> WorkDelivery {
        let device = DeviceAccess(
            olt: OLTID(1),
            name: "A",
            address: DeviceAddress(host: "127.0.0.1"),
            version: .v2c,
            profile: "auto",
            limits: DeviceLimits(),
            credentials: SealedCredentials(bytes: [], revision: 0)
        )
        let timeout: Duration = defence == .margin ? .seconds(60) : .milliseconds(200)
        return Bench.delivery(number, "device", key: "olt:1", timeout: timeout, connection: connection, device: device)
    }

    private static func worker(_ place: Int, _ broker: FakeBroker, _ leases: FakeLeases, _ wire: Wire, _ defence: Defence) throws -> Worker
    {
        var settings = WorkerSettings()
        settings.slots = [.general: 4]
        settings.busyPatience = .milliseconds(1500)
        settings.busyPause = .milliseconds(5)
        settings.watchEvery = .milliseconds(2)
        settings.handBackAfter = .milliseconds(300)
        settings.report.again = Backoff(base: .milliseconds(2), factor: 1)
        settings.drain.soft = .seconds(20)
        settings.lease.span = .seconds(1)
        settings.lease.renewEvery = .milliseconds(100)
        settings.lease.margin = .milliseconds(20)
        settings.lease.pduLife = .milliseconds(30)
        return try Worker(
            profile: WorkerProfile(id: WorkerID("worker-\(place)"), hostname: "host", pid: 1, version: "0"),
            broker: broker,
            leases: leases,
            operations: [AskDevice(wire: wire, keepsQuiet: defence == .quietGap)],
            time: TimeSource(wall: { Timestamp(microseconds: 1_000_000) }),
            settings: settings,
            log: Logger(label: "worker", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }
}

/// The way to the device: knows which requests may be under way.
private final class Wire: Sendable {
    private struct State {
        var underWay: [DispatchNumber: Instant] = [:]
        var collisions: [String] = []
        var numbers: [DispatchNumber] = []
        var sent = 0
    }

    private let state = Mutex(State())
    private let pduLife: Duration

    init(pduLife: Duration) {
        self.pduLife = pduLife
    }

    var collisions: [String] { state.withLock { $0.collisions } }
    var sent: Int { state.withLock { $0.sent } }
    var numbersInOrder: [DispatchNumber] { state.withLock { $0.numbers } }

    /// Asks for permission and sends in one moment.
    ///
    /// - Returns: false when the permission is refused.
    func send(_ number: DispatchNumber, _ permission: SendPermission) -> Bool {
        state.withLock { state in
            let now = ContinuousClock.now
            guard permission.refusal(now) == nil else { return false }
            for (other, sentAt) in state.underWay where other != number && now < sentAt + pduLife {
                state.collisions.append("\(number) was sent \(now - sentAt) after \(other)")
            }
            state.underWay[number] = now
            state.sent += 1
            if state.numbers.last != number { state.numbers.append(number) }
            return true
        }
    }

    func returned(_ number: DispatchNumber) {
        state.withLock { $0.underWay[number] = nil }
    }
}

/// Asks the device for more than the span of a lease, a few milliseconds each time.
private struct AskDevice: Operation {
    let kind = "device"
    let wire: Wire
    let keepsQuiet: Bool

    func run(_ task: DispatchedTask, in context: RunContext) async throws(TaskFault) -> Yield {
        do throws(CancellationError) {
            if keepsQuiet { try await context.sleep(context.quietGap) }
        } catch {
            throw TaskFault("stopped", "cut off", retryable: true)
        }
        for _ in 0..<350 {
            guard wire.send(task.number, context.permission) else { throw TaskFault("stopped", "not permitted", retryable: true) }
            do throws(CancellationError) {
                try await context.sleep(.milliseconds(4))
            } catch {
                // The request stays under way: nobody waits for its answer.
                throw TaskFault("stopped", "cut off", retryable: true)
            }
            wire.returned(task.number)
        }
        return Yield()
    }
}

/// Chance that a failing test can repeat (SplitMix64).
private struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
