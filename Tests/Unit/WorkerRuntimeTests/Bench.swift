import Domain
import Logging
import Operations
import Synchronization
import Testing
import WorkerRuntime

/// A worker between fakes, and what tests need to drive it.
struct Bench: Sendable {
    let journal: Journal
    let broker: FakeBroker
    let leases: FakeLeases
    let probe = Probe()
    let levels = Levels()
    let worker: Worker

    init(
        quietGap: Duration = .milliseconds(1),
        clock: HandClock? = nil,
        _ change: (inout WorkerSettings) -> Void = { _ in }
    ) throws {
        journal = Journal()
        broker = FakeBroker(journal: journal)
        leases = FakeLeases(journal: journal, quietGap: quietGap)
        var settings = WorkerSettings()
        settings.slots = [.general: 2, .network: 1]
        settings.watchEvery = .milliseconds(2)
        settings.report.again = Backoff(base: .milliseconds(2), factor: 1)
        settings.drain.soft = .seconds(5)
        change(&settings)
        worker = try Worker(
            profile: WorkerProfile(id: WorkerID("worker-1"), hostname: "host", pid: 1, version: "0"),
            broker: broker,
            leases: leases,
            operations: [Noop(), Fail(), probe],
            time: TimeSource(wall: { Timestamp(microseconds: 1_000_000) }, monotonic: { clock?.time ?? ContinuousClock.now }),
            settings: settings,
            log: Logger(label: "worker", factory: { _ in SwiftLogNoOpLogHandler() }),
            setLogLevel: { [levels] in levels.note($0) }
        )
    }

    /// Runs the worker, connected, until the body ends; then drains it.
    func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            broker.emit(.connected(connection: 1))
            do {
                try await body()
            } catch {
                broker.confirm()
                probe.letGo()
                worker.abort()
                throw error
            }
            probe.letGo()
            worker.stop()
            try await group.waitForAll()
        }
    }

    func order(_ order: ControlOrder) { broker.emit(.order(order)) }

    /// The heartbeats that were told, in order.
    var beats: [Heartbeat] {
        broker.told.compactMap { message in if case .heartbeat(let beat) = message { beat } else { nil } }
    }

    func deliver(_ deliveries: WorkDelivery...) { broker.emit(.deliveries(deliveries)) }

    static func delivery(
        _ number: Int64,
        _ kind: String = "noop",
        _ payload: Payload = [:],
        key: String? = nil,
        attempt: Int = 1,
        maxAttempts: Int = 3,
        timeout: Duration = .seconds(30),
        redeliveries: Int = 0,
        connection: UInt64 = 1,
        channel: UInt32 = 1,
        priority: Priority = .normal,
        taskClass: TaskClass = .general,
        device: DeviceAccess? = nil,
        timeLeft: Duration? = nil
    ) -> WorkDelivery {
        let task = DispatchedTask(
            id: TaskID(high: 1, low: UInt64(number)),
            number: DispatchNumber(number),
            attempt: attempt,
            maxAttempts: maxAttempts,
            kind: kind,
            payload: payload,
            priority: priority,
            taskClass: taskClass,
            exclusionKey: key.flatMap { ExclusionKey($0) },
            timeout: timeout,
            device: device,
            timeLeft: timeLeft
        )
        let handle = DeliveryHandle(connection: connection, channel: channel, tag: UInt64(number))
        return WorkDelivery(handle: handle, lane: task.lane, task: task, redeliveries: redeliveries)
    }
}

/// The log levels that a worker was ordered to.
final class Levels: Sendable {
    private let seen = Mutex<[Logger.Level]>([])

    func note(_ level: Logger.Level) { seen.withLock { $0.append(level) } }

    var all: [Logger.Level] { seen.withLock { $0 } }
}

/// A clock in the test's hands.
final class HandClock: Sendable {
    private let now = Mutex(ContinuousClock.now)

    var time: Instant { now.withLock { $0 } }

    func advance(by span: Duration) { now.withLock { $0 += span } }
}

/// An operation in the test's hands: begins, waits until it is let go or cut off, asks for permission.
final class Probe: Operation {
    private struct State {
        var begun: [DispatchNumber] = []
        var permissions: [DispatchNumber: SendPermission] = [:]
        var cutOff: [DispatchNumber] = []
        var isOpen = false
        var yields: [DispatchNumber: Yield] = [:]
        var ignoresCancellation = false
    }

    let kind = "probe"
    private let state = Mutex(State())

    var begun: [DispatchNumber] { state.withLock { $0.begun } }
    var cutOff: [DispatchNumber] { state.withLock { $0.cutOff } }
    func permission(of number: Int64) -> SendPermission? { state.withLock { $0.permissions[DispatchNumber(number)] } }
    func letGo() { state.withLock { $0.isOpen = true } }
    func brings(_ yield: Yield, for number: Int64) { state.withLock { $0.yields[DispatchNumber(number)] = yield } }
    func ignoreCancellation() { state.withLock { $0.ignoresCancellation = true } }

    func run(_ task: DispatchedTask, in context: RunContext) async throws(TaskFault) -> Yield {
        state.withLock { state in
            state.begun.append(task.number)
            state.permissions[task.number] = context.permission
        }
        while !state.withLock({ $0.isOpen }) {
            do throws(CancellationError) {
                try await context.sleep(.milliseconds(1))
            } catch {
                let ignores = state.withLock { state in
                    if !state.cutOff.contains(task.number) { state.cutOff.append(task.number) }
                    return state.ignoresCancellation
                }
                guard ignores else { throw TaskFault("stopped", "cut off", retryable: true) }
                await Task.yield()
            }
        }
        return state.withLock { $0.yields[task.number] } ?? Yield()
    }
}

/// Waits for a condition; fails the test when it does not come true in time.
func expectSoon(_ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record(what, sourceLocation: sourceLocation)
            throw NeverHappened()
        }
        try await letTimePass(.milliseconds(2))
    }
}

/// The one place where these tests wait: between two looks, and between two acts of chaos.
func letTimePass(_ span: Duration) async throws {
    try await Task.sleep(for: span)
}

struct NeverHappened: Error {}
