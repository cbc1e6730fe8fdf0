/// Full lanes drained by one worker: decode, dispatch, run, outcome with confirm, acknowledge.
struct WorkerFigures: Codable, Sendable {
    struct Round: Codable, Sendable {
        /// From the first attempt's begin until the last outcome arrived.
        let seconds: Double
        let tasksPerSecond: Double
        let outcomeMessages: Int
        /// Processor time per task, in microseconds; the bench itself decodes and settles the outcomes.
        let workerMicros: Double
        let brokerMicros: Double
        let benchMicros: Double
        /// The plain loop with single acks, right before.
        let ceiling: CeilingRun.Phase
    }

    let tasks: Int
    let slots: String
    let rounds: [Round]
    let tasksPerSecond: Double
    let ceilingPerSecond: Double
    /// Median of the rounds' tasks per second ÷ the plain loop's consume rate right before.
    let ratio: Double

    init(tasks: Int, slots: String, rounds: [Round]) {
        self.tasks = tasks
        self.slots = slots
        self.rounds = rounds
        tasksPerSecond = Self.median(rounds.map(\.tasksPerSecond))
        ceilingPerSecond = Self.median(rounds.map(\.ceiling.perSecond))
        ratio = Self.median(rounds.map { $0.tasksPerSecond / $0.ceiling.perSecond })
    }

    private static func median(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.sorted()[values.count / 2]
    }
}

extension WorkerFigures: BenchFigures {
    var summary: String {
        "\(tasks) `noop` tasks, published before to all lanes, drained by one `flotilla-worker` (slots \(slots)): decoded, run, outcomes "
            + "published with confirm and counted, deliveries acknowledged. Medians of \(rounds.count) rounds, each right after the plain "
            + "loop that consumes with single acks: \(Figure.rate(tasksPerSecond)), that is \(Figure.ratio(ratio)) of it. No orchestrator, "
            + "no PostgreSQL; the bench itself takes the outcomes. Each task ended exactly once."
    }

    var table: [[String]] {
        let title = ["round", "tasks", "plain loop", "ratio", "CPU per task, worker", "plain loop", "RabbitMQ", "bench"]
        return [title]
            + rounds.enumerated().map { place, round in
                [
                    "\(place + 1)", Figure.rate(round.tasksPerSecond), Figure.rate(round.ceiling.perSecond),
                    Figure.ratio(round.tasksPerSecond / round.ceiling.perSecond), Figure.micros(round.workerMicros),
                    Figure.micros(round.ceiling.clientMicros), Figure.micros(round.brokerMicros), Figure.micros(round.benchMicros),
                ]
            }
    }
}
