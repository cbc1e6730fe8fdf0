import DeviceAdapter
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
}
