import APIContract
import Domain
import Hummingbird
import Orchestration
import Telemetry

/// `GET /api/high-scale-tasks/metrics`, for clients of an older system.
struct CompatibilityMetricsRoutes {
    let desk: ControlDesk
    let meter: FleetMeter
    let machine: MachineGauge

    func add(to router: Router<APIContext>) {
        router.get(RouterPath(APIPath.compatibilityMetrics)) { request, _ in
            _ = try Query(request, allowed: [])
            return try Answer.json(try await shape())
        }
    }

    private func shape() async throws -> HighScaleMetricsShape {
        let overview = try await desk.overview()
        let pending: [TaskState] = [.waiting, .blocked, .queued]
        let active: [WorkerStatus] = [.healthy, .degraded, .critical, .quiet, .draining]
        var queues = Dictionary(uniqueKeysWithValues: Priority.allCases.map { ($0.word.uppercased(), 0) })
        for lane in Lane.all {
            queues[lane.priority.word.uppercased(), default: 0] += (overview.lanes.queued[lane] ?? 0) + (overview.lanes.waiting[lane] ?? 0)
        }
        let figures = machine.look()
        return HighScaleMetricsShape(
            throughputPerSecond: meter.throughput,
            totalPendingTasks: pending.reduce(0) { $0 + (overview.states[$1] ?? 0) },
            activeWorkers: active.reduce(0) { $0 + (overview.workers[$1] ?? 0) },
            queueDistribution: queues,
            systemResources: SystemResourcesShape(
                cpuPercent: figures.cpuPercent,
                memoryPercent: figures.memoryPercent,
                diskUsage: figures.diskPercent
            )
        )
    }
}
