internal import Domain
internal import Synchronization

/// Remembers for a while whether the dead-letter queue is above its alarm.
final class DeadQueueGauge: Sendable {
    private struct Reading {
        var isNearlyFull = false
        var validUntil: ContinuousClock.Instant?
    }

    private let reading = Mutex(Reading())
    private let alarm: Int
    private let keepFor: Duration

    /// The alarm is at half of what the queue holds.
    init(lengthMax: Int, keepFor: Duration) {
        alarm = lengthMax / 2
        self.keepFor = keepFor
    }

    /// What is known, or what `ask` tells; without an answer the last one stays.
    func isNearlyFull(now: ContinuousClock.Instant, ask: () async -> QueueDepth?) async -> Bool {
        let known = reading.withLock { reading -> Bool? in
            guard let until = reading.validUntil, now < until else { return nil }
            return reading.isNearlyFull
        }
        if let known { return known }
        let depth = await ask()
        return reading.withLock { reading in
            reading.validUntil = now + keepFor
            if let depth { reading.isNearlyFull = depth.ready >= alarm }
            return reading.isNearlyFull
        }
    }
}
