/// What was learned about a device; outlives its sessions.
///
/// Lives on the SNMP thread.
final class DeviceMemory {
    var times: AnswerTimes
    var bucket: TokenBucket
    var repetitions: [ColumnClass: RepetitionControl] = [:]
    var namesPerGet: Int
    /// What a device of version 3 said about its engine.
    var engine: SNMPEngineFacts?
    /// The last request ended without any answer.
    var isSilent = false
    /// A session was closed with a datagram under way: nothing is sent before.
    var busyUntil: ContinuousClock.Instant?
    /// The limits it was made under; with others it starts anew.
    let limits: DeviceLimits

    init(limits: DeviceLimits, now: ContinuousClock.Instant) {
        self.limits = limits
        times = AnswerTimes(limits: limits)
        bucket = TokenBucket(perSecond: limits.requestsPerSecond, now: now)
        namesPerGet = limits.namesPerGet
    }

    /// Time until a request may be sent; zero when it may now.
    func wait(now: ContinuousClock.Instant) -> Duration {
        let rate = bucket.wait(now: now)
        guard let busyUntil else { return rate }
        if busyUntil > now { return max(rate, now.duration(to: busyUntil)) }
        self.busyUntil = nil
        return rate
    }

    /// Tries after the first: a silent device gets one at most, so that it does not hold up the others.
    var retries: Int { isSilent ? min(1, limits.retries) : limits.retries }

    func repetitions(of columnClass: ColumnClass) -> RepetitionControl {
        repetitions[columnClass] ?? RepetitionControl(limits: limits, columnClass: columnClass)
    }
}
