import Domain
import Orchestration
import Telemetry

/// The orchestrator's page of figures.
struct OrchestratorMetrics {
    let desk: ControlDesk
    let gauge: FleetGauge
    let meter: FleetMeter
    let stopping: StopSign
    let version: String

    func text() async -> String {
        let reading = await gauge.read()
        var text = MetricsText()
        text.add(ProcessFigures.now(), program: "flotilla-orchestrator", version: version)
        let counters = desk.counted
        for entry in Counters.table { text.add(Metric(counter: entry), entry.value(counters)) }
        text.add(.unroutable, Double(counters.unroutable))
        meter.write(to: &text)
        addRecord(reading.overview, to: &text)
        let depths = reading.depths.sorted { $0.name < $1.name }
        text.add(.queueDepth, samples: depths.map { ([$0.name], Double($0.ready)) })
        text.add(.queueConsumers, samples: depths.map { ([$0.name], Double($0.consumers)) })
        let answers = reading.health.answers.map { ($0.name.replacing(" ", with: "_"), $0.trouble == nil ? 1.0 : 0) }
        text.add(.dependencyUp, samples: answers.map { ([$0.0], $0.1) })
        text.add(.publishBlocked, await desk.isPublishBlocked ? 1 : 0)
        text.add(.eventStreams, desk.announcer.streams)
        text.add(.stopping, stopping.isUp ? 1 : 0)
        return text.text
    }

    /// Without an answer of the database the families have no samples: 0 would be a lie.
    private func addRecord(_ overview: Overview?, to text: inout MetricsText) {
        let states = overview.map { overview in TaskState.allCases.map { ([$0.word], Double(overview.states[$0] ?? 0)) } } ?? []
        text.add(.tasks, samples: states.map { (labels: $0.0, value: $0.1) })
        let lanes = overview?.lanes
        text.add(.laneQueued, samples: Self.perLane(lanes) { Double($0.queued[$1] ?? 0) })
        text.add(.laneWaiting, samples: Self.perLane(lanes) { Double($0.waiting[$1] ?? 0) })
        let now = desk.now
        text.add(.laneOldest, samples: Self.perLane(lanes) { $0.oldestWaiting[$1].map { max(0, (now - $0).seconds) } ?? 0 })
        let workers = overview.map { overview in WorkerStatus.allCases.map { ([$0.rawValue], Double(overview.workers[$0] ?? 0)) } } ?? []
        text.add(.workers, samples: workers.map { (labels: $0.0, value: $0.1) })
        text.add(.openLetters, overview.map { Double($0.openLetters) })
    }

    private static func perLane(_ counts: LaneCounts?, _ value: (LaneCounts, Lane) -> Double) -> [(labels: [String], value: Double)] {
        guard let counts else { return [] }
        return Lane.all.map { ([$0.description], value(counts, $0)) }
    }
}

extension Metric {
    init(counter entry: Counters.Entry) {
        self.init("flotilla_\(entry.word)_total", .counter, entry.meaning)
    }

    static let unroutable = Metric("flotilla_tasks_unroutable", .gauge, "Due tasks that no living worker can run, looked at every 10 s.")
    static let tasks = Metric("flotilla_tasks", .gauge, "Tasks by state, by the record.", labels: ["state"])
    static let laneQueued = Metric("flotilla_lane_queued", .gauge, "Tasks with a number and without an outcome.", labels: ["lane"])
    static let laneWaiting = Metric("flotilla_lane_waiting", .gauge, "Due tasks that wait for room on their lane.", labels: ["lane"])
    static let laneOldest = Metric(
        "flotilla_lane_oldest_waiting_seconds",
        .gauge,
        "How long the oldest due task of the lane has waited; 0: none waits.",
        labels: ["lane"]
    )
    static let workers = Metric("flotilla_workers", .gauge, "Workers of the last day by status.", labels: ["status"])
    static let openLetters = Metric("flotilla_letters_open", .gauge, "Dead letters that were neither retried nor dropped.")
    static let queueDepth = Metric(
        "flotilla_queue_depth",
        .gauge,
        "Messages of the broker's queue ready to be delivered.",
        labels: ["queue"]
    )
    static let queueConsumers = Metric("flotilla_queue_consumers", .gauge, "Consumers of the broker's queue.", labels: ["queue"])
    static let dependencyUp = Metric("flotilla_dependency_up", .gauge, "1 while the server answers.", labels: ["dependency"])
    static let publishBlocked = Metric("flotilla_publish_blocked", .gauge, "1 while the broker takes nothing: memory or disk alarm.")
    static let eventStreams = Metric("flotilla_event_streams", .gauge, "Streams of events that are open over HTTP.")
    static let stopping = Metric("flotilla_stopping", .gauge, "1 from the signal to stop on.")
}
