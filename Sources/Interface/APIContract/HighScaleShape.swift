/// The answer of `GET /api/high-scale-tasks/metrics`, in the spelling of an older system.
package struct HighScaleMetricsShape: Codable, Hashable, Sendable {
    /// Tasks that ended per second, over the last minute.
    package let throughputPerSecond: Double
    package let totalPendingTasks: Int
    package let activeWorkers: Int
    /// Tasks that wait or are queued, by priority in capitals.
    package let queueDistribution: [String: Int]
    package let systemResources: SystemResourcesShape

    package enum CodingKeys: String, CodingKey {
        case throughputPerSecond = "throughput_per_second"
        case totalPendingTasks = "total_pending_tasks"
        case activeWorkers = "active_workers"
        case queueDistribution = "queue_distribution"
        case systemResources = "system_resources"
    }

    package init(
        throughputPerSecond: Double,
        totalPendingTasks: Int,
        activeWorkers: Int,
        queueDistribution: [String: Int],
        systemResources: SystemResourcesShape
    ) {
        self.throughputPerSecond = throughputPerSecond
        self.totalPendingTasks = totalPendingTasks
        self.activeWorkers = activeWorkers
        self.queueDistribution = queueDistribution
        self.systemResources = systemResources
    }
}

/// How busy the orchestrator's machine is, in percent; `null`: not known yet.
package struct SystemResourcesShape: Codable, Hashable, Sendable {
    @OrNull package var cpuPercent: Double?
    @OrNull package var memoryPercent: Double?
    @OrNull package var diskUsage: Double?

    package enum CodingKeys: String, CodingKey {
        case cpuPercent = "cpu_percent"
        case memoryPercent = "memory_percent"
        case diskUsage = "disk_usage"
    }

    package init(cpuPercent: Double?, memoryPercent: Double?, diskUsage: Double?) {
        self.cpuPercent = cpuPercent
        self.memoryPercent = memoryPercent
        self.diskUsage = diskUsage
    }
}
