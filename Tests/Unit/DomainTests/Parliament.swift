import Domain

/// Candidates with clocks of their own before one row, in virtual time.
struct Parliament {
    enum Weather {
        /// Answers within 100 ms; every 30 s the leader dies, freezes or resigns.
        case fair
        /// Answers may take seconds, be lost, or come after they were given up; anybody dies, freezes or resigns at any time.
        case foul
    }

    /// What must not be was.
    struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    private enum Act {
        case look
        case claim(seen: LeaderMark?)
        case renew(Term)
        case resign(Term)
    }

    private enum Answer {
        case looked(LeaderState?)
        case claimed(Term?)
        case renewed(Bool)
        case failed
    }

    private enum Event {
        case wake(member: Int)
        case commit(member: Int, Act, sentAt: Instant, answerAt: Double?)
        case answer(member: Int, Answer, sentAt: Instant)
        case trouble
    }

    private struct Member {
        var election: LeaderElection
        let name: String
        /// How fast its clock runs.
        let rate: Double
        let offset: Double
        /// Until when the process stands still.
        var frozenUntil = 0.0
    }

    private static let start = ContinuousClock.now

    private(set) var reigns = 0
    private(set) var deaths = 0
    private(set) var resignations = 0
    private(set) var longestWithoutAfterDeath: Duration = .zero
    private(set) var longestWithoutAfterResignation: Duration = .zero
    private let weather: Weather
    private let settings: LeaderElection.Settings
    private var chance: Chance
    private var members: [Int: Member] = [:]
    private var lastMember = 0
    private var events: [(at: Double, Event)] = []
    private var now = 0.0
    private var row: LeaderState?
    /// When the row's mark last changed.
    private var markSince = 0.0
    /// Who was away since when, and whether of its own will.
    private var vacancy: (since: Double, isResigned: Bool)?

    init(candidates: Int, seed: UInt64, weather: Weather, settings: LeaderElection.Settings = LeaderElection.Settings()) {
        self.weather = weather
        self.settings = settings
        chance = Chance(seed: seed)
        for _ in 0..<candidates { join() }
        events.append((at: 20, .trouble))
    }

    mutating func run(for span: Duration) throws {
        let end = Double(span.components.seconds)
        while let next = events.indices.min(by: { events[$0].at < events[$1].at }), events[next].at <= end {
            let (time, event) = events.remove(at: next)
            now = max(now, time)
            try happen(event)
            try judge()
        }
    }

    // MARK: Events

    private mutating func happen(_ event: Event) throws {
        switch event {
        case .wake(let id):
            guard let member = members[id] else { return }
            if now < member.frozenUntil { return events.append((at: member.frozenUntil, event)) }
            step(id)
        case .commit(let id, let act, let sentAt, let answerAt):
            let answer = try commit(act, by: id)
            if let answerAt { events.append((at: answerAt, .answer(member: id, answer, sentAt: sentAt))) }
        case .answer(let id, let answer, let sentAt):
            guard let member = members[id] else { return }
            if now < member.frozenUntil { return events.append((at: member.frozenUntil, event)) }
            take(answer, id, sentAt: sentAt)
            step(id)
        case .trouble:
            trouble()
            events.append((at: now + (weather == .fair ? 30 : Double.random(in: 2...20, using: &chance)), .trouble))
        }
    }

    /// Asks the machine and sends what it wants.
    private mutating func step(_ id: Int) {
        guard let local = local(id), let effect = members[id]?.election.tick(now: local) else { return }
        switch effect {
        case .wait(let until): events.append((at: max(real(until, id), now + 0.001), .wake(member: id)))
        case .look: send(.look, id)
        case .claim(let seen): send(.claim(seen: seen), id)
        case .renew(let term): send(.renew(term), id)
        case .none: break
        }
    }

    private mutating func send(_ act: Act, _ id: Int) {
        guard let sentAt = local(id) else { return }
        switch weather {
        case .fair:
            let commitAt = now + .random(in: 0.001...0.05, using: &chance)
            let answerAt = commitAt + .random(in: 0.001...0.05, using: &chance)
            events.append((at: commitAt, .commit(member: id, act, sentAt: sentAt, answerAt: answerAt)))
        case .foul:
            let commitAt = now + pow4(.random(in: 0...1, using: &chance)) * 5
            let answerAt = commitAt + pow4(.random(in: 0...1, using: &chance)) * 5
            let failure = Event.answer(member: id, .failed, sentAt: sentAt)
            switch Int.random(in: 0..<20, using: &chance) {
            case 0:  // never arrived
                events.append((at: answerAt, failure))
            case 1:  // done, and nobody heard
                events.append((at: commitAt, .commit(member: id, act, sentAt: sentAt, answerAt: nil)))
                events.append((at: answerAt, failure))
            case 2:  // given up, and done later
                events.append((at: now + 2, failure))
                events.append((at: now + .random(in: 2...12, using: &chance), .commit(member: id, act, sentAt: sentAt, answerAt: nil)))
            default:
                events.append((at: commitAt, .commit(member: id, act, sentAt: sentAt, answerAt: answerAt)))
            }
        }
    }

