/// How long to wait before the next attempt: doubling from 100 ms to 5 s, the upper half of each span at random.
///
/// Only a connection that lasted resets it: one that is lost as soon as it is made would be made ten times a second.
struct ReconnectBackoff {
    static let shortest = Duration.milliseconds(100)
    static let longest = Duration.seconds(5)

    /// How long a connection has to stay to count as a good one.
    static let lasting = Duration.seconds(5)

    private var span = Self.shortest

    mutating func next(using random: inout some RandomNumberGenerator) -> Duration {
        defer { span = min(span * 2, Self.longest) }
        return span * Double.random(in: 0.5...1, using: &random)
    }

    mutating func noteConnection(lasted: Duration) {
        if lasted >= Self.lasting { span = Self.shortest }
    }
}
