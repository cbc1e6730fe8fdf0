import Domain
import Testing

@Suite("Backoff", .timeLimit(.minutes(1)))
struct BackoffTests {
    @Test("the bound doubles from the base up to the ceiling and stays there")
    func bound() {
        let backoff = Backoff()

        #expect((1...4).map(backoff.bound(after:)) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(backoff.bound(after: 10) == .seconds(512))
        #expect(backoff.bound(after: 11) == .seconds(600))
        #expect(backoff.bound(after: 100_000) == .seconds(600))
        #expect(backoff.bound(after: 0) == .seconds(1))
    }

    @Test("a pause is anything from zero to the bound, and both ends are reached")
    func jitter() {
        let backoff = Backoff(base: .milliseconds(200), factor: 3, ceiling: .seconds(5))
        var chance = Chance(seed: 6)
        for attempt in 1...20 {
            let pauses = (0..<200).map { _ in backoff.pause(after: attempt, using: &chance) }

            #expect(pauses.allSatisfy { $0 >= .zero && $0 <= backoff.bound(after: attempt) })
            #expect(pauses.contains { $0 < backoff.bound(after: attempt) / 4 })
            #expect(pauses.contains { $0 > backoff.bound(after: attempt) * 3 / 4 })
        }
    }

    @Test("no base, no factor and a ceiling below the base are taken as they are")
    func edges() {
        var chance = Chance(seed: 7)
        #expect(Backoff(base: .zero).pause(after: 9, using: &chance) == .zero)
        #expect(Backoff(base: .seconds(3), factor: 1).bound(after: 50) == .seconds(3))
        #expect(Backoff(base: .seconds(3), factor: 2, ceiling: .seconds(1)).bound(after: 1) == .seconds(1))
    }
}