    private mutating func take(_ answer: Answer, _ id: Int, sentAt: Instant) {
        guard let local = local(id) else { return }
        switch answer {
        case .looked(let state): members[id]?.election.looked(state, now: local)
        case .claimed(let term): members[id]?.election.claimed(term, sentAt: sentAt)
        case .renewed(let isOurs): members[id]?.election.renewed(isOurs, sentAt: sentAt)
        case .failed: members[id]?.election.failed(now: local)
        }
    }

    // MARK: The row

    private mutating func commit(_ act: Act, by id: Int) throws -> Answer {
        let name = "member-\(id)"
        let wall = Timestamp(microseconds: Int64(now * 1_000_000))
        switch act {
        case .look:
            return .looked(row)
        case .claim(let seen):
            guard row?.mark == seen else { return .claimed(nil) }
            if row?.holder != nil {
                guard now - markSince >= 7 else { throw Broken(description: "overtaken after \(now - markSince) s") }
            }
            if let other = trusting().first(where: { $0 != id }) { throw Broken(description: "\(id) claimed while \(other) led") }
            let term = Term((seen?.term.value ?? 0) + 1)
            write(LeaderMark(term: term, renewals: 0), holder: name, wall)
            reigns += 1
            return .claimed(term)
        case .renew(let term):
            guard let row, row.holder == name, row.term == term else { return .renewed(false) }
            write(LeaderMark(term: term, renewals: row.mark.renewals + 1), holder: name, wall)
            return .renewed(true)
        case .resign(let term):
            guard let row, row.holder == name, row.term == term else { return .failed }
            write(row.mark, holder: nil, wall)
            for id in members.keys.sorted() where now >= members[id]?.frozenUntil ?? 0 {
                local(id).map { members[id]?.election.heard(now: $0) }
                events.append((at: now + 0.02, .wake(member: id)))
            }
            return .failed
        }
    }

    private mutating func write(_ mark: LeaderMark, holder: String?, _ wall: Timestamp) {
        row = LeaderState(role: .coordinator, mark: mark, holder: holder, beganAt: wall, renewedAt: wall)
        markSince = now
    }

    // MARK: Troubles

    private mutating func trouble() {
        let victims = weather == .fair ? trusting() : members.keys.sorted()
        guard let id = victims.randomElement(using: &chance) else { return }
        let leads = trusting().contains(id)
        switch Int.random(in: 0..<3, using: &chance) {
        case 0:
            members[id] = nil
            join()
            if leads { vacancy = (now, false) }
            deaths += 1
        case 1:
            members[id]?.frozenUntil = now + .random(in: 1...40, using: &chance)
            if leads { vacancy = (now, false) }
        default:
            let term = members[id]?.election.resign()
            members[id] = nil
            join()
            if let term { send(.resign(term), id: id) }
            if leads { vacancy = (now, true) }
            resignations += 1
        }
    }

    /// The last word of somebody who is gone.
    private mutating func send(_ act: Act, id: Int) {
        events.append((at: now + 0.02, .commit(member: id, act, sentAt: Self.start, answerAt: nil)))
    }

    private mutating func join() {
        lastMember += 1
        let rate = Double.random(in: 0.92...1.08, using: &chance)
        let offset = Double.random(in: 0...1_000_000, using: &chance)
        let name = "member-\(lastMember)"
        let begin = Self.start + .seconds(offset + rate * now)
        let election = LeaderElection(role: .coordinator, holder: name, settings: settings, now: begin)
        members[lastMember] = Member(election: election, name: name, rate: rate, offset: offset)
        events.append((at: now, .wake(member: lastMember)))
    }

    // MARK: Judgement

    private mutating func judge() throws {
        let trusting = trusting()
        guard trusting.count <= 1 else { throw Broken(description: "\(trusting) trust themselves at \(now)") }
        guard let leader = trusting.first, let vacant = vacancy, now >= members[leader]?.frozenUntil ?? 0 else { return }
        let span = Duration.seconds(now - vacant.since)
        if vacant.isResigned {
            longestWithoutAfterResignation = max(longestWithoutAfterResignation, span)
        } else {
            longestWithoutAfterDeath = max(longestWithoutAfterDeath, span)
        }
        vacancy = nil
    }

    private func trusting() -> [Int] {
        members.keys.sorted().filter { id in local(id).flatMap { members[id]?.election.reign(at: $0) } != nil }
    }

    private func local(_ id: Int) -> Instant? {
        members[id].map { Self.start + .seconds($0.offset + $0.rate * now) }
    }

    private func real(_ instant: Instant, _ id: Int) -> Double {
        guard let member = members[id] else { return now }
        let local = (instant - Self.start) / Duration.seconds(1)
        return (local - member.offset) / member.rate
    }

    private func pow4(_ value: Double) -> Double { value * value * value * value }
}
