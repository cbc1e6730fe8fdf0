import Domain
import Testing

@Suite("The leader election", .timeLimit(.minutes(1)))
struct LeaderElectionTests {
    private let start = ContinuousClock.now
    private let wall = Timestamp(microseconds: 1_700_000_000_000_000)

    private func at(_ seconds: Double) -> Instant { start + .milliseconds(Int((seconds * 1000).rounded())) }

    private func candidate(_ name: String = "a") -> LeaderElection {
        LeaderElection(role: .coordinator, holder: name, settings: LeaderElection.Settings(), now: start)
    }

    private func state(_ holder: String?, term: Int64 = 1, renewals: Int64 = 0) -> LeaderState {
        let mark = LeaderMark(term: Term(term), renewals: renewals)
        return LeaderState(role: .coordinator, mark: mark, holder: holder, beganAt: wall, renewedAt: wall)
    }

    @Test("the first candidate looks, claims, and trusts itself for six seconds from the moment the claim was sent")
    func first() {
        var election = candidate()

        #expect(election.tick(now: at(0)) == .look)
        election.looked(nil, now: at(0.1))
        #expect(election.tick(now: at(0.1)) == .claim(seen: nil))
        #expect(election.reign(at: at(0.1)) == nil)
        election.claimed(Term(1), sentAt: at(0.1))

        #expect(election.reign(at: at(6)) == Reign(role: .coordinator, term: Term(1), until: at(6.1)))
        #expect(election.reign(at: at(6.1)) == nil)
        #expect(election.tick(now: at(1)) == .wait(until: at(2.1)))
        #expect(election.tick(now: at(2.1)) == .renew(Term(1)))
        election.renewed(true, sentAt: at(2.1))
        #expect(election.reign(at: at(8)) != nil)
        #expect(election.reign(at: at(8.1)) == nil)
    }

    @Test("a follower takes over what stood still for eight seconds since it was told, not a moment earlier")
    func takesOver() {
        var election = candidate("b")
        election.looked(state("a"), now: at(0.5))

        #expect(election.tick(now: at(1)) == .wait(until: at(1.5)))
        election.looked(state("a"), now: at(8.4))
        #expect(election.tick(now: at(8.4)) == .wait(until: at(8.5)))
        election.looked(state("a"), now: at(8.5))
        #expect(election.tick(now: at(8.5)) == .claim(seen: LeaderMark(term: Term(1), renewals: 0)))
    }

    @Test("a renewal that is seen, or a look that fails, begins the wait anew or prolongs it, never shortens it")
    func patient() {
        var election = candidate("b")
        election.looked(state("a"), now: at(0))
        election.looked(state("a", renewals: 1), now: at(7))
        election.failed(now: at(8))
        #expect(election.tick(now: at(8)) == .wait(until: at(9)))
        election.looked(state("a", renewals: 1), now: at(14.9))
        #expect(election.tick(now: at(14.9)) == .wait(until: at(15)))
        election.looked(state("a", renewals: 1), now: at(15))
        #expect(election.tick(now: at(15)) == .claim(seen: LeaderMark(term: Term(1), renewals: 1)))
        election.claimed(nil, sentAt: at(15))
        #expect(election.tick(now: at(15.2)) == .look)
    }

    @Test("what was resigned is claimed at once, and a hint makes a follower look at once")
    func resigned() {
        var election = candidate("b")
        election.looked(state("a"), now: at(0))
        election.heard(now: at(0.3))
        #expect(election.tick(now: at(0.3)) == .look)
        election.looked(state(nil), now: at(0.31))
        #expect(election.tick(now: at(0.31)) == .claim(seen: LeaderMark(term: Term(1), renewals: 0)))
    }

    @Test("who is told that another term leads is deposed, and follows")
    func deposed() {
        var election = candidate()
        election.looked(nil, now: at(0))
        election.claimed(Term(1), sentAt: at(0))
        election.renewed(false, sentAt: at(2))

        #expect(election.reign(at: at(2)) == nil)
        #expect(election.tick(now: at(2)) == .look)
    }

    @Test("a leader that gets no answers stops to trust itself and asks on; an answer that it still leads brings the reign back")
    func doubt() {
        var election = candidate()
        election.looked(nil, now: at(0))
        election.claimed(Term(1), sentAt: at(0))
        election.failed(now: at(4))
        #expect(election.tick(now: at(4)) == .wait(until: at(4.5)))
        election.failed(now: at(7))
        #expect(election.reign(at: at(7)) == nil)

        election.renewed(true, sentAt: at(7.5))
        #expect(election.reign(at: at(7.6))?.term == Term(1))
    }

    @Test("a claim whose answer was lost is found by looking, and trusted only once a renewal is confirmed")
    func lostClaim() {
        var election = candidate()
        election.looked(nil, now: at(0))
        election.failed(now: at(1))
        #expect(election.tick(now: at(2)) == .look)
        election.looked(state("a"), now: at(2))

        #expect(election.reign(at: at(2)) == nil)
        #expect(election.tick(now: at(2)) == .renew(Term(1)))
        election.renewed(true, sentAt: at(2))
        #expect(election.reign(at: at(7.9))?.term == Term(1))
    }

    @Test("who resigns leads no more and asks nothing more")
    func ends() {
        var election = candidate()
        #expect(election.resign() == nil)
        election = candidate()
        election.looked(nil, now: at(0))
        election.claimed(Term(3), sentAt: at(0))
        #expect(election.resign() == Term(3))
        #expect(election.reign(at: at(0)) == nil)
        election.renewed(true, sentAt: at(0))
        #expect(election.tick(now: at(1)) == .none)
    }

    @Test(
        "whatever clocks, delays, lost answers, freezes and deaths: terms grow by one, at most one trusts itself, nobody is overtaken",
        arguments: UInt64(1)...16
    )
    func anyHistory(seed: UInt64) throws {
        var parliament = Parliament(candidates: 4, seed: seed, weather: .foul)
        try parliament.run(for: .seconds(600))
        #expect(parliament.reigns > 3, "without changes the run proves nothing")
    }

    @Test("a leader that trusts itself for longer than the span is found out")
    func planted() {
        var settings = LeaderElection.Settings()
        settings.renewEvery = .seconds(-4)
        let caught = (UInt64(1)...20).filter { seed in
            var parliament = Parliament(candidates: 4, seed: seed, weather: .foul, settings: settings)
            return (try? parliament.run(for: .seconds(600))) == nil
        }
        #expect(!caught.isEmpty)
    }

    @Test(
        "in fair weather a leader that dies or freezes is followed within twelve seconds, one that resigns within one",
        arguments: UInt64(1)...8
    )
    func quickChange(seed: UInt64) throws {
        var parliament = Parliament(candidates: 3, seed: seed, weather: .fair)
        try parliament.run(for: .seconds(600))
        #expect(parliament.longestWithoutAfterDeath <= .seconds(12))
        #expect(parliament.longestWithoutAfterResignation <= .seconds(1))
        #expect(parliament.deaths > 1 && parliament.resignations > 1)
    }
}
