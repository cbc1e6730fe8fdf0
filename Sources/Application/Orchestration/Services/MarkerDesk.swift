package import Domain
package import Logging

/// Tells when every outcome that was confirmed before now has been recorded.
///
/// A marker is sent behind them; once any instance has noted it, all before it is committed. Callers share markers: one that comes while a
/// marker is under way needs the next.
package actor MarkerDesk {
    /// Pauses between looks, the first and the longest.
    private static let pause: ClosedRange<Duration> = .milliseconds(10) ... .milliseconds(250)
    /// A marker that has not come back for so long may be lost: the next one does not wait for it.
    private static let missingAfter: Duration = .seconds(2)

    private let broker: any OrchestratorBroker
    private let record: any ObservationRecord
    private let observer: String
    private let time: TimeSource
    private let log: Logger

    /// The value of the last marker that anybody began to send.
    private var begun: Int64 = 0
    private var begunAt: Instant
    /// The largest value that the broker confirmed.
    private var confirmed: Int64 = 0
    /// The largest value that has come back.
    private var returned: Int64 = 0
    /// Somebody sends a marker, or waits for one.
    private var isLed = false

    /// The observer's name is this process' own, never used before.
    package init(broker: any OrchestratorBroker, record: any ObservationRecord, observer: String, time: TimeSource, log: Logger) {
        self.broker = broker
        self.record = record
        self.observer = observer
        self.time = time
        self.log = log
        begunAt = time.monotonic()
    }

    /// Waits until all that was confirmed before the call is recorded.
    /// - Returns: `false` when the broker or the record is away, or the time is over: then nobody acts.
    package func pass(within limit: Duration) async -> Bool {
        let end = time.monotonic() + limit
        let needed = begun + 1
        var pause = Self.pause.lowerBound
        while !Task.isCancelled {
            if returned >= needed { return true }
            if !isLed {
                guard await lead(to: needed) else { return false }
                if returned >= needed { return true }
            }
            guard time.monotonic() < end else { break }
            // A cancelled sleep ends the loop.
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, Self.pause.upperBound)
        }
        return returned >= needed
    }

    /// Sends a marker unless one is under way, and looks once.
    /// - Returns: `false` when the broker or the record is away.
    private func lead(to needed: Int64) async -> Bool {
        isLed = true
        defer { isLed = false }
        let now = time.monotonic()
        if confirmed < needed, returned >= confirmed || now - begunAt > Self.missingAfter {
            begun += 1
            begunAt = now
            let value = begun
            let answer = await broker.mark(OutcomeMarker(observer: observer, value: value))
            guard answer == .confirmed else {
                log.warning("a marker was not taken, nobody acts", metadata: [LogKey.reason: "\(answer)"])
                return false
            }
            confirmed = max(confirmed, value)
        }
        do throws(RecordError) {
            returned = max(returned, try await record.lastMarker(of: observer) ?? 0)
            return true
        } catch {
            log.warning("markers cannot be read, nobody acts", metadata: [LogKey.error: "\(error)"])
            return false
        }
    }
}
