/// A point in wall-clock time, for records and messages: microseconds since 1970-01-01T00:00:00Z.
///
/// Leases and timeouts never use it; they count on `Instant`.
package struct Timestamp: Hashable, Comparable, Sendable {
    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    package static func + (time: Timestamp, span: Duration) -> Timestamp {
        Timestamp(microseconds: time.microseconds + span.microseconds)
    }

    package static func - (time: Timestamp, span: Duration) -> Timestamp {
        Timestamp(microseconds: time.microseconds - span.microseconds)
    }

    package static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .microseconds(later.microseconds - earlier.microseconds)
    }
}

/// A point in time of this machine since boot, for leases, timeouts and everything that must not follow a clock step.
package typealias Instant = ContinuousClock.Instant

extension Duration {
    /// Whole microseconds, rounded towards zero.
    package var microseconds: Int64 {
        let parts = components
        return parts.seconds * 1_000_000 + parts.attoseconds / 1_000_000_000_000
    }

    /// Whole milliseconds, rounded towards zero.
    package var milliseconds: Int64 { microseconds / 1000 }
}

/// Where time comes from.
///
/// Machines never read it; their shells hand it in.
package struct TimeSource: Sendable {
    package let wall: @Sendable () -> Timestamp
    package let monotonic: @Sendable () -> Instant

    package init(wall: @escaping @Sendable () -> Timestamp, monotonic: @escaping @Sendable () -> Instant = { ContinuousClock.now }) {
        self.wall = wall
        self.monotonic = monotonic
    }
}
