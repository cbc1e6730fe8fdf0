/// Requests a second of one device, with bursts of a fifth of a second.
struct TokenBucket: Sendable {
    private let perSecond: Double
    private let burst: Double
    private var tokens: Double
    private var filled: ContinuousClock.Instant

    /// A rate of 0 is without limit.
    init(perSecond: Double, now: ContinuousClock.Instant) {
        self.perSecond = perSecond
        burst = max(1, perSecond / 5)
        tokens = burst
        filled = now
    }

    /// Time until a request may be sent; zero when it may now.
    ///
    /// Takes nothing.
    mutating func wait(now: ContinuousClock.Instant) -> Duration {
        guard perSecond > 0 else { return .zero }
        if now > filled {
            tokens = min(burst, tokens + (now - filled).seconds * perSecond)
            filled = now
        }
        return tokens >= 1 ? .zero : .seconds((1 - tokens) / perSecond)
    }

    mutating func take() {
        tokens -= 1
    }
}

extension Duration {
    var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
