/// How many deliveries a worker asks for per lane: enough to bridge the way to the broker and back, never a hoard.
package struct PrefetchPolicy: Sendable {
    package static let most = 256

    private let slots: Int
    private var meanRun: Duration?
    private var meanSettle: Duration?
    /// What the consumer runs with.
    package private(set) var current: Int

    package init(slots: Int) {
        self.slots = max(1, slots)
        current = max(1, min(Self.most, slots))
    }

    /// Learns from an attempt: how long it ran, and how long its outcome took to be settled.
    package mutating func learn(run: Duration, settle: Duration) {
        meanRun = Self.smoothed(meanRun, run)
        meanSettle = Self.smoothed(meanSettle, settle)
    }

    /// The new prefetch when it differs enough to be worth a new channel: half as much again, half, or the most there is.
    package mutating func adjustment() -> Int? {
        guard let meanRun, let meanSettle else { return nil }
        let ratio = Double(meanSettle.microseconds) / Double(max(1, meanRun.microseconds))
        let wanted = min(Double(Self.most), max(Double(min(slots, Self.most)), Double(slots) * (1 + ratio)))
        let target = Int(wanted)
        guard target != current, target >= current + current / 2 || target <= current / 2 || target == Self.most else { return nil }
        current = target
        return target
    }

    private static func smoothed(_ mean: Duration?, _ sample: Duration) -> Duration {
        guard let mean else { return sample }
        return mean * 7 / 8 + sample / 8
    }
}
