/// Leases through the real adapter, beside redis-benchmark with the same scripts.
struct LeaseFigures: Codable, BenchFigures {
    struct Loop: Codable {
        /// Questions a second of each script alone.
        let take: Double
        let renew: Double
        let release: Double

        /// Questions a second when each script is asked as often.
        var perSecond: Double { 3 / (1 / take + 1 / renew + 1 / release) }
    }

    let cycles: Int
    let inFlight: Int
    let seconds: Double
    /// Questions a second: three a cycle.
    let perSecond: Double
    /// CPU time of this process per question, in microseconds: client and bench.
    let clientMicros: Double
    /// redis-benchmark, one connection with as many questions in its pipeline, before and after.
    let pipelined: [Loop]
    /// redis-benchmark, as many connections with one question each, before and after.
    let connections: [Loop]
    /// Questions a second ÷ those of redis-benchmark in the pipeline, mean of before and after.
    let ratio: Double
    let ratioToConnections: Double
    /// Milliseconds of one question when nothing else is asked.
    let alone: Spread

    var summary: String {
        "\(cycles) times take, renew, release, each on a key of its own, \(inFlight) in flight over one connection of the real adapter: "
            + "\(Figure.rate(perSecond)) questions, that is \(Figure.ratio(ratio)) of redis-benchmark with the same scripts, \(inFlight) "
            + "in the pipeline of one connection, and \(Figure.ratio(ratioToConnections)) of its \(inFlight) connections; right before and "
            + "after on the same server. redis-benchmark asks each script alone; the rate is that of all three in turn."
    }

    var table: [[String]] {
        let loops = [("pipeline", pipelined), ("connections", connections)].flatMap { name, loops in
            zip(["before", "after"], loops).map { when, loop in
                [
                    "redis-benchmark, \(name), \(when)",
                    "\(Figure.rate(loop.perSecond)) (take \(Figure.rate(loop.take)), renew \(Figure.rate(loop.renew)), "
                        + "release \(Figure.rate(loop.release)))",
                ]
            }
        }
        return [["figure", "value"], ["questions", Figure.rate(perSecond)]] + loops + [
            ["questions ÷ pipeline", Figure.ratio(ratio)], ["questions ÷ connections", Figure.ratio(ratioToConnections)],
            ["CPU of client and bench per question", Figure.micros(clientMicros)], ["alone, p50", Figure.millis(alone.p50)],
            ["alone, p99", Figure.millis(alone.p99)],
        ]
    }
}
