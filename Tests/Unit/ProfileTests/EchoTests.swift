import DeviceAdapter
import SNMP
import Testing

@Suite("What may still be under way to a device")
struct EchoTests {
    private let start = ContinuousClock.now

    @Test("a request that was given up counts for its whole life")
    func lives() {
        let echo = Echo(life: .seconds(5))
        echo.silent(at: start)

        #expect(echo.left(at: start) == .seconds(5))
        #expect(echo.left(at: start + .seconds(4)) == .seconds(1))
        #expect(echo.left(at: start + .seconds(6)) == .zero)
    }

    @Test("an answer ends what was before it")
    func answered() {
        let echo = Echo(life: .seconds(5))
        echo.silent(at: start)
        echo.answered()

        #expect(echo.left(at: start) == .zero)
    }

    @Test("nothing was asked, nothing is under way")
    func fresh() {
        #expect(Echo(life: .seconds(5)).left(at: start) == .zero)
    }

    @Test("a retry that the lease refused leaves the request before it under way")
    func refusedRetry() {
        let walk = Echo(life: .seconds(5))
        walk.ended(WalkReason.notSent(.leaseNearlyOver), at: start)
        let get = Echo(life: .seconds(5))
        get.ended(SNMPError.notSent(.leaseNearlyOver), at: start)

        #expect(walk.left(at: start) == .seconds(5))
        #expect(get.left(at: start) == .seconds(5))
    }

    @Test("an end before anything was sent changes nothing")
    func nothingSent() {
        let echo = Echo(life: .seconds(5))
        echo.ended(WalkReason.timedOut(attempts: 4), at: start)
        echo.ended(WalkReason.closed, at: start)

        #expect(echo.left(at: start) == .seconds(5))
    }
}
