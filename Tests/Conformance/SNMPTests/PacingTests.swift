import Testing

@testable import SNMP

@Suite("Rates, waits and repetitions", .timeLimit(.minutes(1)))
struct PacingTests {
    private let start = ContinuousClock().now

    @Test("a bucket lets no more through than its rate and one burst")
    func bucket() {
        var bucket = TokenBucket(perSecond: 50, now: start)
        var sent = 0
        for millisecond in 0..<2000 {
            let now = start + .milliseconds(millisecond)
            while bucket.wait(now: now) == .zero {
                bucket.take()
                sent += 1
            }
        }

        #expect((100...111).contains(sent))
    }

    @Test("a bucket says how long to wait, and that is enough")
    func bucketWait() {
        var bucket = TokenBucket(perSecond: 2, now: start)
        bucket.take()

        let wait = bucket.wait(now: start)

        #expect(wait > .milliseconds(400) && wait <= .milliseconds(501))
        #expect(bucket.wait(now: start + wait + .microseconds(1)) == .zero)
    }

    @Test("a rate of 0 is without limit")
    func unlimited() {
        var bucket = TokenBucket(perSecond: 0, now: start)
        for _ in 0..<10_000 { bucket.take() }

        #expect(bucket.wait(now: start) == .zero)
    }

    @Test("the wait starts at two seconds, follows the answers and stays within its bounds")
    func answerTimes() {
        var times = AnswerTimes(limits: DeviceLimits().sane())
        #expect(times.timeout(failures: 0) == .seconds(2))
        #expect(times.timeout(failures: 1) == .seconds(4))
        #expect(times.timeout(failures: 9) == .seconds(5), "never longer than a datagram may live")

        for _ in 0..<100 { times.answered(after: .milliseconds(1)) }
        #expect(times.timeout(failures: 0) == .seconds(1))

        for _ in 0..<100 { times.answered(after: .seconds(1)) }
        let settled = times.timeout(failures: 0)
        #expect(settled > .seconds(1) && settled < .milliseconds(1500))
    }

    @Test("repetitions climb to the cap of their class", arguments: [(ColumnClass.cheap, 25), (.dear, 10)])
    func climb(columnClass: ColumnClass, cap: Int) {
        var control = RepetitionControl(limits: DeviceLimits(), columnClass: columnClass)
        #expect(control.count == 10)

        for _ in 0..<100 { control.good() }

        #expect(control.count == cap)
    }

    @Test("tooBig halves the count, which then returns only slowly, and never to 0")
    func tooBig() {
        var control = RepetitionControl(limits: DeviceLimits(), columnClass: .cheap)
        for _ in 0..<3 { control.good() }
        #expect(control.count == 25)

        var wasLowered = control.failed(.tooBig)
        #expect(wasLowered && control.count == 12)
        for _ in 0..<(2 * RepetitionControl.patienceMin - 1) { control.good() }
        #expect(control.count == 12)
        control.good()
        #expect(control.count == 17)

        repeat { wasLowered = control.failed(.tooBig) } while wasLowered
        #expect(control.count == 1)
    }

    @Test("one silence is taken for an accident, silence at the same height soon after for a limit")
    func silence() {
        var control = RepetitionControl(limits: DeviceLimits(), columnClass: .cheap)
        for _ in 0..<3 { control.good() }

        _ = control.failed(.silence)
        #expect(control.count == 12)
        for _ in 0..<3 { control.good() }
        #expect(control.count == 25)

        _ = control.failed(.silence)
        for _ in 0..<9 { control.good() }
        #expect(control.count == 12)
    }

    @Test("limits out of range are brought into it")
    func saneLimits() {
        var limits = DeviceLimits()
        limits.requestsPerSecond = -1
        limits.retries = -1
        limits.namesPerGet = 0
        limits.repetitionsMax = 0
        limits.repetitionsStart = 50
        limits.varbindsMax = 0
        limits.timeoutMax = .seconds(99)
        limits.pduLifeMax = .seconds(3)

        let sane = limits.sane()

        #expect(sane.requestsPerSecond == 0 && sane.retries == 0 && sane.namesPerGet == 1)
        #expect(sane.repetitionsMax == 1 && sane.repetitionsStart == 1 && sane.varbindsMax == 1)
        #expect(sane.timeoutMax == .seconds(3))
    }

    @Test("devices that no longer wait for a slot are skipped, the others keep their order")
    func slotQueue() {
        var queue = SlotQueue()
        let devices = (0..<3000).map { SNMPDevice(number: $0) }
        for device in devices { queue.append(device) }
        for device in devices where device.number % 3 == 0 { queue.remove(device) }
        #expect(queue.count == 2000)

        var popped: [SNMPDevice] = []
        while let device = queue.popFirst() { popped.append(device) }

        #expect(popped == devices.filter { $0.number % 3 != 0 })
        #expect(queue.count == 0)
    }
}
