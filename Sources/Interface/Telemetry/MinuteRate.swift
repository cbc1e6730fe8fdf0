package import Domain

/// How many per second, over the last minute.
package struct MinuteRate: Sendable {
    private static let seconds = 60

    private let begin: Instant
    /// Counts of whole seconds since `begin`, the place is the second modulo 60.
    private var counts = Array(repeating: 0, count: seconds)
    private var newest = 0

    package init(begin: Instant) {
        self.begin = begin
    }

    package mutating func note(_ count: Int, now: Instant) {
        advance(to: now)
        counts[newest % Self.seconds] += count
    }

    /// The mean of the last 60 s, or of the time since the beginning while that is shorter.
    package func perSecond(now: Instant) -> Double {
        var rate = self
        rate.advance(to: now)
        let span = min(Double(Self.seconds), max(1, (now - begin).seconds))
        return Double(rate.counts.reduce(0, +)) / span
    }

    /// Seconds that passed without a word hold nothing.
    private mutating func advance(to now: Instant) {
        let second = max(newest, Int((now - begin).seconds))
        for missed in (newest + 1)..<(max(newest, min(second, newest + Self.seconds)) + 1) { counts[missed % Self.seconds] = 0 }
        newest = second
    }
}
