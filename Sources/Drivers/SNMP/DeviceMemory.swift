/// What was learned about a device; outlives its sessions.
///
/// Lives on the SNMP thread.
final class DeviceMemory {
    var times: AnswerTimes
    var bucket: TokenBucket
    var repetitions: [ColumnClass: RepetitionControl] = [:]
    var namesPerGet: Int
    var missing = MissingColumns()
    /// What the device said it is, and whose credentials asked: with another of either it may have other columns.
    private var sysObjectID: SNMPValue?
    private var revision: Int?
    /// Datagrams under way, over all sessions with the device.
    var inFlight = 0
    /// Sessions that wait until another one's datagram has come back, in the order they came.
    var turns = SlotQueue()
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

    func opened(revision: Int) {
        if let known = self.revision, known != revision { missing.forgetAll() }
        self.revision = revision
    }

    func told(_ rows: SNMPRows) {
        for index in rows.indices where rows.name(at: index, is: Self.sysObjectIDName) && rows.isPresent(index) {
            let told = rows.value(at: index)
            if let sysObjectID, sysObjectID != told { missing.forgetAll() }
            sysObjectID = told
        }
    }

    private static let sysObjectIDName: OID = [1, 3, 6, 1, 2, 1, 1, 2, 0]

    /// Tries after the first: a silent device gets one at most, so that it does not hold up the others.
    var retries: Int { isSilent ? min(1, limits.retries) : limits.retries }

    func repetitions(of columnClass: ColumnClass) -> RepetitionControl {
        repetitions[columnClass] ?? RepetitionControl(limits: limits, columnClass: columnClass)
    }
}
