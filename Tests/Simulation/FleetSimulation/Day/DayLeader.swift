import Domain
import MemoryAdapters

/// One orchestrator of the day: stands for election, and coordinates while it leads.
final class DayLeader {
    private let name: String
    private let settings: LeaderElection.Settings
    private var election: LeaderElection
    private var turned: Duration = .seconds(-10)
    /// Not a step before it.
    var asleepUntil: Duration = .zero
    /// It thinks that it leads what it led when it fell asleep.
    private var staleTerm: Term?

    init(_ place: Int, now: Instant) {
        name = "orchestrator-\(place)"
        settings = LeaderElection.Settings()
        election = LeaderElection(role: .coordinator, holder: name, settings: settings, now: now)
    }

    /// The process ends and another one begins.
    func restart(at instant: Instant, asleepUntil: Duration) {
        election = LeaderElection(role: .coordinator, holder: "\(name)-\(asleepUntil)", settings: settings, now: instant)
        self.asleepUntil = asleepUntil
        staleTerm = nil
    }

    /// Stands still, and goes on afterwards as if nothing had been.
    func freeze(until end: Duration, at instant: Instant) {
        staleTerm = election.reign(at: instant)?.term
        asleepUntil = end
    }

    func leads(at instant: Instant) -> Bool { election.reign(at: instant) != nil }

    /// The step of a second.
    func step(_ day: Day) {
        guard day.now >= asleepUntil else { return }
        if let term = staleTerm {
            staleTerm = nil
            day.turn(under: term, news: [])
        }
        elect(day)
        guard let reign = election.reign(at: day.instant) else { return }
        guard day.now - turned >= .seconds(5) || !day.news.isEmpty else { return }
        turned = day.now
        day.turn(under: reign.term, news: day.takeNews())
    }

    private func elect(_ day: Day) {
        let now = day.instant
        switch election.tick(now: now) {
        case .wait, .none: break
        case .look: election.looked(day.record.leaders.look(.coordinator), now: now)
        case .claim(let seen):
            let term = day.record.leaders.claim(.coordinator, for: holder, seen: seen, now: day.wall)
            election.claimed(term, sentAt: now)
            if term != nil { day.report.leaders += 1 }
        case .renew(let term):
            election.renewed(day.record.leaders.renew(.coordinator, by: holder, term: term, now: day.wall), sentAt: now)
        }
    }

    private var holder: String { name }
}
