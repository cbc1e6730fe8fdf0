internal import Glibc

/// The time of day, for what people read.
enum WallClock {
    static func sinceEpoch() -> Duration {
        var moment = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &moment)
        return .seconds(Int64(moment.tv_sec)) + .nanoseconds(Int64(moment.tv_nsec))
    }
}
