package import Domain
import MemoryAdapters

/// Everything that a run is told from outside: what is asked for, who steers it, and what goes wrong.
///
/// A story and its seed decide a run entirely.
package struct Story: Hashable, Sendable {
    /// One task that somebody asks for.
    package struct Job: Hashable, Sendable {
        package enum Way: Hashable, Sendable {
            case http, amqp
        }

        /// What its run does.
        package enum Work: Hashable, Sendable {
            /// Succeeds after this long.
            case plain(Duration)
            /// Fails so many times, then succeeds.
            case flaky(failures: Int)
            /// Fails for good at once.
            case hopeless
            /// Kills the worker that runs it, so many times; on an OLT, or on none.
            case poison(deaths: Int, olt: Int?)
            /// Walks an OLT with so many requests.
            case walk(olt: Int, requests: Int)
        }

        package let id: TaskID
        package let at: Duration
        package let way: Way
        package let work: Work
        package let priority: Priority
        package let maxAttempts: Int
        /// Counts from when it is asked for; `nil`: it has time.
        package let deadline: Duration?
        /// Not before so long after it is asked for.
        package let delay: Duration
    }

    /// Something that people or servers do at some time.
    package struct Turn: Hashable, Sendable, CustomStringConvertible {
        package let at: Duration
        package let act: Act
        /// How long it lasts.
        package let span: Duration
        /// Whom it meets, modulo how many there are.
        package let target: Int

        package var description: String { "\(at.inSeconds) \(act.rawValue) \(target) for \(span.inSeconds)" }
    }

    package let seed: UInt64
    package var jobs: [Job]
    package var turns: [Turn]
    package var orchestrators: Int
    package var workers: Int
    package var olts: Int
    /// Returns of a message after which the broker gives it up.
    package let deliveryLimit: Int

    /// Turns that are faults.
    package var faults: Int { turns.count { $0.act.isFault } }
}

extension Story {
    /// When the last fault is over at the latest.
    static let calm: Duration = .seconds(240)

    /// A story that comes out the same for the same seed; one seed in eight has no faults.
    ///
    /// `defect`: more of what brings it out.
    package init(seed: UInt64, showing defect: Defect? = nil) {
        var chance = SeededChance(seed: seed ^ 0x5EED)
        self.seed = seed
        orchestrators = Int.random(in: 1...3, using: &chance)
        workers = Int.random(in: 2...4, using: &chance)
        olts = Int.random(in: 1...3, using: &chance)
        deliveryLimit = Bool.random(using: &chance) || defect == .hastyArchivist ? 2 : 20
        let count = Int.random(in: 12...48, using: &chance)
        var jobs: [Job] = []
        // Few lanes make a crowd, many make order matter.
        let priorities = Int.random(in: 1...Priority.allCases.count, using: &chance)
        for place in 0..<count { jobs.append(Job(place, olts: olts, priorities: priorities, using: &chance)) }
        self.jobs = jobs
        let isCalm = seed % 8 == 0
        var turns: [Turn] = []
        for _ in 0..<Int.random(in: 2...8, using: &chance) { turns.append(Turn(Act.steps, using: &chance)) }
        if !isCalm {
            for _ in 0..<Int.random(in: 2...9, using: &chance) {
                // Faults like company.
                let last = turns.last.flatMap { $0.act.isFault && Bool.random(using: &chance) ? $0 : nil }
                turns.append(Turn(Act.faults, soonAfter: last, using: &chance))
            }
        }
        // Dice of their own: what came before stays as it was.
        var others = SeededChance(seed: seed ^ 0xDEC1)
        for _ in 0..<Int.random(in: 1...4, using: &others) { turns.append(Turn(Act.declarations, using: &others)) }
        if let defect {
            for _ in 0..<8 {
                let last = turns.last.flatMap { Bool.random(using: &chance) ? $0 : nil }
                turns.append(Turn(defect.provokedBy, soonAfter: last, using: &chance))
            }
            for _ in 0..<4 where !defect.script.isEmpty {
                let begin = Duration.milliseconds(Int.random(in: 10_000...150_000, using: &chance))
                let target = Int.random(in: 0..<64, using: &chance)
                turns += defect.script.map { Turn(at: begin + $0.after, act: $0.act, span: $0.span, target: target) }
            }
        }
        self.turns = turns.sorted { ($0.at, $0.act.rawValue, $0.target) < ($1.at, $1.act.rawValue, $1.target) }
    }
}

extension Story.Turn {
    fileprivate init(_ acts: [Act], soonAfter other: Story.Turn? = nil, using chance: inout SeededChance) {
        act = acts[Int.random(in: 0..<acts.count, using: &chance)]
        at =
            other.map { $0.at + .milliseconds(Int.random(in: 0...6000, using: &chance)) }
            ?? .milliseconds(Int.random(in: 500...180_000, using: &chance))
        // Mostly short, sometimes longer than a lease and every patience.
        let most = Int.random(in: 0..<4, using: &chance) == 0 ? 60_000 : 12_000
        let least = act.disturbsLeases && Bool.random(using: &chance) ? 10_000 : 200
        span = .milliseconds(Int.random(in: least...max(most, 2 * least), using: &chance))
        target = Int.random(in: 0..<64, using: &chance)
    }
}

extension Story.Job {
    fileprivate init(_ place: Int, olts: Int, priorities: Int, using chance: inout SeededChance) {
        id = TaskID(high: UInt64(place) + 1, low: chance.next())
        at = .milliseconds(Int.random(in: 0...150_000, using: &chance))
        way = Int.random(in: 0..<3, using: &chance) == 0 ? .amqp : .http
        switch Int.random(in: 0..<20, using: &chance) {
        case 0..<10: work = .walk(olt: Int.random(in: 0..<olts, using: &chance), requests: Int.random(in: 2...14, using: &chance))
        case 10..<15: work = .plain(.milliseconds(Int.random(in: 1...3000, using: &chance)))
        case 15..<17: work = .flaky(failures: Int.random(in: 1...3, using: &chance))
        case 17..<18:
            let isKeyed = Bool.random(using: &chance)
            work = .poison(deaths: Int.random(in: 1...12, using: &chance), olt: isKeyed ? Int.random(in: 0..<olts, using: &chance) : nil)
        default: work = .hopeless
        }
        priority = Priority.allCases[Int.random(in: 0..<priorities, using: &chance)]
        maxAttempts = Int.random(in: 1...5, using: &chance)
        deadline = Int.random(in: 0..<8, using: &chance) == 0 ? .seconds(Int.random(in: 2...90, using: &chance)) : nil
        delay = Int.random(in: 0..<6, using: &chance) == 0 ? .seconds(Int.random(in: 1...30, using: &chance)) : .zero
    }

    /// The class of worker that it needs.
    var taskClass: TaskClass {
        switch work {
        case .walk: .network
        case .poison(_, let olt): olt == nil ? .general : .network
        case .plain, .flaky, .hopeless: .general
        }
    }

    /// The OLT that it works on.
    var olt: Int? {
        switch work {
        case .walk(let olt, _): olt
        case .poison(_, let olt): olt
        case .plain, .flaky, .hopeless: nil
        }
    }
}

extension Duration {
    /// `12.345`, for people.
    package var inSeconds: String {
        let milliseconds = milliseconds
        let rest = String(1000 + milliseconds % 1000).dropFirst()
        return "\(milliseconds / 1000).\(rest)s"
    }
}
