/// How long to wait before the next attempt: doubling from 100 ms to 5 s, the upper half of each span at random.
struct ReconnectBackoff {
    static let shortest = Duration.milliseconds(100)
    static let longest = Duration.seconds(5)

    private var span = Self.shortest

    mutating func next(using random: inout some RandomNumberGenerator) -> Duration {
        defer { span = min(span * 2, Self.longest) }
        return span * Double.random(in: 0.5...1, using: &random)
    }

    mutating func reset() {
        span = Self.shortest
    }
}
