/// The pause between attempts: exponential with full jitter.
package struct Backoff: Hashable, Sendable {
    package let base: Duration
    package let factor: Double
    package let ceiling: Duration

    package init(base: Duration = .seconds(1), factor: Double = 2, ceiling: Duration = .seconds(600)) {
        self.base = base
        self.factor = factor
        self.ceiling = ceiling
    }

    /// The pause after attempt `attempt` (from 1) has failed: anything from zero to the exponential bound.
    package func pause(after attempt: Int, using chance: inout some RandomNumberGenerator) -> Duration {
        .microseconds(Int64.random(in: 0...bound(after: attempt).microseconds, using: &chance))
    }

    /// The longest pause after attempt `attempt`; never above the ceiling, however large the attempt.
    package func bound(after attempt: Int) -> Duration {
        var bound = Double(base.microseconds)
        let most = Double(ceiling.microseconds)
        for _ in 1..<max(1, attempt) {
            bound *= factor
            if bound >= most { return ceiling }
        }
        return .microseconds(Int64(min(bound, most)))
    }
}
