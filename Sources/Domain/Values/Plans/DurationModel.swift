/// How long an operation takes on one OLT, learned from its successful runs, in milliseconds.
package struct DurationModel: Hashable, Sendable {
    /// Weight of the newest run in the mean.
    private static let weight = 0.2

    /// Exponentially weighted.
    package var mean: Double
    /// A running estimate of the 90th percentile.
    package var ninetieth: Double
    /// Exponentially weighted distance of the runs from the mean.
    package var spread: Double
    /// Exponentially weighted error of the prediction, as a part of what a run took; `nil` before the first one.
    package var error: Double?
    package var runs: Int

    package init(mean: Double, ninetieth: Double, spread: Double, error: Double?, runs: Int) {
        self.mean = mean
        self.ninetieth = ninetieth
        self.spread = spread
        self.error = error
        self.runs = runs
    }

    /// Before anything was run.
    package init(seed: Duration) {
        let expected = max(1, Double(seed.milliseconds))
        self.init(mean: expected, ninetieth: expected * 1.5, spread: expected / 2, error: nil, runs: 0)
    }

    /// How long the next run is expected to take at most, nine times of ten.
    package var predicted: Duration { .milliseconds(Int64(max(mean, ninetieth).rounded(.up))) }

    package mutating func observe(_ took: Duration) {
        let ran = max(1, Double(took.milliseconds))
        let missed = abs(mean - ran) / ran
        error = error.map { $0 + Self.weight * (missed - $0) } ?? missed
        if runs == 0 {
            self = DurationModel(mean: ran, ninetieth: ran * 1.25, spread: ran / 4, error: error, runs: 1)
            return
        }
        runs += 1
        spread += Self.weight * (abs(ran - mean) - spread)
        mean += Self.weight * (ran - mean)
        // Nine steps down undo one step up: it rests where nine runs of ten are below it.
        let step = max(1, spread)
        ninetieth = max(1, ninetieth + (ran > ninetieth ? 0.9 : -0.1) * step)
    }
}
