import Domain
import Testing

@Suite("Run keeper")
struct RunKeeperTests {
    private static let begin = ContinuousClock.now

    private func task(key: String? = nil, timeout: Duration = .seconds(20), timeLeft: Duration? = nil) -> DispatchedTask {
        DispatchedTask(
            id: TaskID(high: 1, low: 2),
            number: DispatchNumber(7),
            attempt: 1,
            maxAttempts: 3,
            kind: "noop",
            payload: [:],
            priority: .normal,
            taskClass: .general,
            exclusionKey: key.flatMap { ExclusionKey($0) },
            timeout: timeout,
            device: nil,
            timeLeft: timeLeft
        )
    }

    private func tick(_ keeper: inout RunKeeper, at seconds: Int) -> [RunKeeper.Chore] {
        keeper.tick(now: Self.begin + .seconds(seconds), startedAfter: .seconds(1), hold: .seconds(60))
    }

    private func lease() -> LeaseKeeper { LeaseKeeper(sentAt: Self.begin, settings: LeaseKeeper.Settings()) }

    @Test("a plain run is reported once when it takes long, and stopped when its time is up")
    func plain() {
        var keeper = RunKeeper(task(), receivedAt: Self.begin)
        keeper.began(at: Self.begin)
        #expect(tick(&keeper, at: 0).isEmpty)
        #expect(tick(&keeper, at: 1) == [.reportStarted])
        #expect(tick(&keeper, at: 2).isEmpty)
        #expect(tick(&keeper, at: 20) == [.stop])
        #expect(tick(&keeper, at: 21).isEmpty)
        #expect(keeper.verdict(of: TaskFault("any", "", retryable: false)) == .failed(.timedOut(after: .seconds(20))))
    }

    @Test("the task's own deadline counts from the receipt and comes before the timeout; its run is interrupted")
    func deadline() {
        var keeper = RunKeeper(task(timeLeft: .seconds(5)), receivedAt: Self.begin)
        #expect(keeper.obstacle(at: Self.begin + .seconds(4)) == nil)
        #expect(keeper.obstacle(at: Self.begin + .seconds(5)) == .deadline)
        keeper.began(at: Self.begin + .seconds(1))
        #expect(tick(&keeper, at: 5) == [.reportStarted, .stop])
        #expect(keeper.verdict(of: TaskFault("any", "", retryable: true)) == .interrupted(reason: "deadline"))
    }

    @Test("a lease that is not renewed refuses requests before its end, and cuts the run off at it")
    func leaseEnds() {
        var keeper = RunKeeper(task(key: "k", timeout: .seconds(600)), receivedAt: Self.begin)
        keeper.holds(lease(), quietUntil: Self.begin)
        keeper.began(at: Self.begin)
        #expect(keeper.refusal(at: Self.begin + .seconds(22)) == nil)
        #expect(keeper.refusal(at: Self.begin + .seconds(23)) == "the lease of k ends before another request could come back")
        #expect(tick(&keeper, at: 10) == [.renew])
        let stopsUnanswered = keeper.renewed(nil, now: Self.begin + .seconds(11))
        #expect(!stopsUnanswered)
        #expect(keeper.forfeit(at: Self.begin + .seconds(29)) == nil)
        #expect(tick(&keeper, at: 30) == [.stop])
        #expect(keeper.forfeit(at: Self.begin + .seconds(30)) == .interrupted(reason: "the lease was lost"))
        #expect(keeper.refusal(at: Self.begin + .seconds(30)) == "the lease was lost")
    }

    @Test("a lost lease stops the run once; the first reason stands")
    func lost() {
        var keeper = RunKeeper(task(key: "k"), receivedAt: Self.begin)
        keeper.holds(lease(), quietUntil: Self.begin)
        keeper.began(at: Self.begin)
        #expect(tick(&keeper, at: 10) == [.renew])
        let stopsLost = keeper.renewed(.lost, now: Self.begin + .seconds(10))
        #expect(stopsLost)
        let stopsAgain = keeper.cutOff(.drained)
        #expect(!stopsAgain)
        #expect(keeper.cut == .leaseLost)
        #expect(keeper.hasLostLease(at: Self.begin + .seconds(10)))
    }

    @Test("a finished run keeps its lease for a while, until its outcome is confirmed")
    func held() {
        var keeper = RunKeeper(task(key: "k"), receivedAt: Self.begin)
        keeper.holds(lease(), quietUntil: Self.begin)
        keeper.began(at: Self.begin)
        keeper.finished(at: Self.begin + .seconds(2))
        let stopsFinished = keeper.cutOff(.drained)
        #expect(!stopsFinished)
        #expect(tick(&keeper, at: 10) == [.renew])
        let stopsRenewed = keeper.renewed(.renewed, now: Self.begin + .seconds(10))
        #expect(!stopsRenewed)
        #expect(tick(&keeper, at: 62).isEmpty)
        #expect(keeper.runTime == .seconds(2))
    }

    @Test("the device is quiet unless a request may be under way: the run's own, or that of the one before")
    func quiet() {
        var keeper = RunKeeper(task(key: "k"), receivedAt: Self.begin)
        keeper.holds(lease(), quietUntil: Self.begin + .seconds(7))
        #expect(!keeper.leavesDeviceQuiet(at: Self.begin + .seconds(6)))
        #expect(keeper.leavesDeviceQuiet(at: Self.begin + .seconds(7)))
    }
}
