/// How long a device takes to answer: smoothed mean and deviation (the estimator of RFC 6298).
struct AnswerTimes: Sendable {
    private let start: Double
    private let bounds: ClosedRange<Double>
    private var mean: Double?
    private var deviation = 0.0

    init(limits: DeviceLimits) {
        start = limits.timeoutStart.seconds
        bounds = limits.timeoutMin.seconds...limits.timeoutMax.seconds
    }

    mutating func answered(after span: Duration) {
        let sample = span.seconds
        guard let mean else {
            mean = sample
            deviation = sample / 2
            return
        }
        deviation += (abs(sample - mean) - deviation) / 4
        self.mean = mean + (sample - mean) / 8
    }

    /// The wait for an answer; doubled with each failed attempt, always within the bounds.
    func timeout(failures: Int) -> Duration {
        let once = mean.map { $0 + 4 * deviation } ?? start
        let backedOff = once.clamped(to: bounds) * Double(1 << min(failures, 6))
        return .seconds(backedOff.clamped(to: bounds))
    }
}

extension Double {
    fileprivate func clamped(to bounds: ClosedRange<Double>) -> Double {
        Swift.min(Swift.max(self, bounds.lowerBound), bounds.upperBound)
    }
}
