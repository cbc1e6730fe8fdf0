/// Submitted by the batch API → recorded → dispatched → run → outcome recorded.
struct PipelineFigures: Codable, Sendable {
    let tasks: Int
    let workers: Int
    /// Slots of the class `general` of each worker.
    let slots: Int
    let batch: Int
    let submitters: Int
    /// From the first byte sent until every draft had its receipt.
    let admittedSeconds: Double
    /// From the first byte sent until every outcome was recorded.
    let seconds: Double
    let tasksPerSecond: Double
    /// Tasks that the record calls succeeded; this and the two below equal `tasks`, or the bench fails.
    let succeeded: Int
    /// Tasks with a run that succeeded.
    let tasksWithRun: Int
    /// Runs of any outcome.
    let runs: Int
    /// Processor time by role per task, in microseconds.
    let cpuMicrosPerTask: [String: Double]
    let cpuMicrosPerTaskInAll: Double
    let ceilingBefore: CeilingRun
    let ceilingAfter: CeilingRun
    /// Tasks per second ÷ mean of both loops at once, before and after.
    let ratio: Double
}

extension PipelineFigures: BenchFigures {
    var summary: String {
        "\(tasks) `noop` tasks by the batch API (protobuf, \(batch) a batch, \(submitters) connections), an orchestrator and \(workers) "
            + "workers with \(slots) slots each, all on this machine with their servers: \(Figure.rate(tasksPerSecond)), that is "
            + "\(Figure.ratio(ratio)) of the plain loops' both-at-once on the same broker right before and after. Each task recorded "
            + "exactly once."
    }

    var table: [[String]] {
        let seconds = [["all admitted", "\(Figure.seconds(admittedSeconds))"], ["all recorded", "\(Figure.seconds(self.seconds))"]]
        let loops = [
            ["both at once before", Figure.rate(ceilingBefore.bothAtOnce.perSecond)],
            ["both at once after", Figure.rate(ceilingAfter.bothAtOnce.perSecond)],
        ]
        let cpu = CPUAccount.order.map { ["CPU per task, \($0)", Figure.micros(cpuMicrosPerTask[$0] ?? 0)] }
        return [["figure", "value"], ["tasks", Figure.rate(tasksPerSecond)]] + seconds + loops
            + [["tasks ÷ both at once", Figure.ratio(ratio)]] + cpu + [["CPU per task, in all", Figure.micros(cpuMicrosPerTaskInAll)]]
    }
}
