package import Domain
import Synchronization

/// What people and programs ask of the orchestrator, whatever they come through.
package struct ControlDesk: Sendable {
    let parts: OrchestratorParts
    private let admission: AdmissionDesk
    let dispatcher: Dispatcher
    private let gate: LeaseGate
    let counters: CounterBook
    /// Wakes whoever works on batches of letters.
    let batchBell: Bell
    let effects: RecordEffects
    /// What happens, as it happens.
    package let announcer: EventAnnouncer
    private let overviews = OverviewMemory()

    init(
        parts: OrchestratorParts,
        admission: AdmissionDesk,
        dispatcher: Dispatcher,
        gate: LeaseGate,
        counters: CounterBook,
        batchBell: Bell,
        effects: RecordEffects,
        announcer: EventAnnouncer
    ) {
        self.parts = parts
        self.admission = admission
        self.dispatcher = dispatcher
        self.gate = gate
        self.counters = counters
        self.batchBell = batchBell
        self.effects = effects
        self.announcer = announcer
    }

    /// Admits drafts; the good ones in one transaction.
    /// - Returns: one answer per draft, in order.
    package func submit(
        _ drafts: [TaskDraft],
        source: TaskSource,
        lanePriority: Priority? = nil
    ) async throws(SubmitError) -> [Result<Receipt, Admission.Fault>] {
        try await admission.submit(drafts, source: source, lanePriority: lanePriority)
    }

    /// A task with everything that happened to it, and why it waits.
    package func task(_ id: TaskID) async throws(RecordError) -> TaskStory? {
        guard let story = try await parts.tasks.task(id) else { return nil }
        guard !story.state.isTerminal else { return story }
        let now = parts.time.wall()
        let workers = try await parts.fleet.workers(now: now)
        if let running = Self.running(story, on: workers) { return story.running(running) }
        guard story.startedAt == nil else { return story }
        let capability = Capability(of: workers)
        return story.explained(by: capability, leaseTrouble: gate.trouble, now: now)
    }

    /// The task's latest run, as its worker's last beat told.
    private static func running(_ story: TaskStory, on workers: [KnownWorker]) -> RunningTask? {
        guard story.state == .queued else { return nil }
        let beats = workers.filter { ![.lost, .stopped].contains($0.status) }.compactMap(\.lastBeat)
        let runs = beats.flatMap { beat in
            beat.running.filter { $0.task == story.task.id }.map { (worker: beat.worker, attempt: $0, at: beat.sentAt) }
        }
        return runs.max { $0.attempt.number < $1.attempt.number }
            .map { RunningTask(worker: $0.worker, since: $0.attempt.since, progress: $0.attempt.progress, at: $0.at) }
    }

    /// Newest first.
    package func tasks(_ filter: TaskFilter) async throws(RecordError) -> Page<TaskStory> {
        try await parts.tasks.tasks(filter)
    }

    package func olt(_ nameOrID: String) async throws(RecordError) -> OLTSummary? {
        try await parts.devices.olt(nameOrID)
    }

    /// By name.
    package func olts(_ filter: OLTFilter) async throws(RecordError) -> Page<OLTSummary> {
        try await parts.devices.olts(filter)
    }

    /// Workers of the last day, newest first.
    package func workers() async throws(RecordError) -> [KnownWorker] {
        try await parts.fleet.workers(now: parts.time.wall())
    }

    /// Everything at a glance, at most a second old.
    package func overview() async throws(RecordError) -> Overview {
        if let known = overviews.fresh(at: parts.time.monotonic()) { return known }
        let now = parts.time.wall()
        let overview = Overview(
            states: try await parts.tasks.stateCounts(),
            lanes: try await parts.tasks.laneCounts(now: now),
            openLetters: try await parts.letters.openLetters(),
            workers: try await parts.fleet.workers(now: now).reduce(into: [:]) { $0[$1.status, default: 0] += 1 },
            counters: counters.now
        )
        overviews.keep(overview, at: parts.time.monotonic())
        return overview
    }

    /// How full the broker's queues are.
    package func depths() async -> [QueueDepth] {
        await parts.broker.depths()
    }

    /// Asks every server; each has two seconds to answer.
    package func health() async -> Health {
        async let database = Self.trouble { [tasks = parts.tasks] in
            do throws(RecordError) {
                _ = try await tasks.task(TaskID(high: 0, low: 0))
                return nil
            } catch {
                return "\(error)"
            }
        }
        async let broker = Self.trouble { [broker = parts.broker] in
            switch await broker.health() {
            case .connected: nil
            case .blocked(let reason): "blocked: \(reason)"
            case .disconnected(let reason): "disconnected: \(reason)"
            }
        }
        async let leases = Self.trouble(parts.leaseHealth)
        return Health(answers: [
            Health.Answer(name: "database", trouble: await database),
            Health.Answer(name: "broker", trouble: await broker),
            Health.Answer(name: "lease store", trouble: await leases),
        ])
    }

    private static func trouble(_ ask: @escaping @Sendable () async -> String?) async -> String? {
        await withTaskGroup(of: String?.self) { group in
            group.addTask { await ask() }
            group.addTask {
                // A cancelled sleep ends the race, too.
                try? await Task.sleep(for: .seconds(2))
                return "no answer within 2 s"
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}

/// The last overview, so that many dashboards cost as much as one.
private final class OverviewMemory: Sendable {
    private let last = Mutex<(at: Instant, overview: Overview)?>(nil)

    func fresh(at now: Instant) -> Overview? {
        last.withLock { last in
            guard let last, now - last.at < .seconds(1) else { return nil }
            return last.overview
        }
    }

    func keep(_ overview: Overview, at now: Instant) {
        last.withLock { $0 = (now, overview) }
    }
}
