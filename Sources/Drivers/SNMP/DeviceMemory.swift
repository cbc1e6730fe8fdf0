/// What was learned about a device; outlives its sessions.
///
/// Lives on the SNMP thread.
final class DeviceMemory {
    var times: AnswerTimes
    var bucket: TokenBucket
    var repetitions: [ColumnClass: RepetitionControl] = [:]
    var namesPerGet: Int
    /// The limits it was made under; with others it starts anew.
    let limits: DeviceLimits

    init(limits: DeviceLimits, now: ContinuousClock.Instant) {
        self.limits = limits
        times = AnswerTimes(limits: limits)
        bucket = TokenBucket(perSecond: limits.requestsPerSecond, now: now)
        namesPerGet = limits.namesPerGet
    }

    func repetitions(of columnClass: ColumnClass) -> RepetitionControl {
        repetitions[columnClass] ?? RepetitionControl(limits: limits, columnClass: columnClass)
    }
}
