import Domain
import Testing

@Suite("Prefetch", .timeLimit(.minutes(1)))
struct PrefetchPolicyTests {
    @Test("it begins with one delivery a slot and does not move before it has learned")
    func begins() {
        var policy = PrefetchPolicy(slots: 4)

        #expect(policy.current == 4)
        #expect(adjustment(&policy) == nil)
        #expect(PrefetchPolicy(slots: 0).current == 1)
        #expect(PrefetchPolicy(slots: 1000).current == 256)
    }

    @Test("short runs raise it to what bridges the way back, long ones lower it to the slots")
    func follows() {
        var policy = PrefetchPolicy(slots: 4)
        policy.learn(run: .milliseconds(1), settle: .milliseconds(9))
        #expect(adjustment(&policy) == 40)

        for _ in 0..<100 { policy.learn(run: .seconds(60), settle: .milliseconds(9)) }
        #expect(adjustment(&policy) == 4)
        #expect(adjustment(&policy) == nil)
    }

    @Test("the most there is is reached even when it is less than half as much again")
    func reachesTheMost() {
        var policy = PrefetchPolicy(slots: 2)
        policy.learn(run: .milliseconds(1), settle: .milliseconds(99))
        #expect(adjustment(&policy) == 200)
        for _ in 0..<100 { policy.learn(run: .microseconds(10), settle: .milliseconds(99)) }

        #expect(adjustment(&policy) == 256)
        #expect(adjustment(&policy) == nil)
    }

    @Test("whatever it learns, it stays between the slots and 256 and small changes change nothing")
    func bounds() {
        var chance = Chance(seed: 9)
        for slots in [1, 3, 64, 256, 400] {
            var policy = PrefetchPolicy(slots: slots)
            for _ in 0..<2000 {
                let before = policy.current
                policy.learn(
                    run: .microseconds(.random(in: 0...2_000_000, using: &chance)),
                    settle: .microseconds(.random(in: 0...200_000, using: &chance))
                )
                let change = policy.adjustment()

                #expect((min(slots, 256)...256).contains(policy.current))
                #expect(change == nil ? policy.current == before : policy.current == change && change != before)
                if let change, change != 256 { #expect(change >= before + before / 2 || change <= before / 2) }
            }
        }
    }

    private func adjustment(_ policy: inout PrefetchPolicy) -> Int? { policy.adjustment() }
}
