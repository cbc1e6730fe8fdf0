import Domain
import Testing

@Suite("The lease keeper", .timeLimit(.minutes(1)))
struct LeaseKeeperTests {
    private let start = ContinuousClock.now

    private func tick(_ keeper: inout LeaseKeeper, at offset: Duration) -> LeaseKeeper.Effect { keeper.tick(now: start + offset) }

    private func unanswered(_ keeper: inout LeaseKeeper, at offset: Duration) -> LeaseKeeper.Effect {
        keeper.unanswered(now: start + offset)
    }

    private func answered(_ keeper: inout LeaseKeeper, _ answer: RenewAnswer) -> LeaseKeeper.Effect { keeper.answered(answer) }

    private func keeper() -> LeaseKeeper { LeaseKeeper(sentAt: start, settings: LeaseKeeper.Settings()) }

    @Test("it waits for a third of the span, renews, and counts the new end from when the renewal was sent")
    func renews() {
        var keeper = keeper()

        #expect(tick(&keeper, at: .zero) == .wait(until: start + .seconds(10)))
        #expect(tick(&keeper, at: .seconds(10)) == .renew)
        #expect(tick(&keeper, at: .seconds(11)) == .wait(until: start + .seconds(30)))
        #expect(answered(&keeper, .renewed) == .wait(until: start + .seconds(20)))
        #expect(keeper.maySend(at: start + .seconds(32)))
        #expect(!keeper.maySend(at: start + .seconds(33)))
    }

    @Test("nothing is sent within the margin and the life of a request before the end")
    func margin() {
        let keeper = keeper()

        #expect(keeper.maySend(at: start + .milliseconds(22_999)))
        #expect(!keeper.maySend(at: start + .seconds(23)))
    }

    @Test("a renewal that is answered lost aborts, for good")
    func lost() {
        var keeper = keeper()
        _ = tick(&keeper, at: .seconds(10))

        #expect(answered(&keeper, .lost) == .abort)
        #expect(keeper.isLost(at: start))
        #expect(!keeper.maySend(at: start + .seconds(10)))
        #expect(answered(&keeper, .renewed) == .none)
        keeper.released()
        #expect(keeper.isLost(at: start))
        #expect(tick(&keeper, at: .seconds(99)) == .none)
    }

    @Test("a store that does not answer is asked again each second, until the end passes")
    func unanswered() {
        var keeper = keeper()
        #expect(tick(&keeper, at: .seconds(10)) == .renew)
        #expect(unanswered(&keeper, at: .seconds(11)) == .wait(until: start + .seconds(12)))
        #expect(tick(&keeper, at: .seconds(12)) == .renew)
        #expect(unanswered(&keeper, at: .milliseconds(29_500)) == .wait(until: start + .seconds(30)))
        #expect(tick(&keeper, at: .seconds(30)) == .abort)
        #expect(keeper.isLost(at: start))
    }

    @Test("a pause of the process past the end is a lost lease, whatever was under way")
    func paused() {
        var asleep = keeper()
        #expect(!asleep.isLost(at: start + .milliseconds(29_999)))
        #expect(asleep.isLost(at: start + .seconds(30)))
        #expect(tick(&asleep, at: .seconds(31)) == .abort)

        var renewing = keeper()
        _ = tick(&renewing, at: .seconds(10))
        #expect(unanswered(&renewing, at: .seconds(31)) == .abort)
    }

    @Test("a released lease sends nothing and asks for nothing")
    func released() {
        var keeper = keeper()
        keeper.released()

        #expect(!keeper.maySend(at: start))
        #expect(tick(&keeper, at: .seconds(10)) == .none)
        #expect(answered(&keeper, .lost) == .none)
        #expect(unanswered(&keeper, at: .zero) == .none)
        #expect(!keeper.isLost(at: start + .seconds(99)))
    }

    @Test("over random delays it never allows a request that could be under way when the store's lease ends")
    func randomSequences() {
        for seed in UInt64(0)..<300 {
            var chance = Chance(seed: seed)
            let settings = LeaseKeeper.Settings()
            var now = start
            var keeper = LeaseKeeper(sentAt: now, settings: settings)
            // The store counts from when the request arrived, so its end is never earlier than this.
            var storeEnd = now + settings.span
            var hasEnded = false
            for _ in 0..<120 where !hasEnded {
                now += .milliseconds(.random(in: 0..<4000, using: &chance))
                let mayBeLate = keeper.maySend(at: now)
                #expect(!mayBeLate || now + settings.margin + settings.pduLife < storeEnd)
                switch keeper.tick(now: now) {
                case .renew:
                    let sentAt = now
                    now += .milliseconds(.random(in: 0..<2500, using: &chance))
                    switch Int.random(in: 0..<6, using: &chance) {
                    case 0:
                        #expect(answered(&keeper, .lost) == .abort)
                        storeEnd = sentAt
                    case 1, 2:
                        if Bool.random(using: &chance) { storeEnd = max(storeEnd, sentAt + settings.span) }
                        _ = keeper.unanswered(now: now)
                    default:
                        storeEnd = sentAt + settings.span
                        _ = keeper.answered(.renewed)
                    }
                case .abort, .none:
                    hasEnded = true
                    #expect(!keeper.maySend(at: now))
                case .wait(let wake):
                    #expect(wake > now)
                }
            }
        }
    }
}
