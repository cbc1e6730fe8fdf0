import Domain
import Foundation
import Logging
import MemoryAdapters
import Orchestration
import ServiceLifecycle
import TestSupport

/// An orchestrator between a record, a broker and leases in memory.
struct Harness: Sendable {
    let record = MemoryRecord()
    let broker = MemoryBroker()
    let leases = MemoryLeases()
    let audit = MemoryAudit()
    let cancelled = MemoryCancelled()
    let desk: ControlDesk
    let markers: MarkerDesk
    private let group: ServiceGroup

    static let time = TimeSource(wall: { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) })

    init(_ settings: OrchestratorSettings) throws {
        var log = Logger(label: "orchestration-tests")
        log.logLevel = .critical
        let parts = OrchestratorParts(
            tasks: record,
            steering: record,
            housekeeping: record,
            devices: record,
            onus: MemoryAdapters.MemoryRecord(),
            fleet: record,
            letters: record,
            observations: record,
            observer: "test",
            audit: audit,
            coordination: MemoryAdapters.MemoryRecord(),
            broker: broker,
            cancelled: cancelled,
            leases: leases,
            leaseBoard: leases,
            keys: MemoryKeys(),
            seal: leases,
            leaseHealth: { [leases] in leases.examine() },
            time: Self.time
        )
        let orchestrator = try Orchestrator(parts: parts, settings: settings, log: log)
        desk = orchestrator.desk
        markers = orchestrator.markers
        group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [orchestrator], logger: log))
    }

    /// Settings that make pauses short.
    static var brisk: OrchestratorSettings {
        var settings = OrchestratorSettings()
        settings.dispatcher.sweepEvery = .milliseconds(5)
        settings.dispatcher.idleEvery = .milliseconds(20)
        settings.dispatcher.noteEvery = .milliseconds(20)
        settings.dispatcher.recountEvery = .milliseconds(100)
        settings.dispatcher.republishAfter = .seconds(1)
        settings.dispatcher.notTakenPause = .milliseconds(10)
        settings.outcomes.retryPause = .milliseconds(10) ... .milliseconds(50)
        settings.watches.every = .milliseconds(10)
        settings.watches.idleEvery = .milliseconds(100)
        settings.fleet.beatEvery = .milliseconds(100)
        settings.leaseGate.every = .milliseconds(50)
        settings.timekeeper.every = .milliseconds(50)
        settings.housekeeper.demandEvery = .milliseconds(100)
        settings.timekeeper.ageEvery = .milliseconds(100)
        return settings
    }

    /// Runs the orchestrator while `body` runs, then shuts it down gracefully and waits until it has ended.
    static func run(_ settings: OrchestratorSettings = brisk, _ body: (Harness) async throws -> Void) async throws {
        let harness = try Harness(settings)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await harness.group.run() }
            do {
                try await body(harness)
            } catch {
                await harness.record.openGate()
                group.cancelAll()
                throw error
            }
            await harness.group.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    func shutDown() async {
        await group.triggerGracefulShutdown()
    }

    static func draft(_ number: Int = 0, id: TaskID? = nil) -> TaskDraft {
        TaskDraft(kind: "noop", payload: ["sleepMs": .number(Double(number))], id: id)
    }

    /// Submits one draft that must be taken.
    @discardableResult
    func submit(_ draft: TaskDraft = Harness.draft()) async throws -> Receipt {
        try await desk.submit([draft], source: .http)[0].get()
    }

    /// Waits until the task has been published; its last copy.
    func published(_ id: TaskID) async throws -> DispatchedTask {
        try await eventually("the task is published") { broker.published.last { $0.id == id } }
    }

    func outcome(_ task: DispatchedTask, _ verdict: Verdict = .succeeded) -> Outcome {
        Outcome(
            task: task.id,
            number: task.number,
            attempt: 1,
            worker: WorkerID("w"),
            run: RunToken(1),
            verdict: verdict,
            startedAt: nil,
            finishedAt: Self.time.wall()
        )
    }
}

extension Harness {
    /// One that ran and was shut down.
    static func stopped() async throws -> Harness {
        var kept: Harness?
        try await run { harness in
            try await harness.submit()
            kept = harness
        }
        guard let kept else { throw NotThere("the harness") }
        return kept
    }
}

/// Something that a test needs is not there.
struct NotThere: Error, CustomStringConvertible {
    let description: String

    init(_ what: String) {
        description = "missing: \(what)"
    }
}
