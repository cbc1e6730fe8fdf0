import Domain
import MemoryAdapters

/// The OLTs of a day as they are, and their own account of who asked what.
struct DayNetwork {
    /// One operation that an OLT answered to its end.
    struct Answered: Hashable {
        let olt: OLTID
        let operation: String
        let period: Timestamp
    }

    private let settings: DaySettings
    private var chance: SeededChance
    private var busy: Set<OLTID> = []
    private(set) var dead: Set<OLTID> = []
    private(set) var slow: Set<OLTID> = []
    private(set) var overlaps = 0
    private(set) var answered: [Answered: Int] = [:]

    init(_ settings: DaySettings, olts: [OLTID]) {
        self.settings = settings
        chance = SeededChance(seed: settings.seed &* 31 &+ 7)
        for olt in olts {
            let dice = Int.random(in: 0..<100, using: &chance)
            if dice < settings.dead { dead.insert(olt) } else if dice < settings.dead + settings.slow { slow.insert(olt) }
        }
    }

    /// A heavy operation begins; how long it will take if nobody stops it.
    mutating func begin(_ olt: OLTID, _ operation: String) -> Duration {
        if !busy.insert(olt).inserted { overlaps += 1 }
        guard !dead.contains(olt) else { return .seconds(15) }
        let usual: Duration = operation == "discovery" ? .seconds(40) : .seconds(12)
        let factor = slow.contains(olt) ? 10.0 : 1.0
        return usual * (factor * Double.random(in: 0.7...1.4, using: &chance))
    }

    /// A light request; how long the answer takes.
    mutating func probe(_ olt: OLTID) -> Duration { dead.contains(olt) ? .seconds(15) : .milliseconds(50) }

    mutating func end(_ olt: OLTID) { busy.remove(olt) }

    mutating func succeed(_ olt: OLTID, _ operation: String, in period: Timestamp) {
        answered[Answered(olt: olt, operation: operation, period: period), default: 0] += 1
    }

    func count(_ olt: OLTID, _ operation: OperationType, _ period: Timestamp) -> Int {
        answered[Answered(olt: olt, operation: operation.word, period: period), default: 0]
    }
}
