/// How gently one device is treated.
package struct DeviceLimits: Sendable, Hashable {
    /// Requests a second, bursts of a fifth of a second included; 0 is without limit.
    package var requestsPerSecond: Double = 50
    /// Tries after the first one; a device that was silent to the end last time gets one at most.
    package var retries: Int = 3
    /// From a send until its request is given up at the latest; nothing is sent for a request afterwards.
    package var pduLifeMax: Duration = .seconds(5)
    /// The wait for an answer while nothing is known about the device.
    package var timeoutStart: Duration = .seconds(2)
    /// As RFC 6298 (2.4) has it: a device that usually answers at once may still be at work on a request when this machine stalls.
    package var timeoutMin: Duration = .seconds(1)
    /// Never more than `pduLifeMax` comes to effect.
    package var timeoutMax: Duration = .seconds(10)
    /// Names in one GET.
    package var namesPerGet: Int = 20
    /// Repetitions of the first GETBULK of a column class.
    package var repetitionsStart: Int = 10
    package var repetitionsMax: Int = 25
    /// The same for columns that are dear to the device, and for those between.
    package var dearRepetitionsMax: Int = 10
    package var mediumRepetitionsMax: Int = 15
    /// Rows asked for by one GETBULK over all its columns.
    package var varbindsMax: Int = 60
    /// Datagrams that may be under way to the device at once, over all sessions with it; one session has one.
    package var inFlightMax: Int = 1
    /// Requests that may wait behind the one under way.
    package var queueMax: Int = 64

    package init() {}

    /// Brings every number into its range: at least one try, one name, one repetition and no negative span.
    func sane() -> DeviceLimits {
        var limits = self
        limits.requestsPerSecond = max(0, requestsPerSecond)
        limits.retries = max(0, retries)
        limits.pduLifeMax = max(.milliseconds(50), pduLifeMax)
        limits.timeoutMin = min(max(.milliseconds(10), timeoutMin), limits.pduLifeMax)
        limits.timeoutMax = min(max(limits.timeoutMin, timeoutMax), limits.pduLifeMax)
        limits.timeoutStart = min(max(limits.timeoutMin, timeoutStart), limits.timeoutMax)
        limits.namesPerGet = min(max(1, namesPerGet), 200)
        limits.repetitionsMax = min(max(1, repetitionsMax), 255)
        limits.dearRepetitionsMax = min(max(1, dearRepetitionsMax), limits.repetitionsMax)
        limits.mediumRepetitionsMax = min(max(1, mediumRepetitionsMax), limits.repetitionsMax)
        limits.repetitionsStart = min(max(1, repetitionsStart), limits.repetitionsMax)
        limits.varbindsMax = max(1, varbindsMax)
        limits.inFlightMax = max(1, inFlightMax)
        limits.queueMax = max(1, queueMax)
        return limits
    }
}
