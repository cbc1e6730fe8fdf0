/// A worker's deliveries in hand that have not started, and its slots: says what starts next and what goes back.
///
/// Most urgent first, then oldest; every 16th start takes the delivery that waited longest, so that nothing starves.
package struct ReadyList: Sendable {
    /// Every how many starts the longest-waiting delivery is taken.
    package static let fairnessInterval = 16

    package struct Waiting: Hashable, Sendable {
        package let run: RunToken
        package let lane: Lane
        package let since: Instant
    }

    private let slots: [TaskClass: Int]
    private let handBackAfter: Duration
    private var used: [TaskClass: Int] = [:]
    private var waiting: [Lane: [Waiting]] = [:]
    private var starts = 0

    /// - Parameter handBackAfter: what has not started after this long is handed back.
    package init(slots: [TaskClass: Int], handBackAfter: Duration = .seconds(5)) {
        self.slots = slots
        self.handBackAfter = handBackAfter
    }

    package var waitingCount: Int { waiting.values.reduce(0) { $0 + $1.count } }
    package var usedSlots: [TaskClass: Int] { used }
    package var isIdle: Bool { used.values.allSatisfy { $0 == 0 } }

    package mutating func arrived(_ run: RunToken, on lane: Lane, at now: Instant) {
        waiting[lane, default: []].append(Waiting(run: run, lane: lane, since: now))
    }

    /// Takes the next delivery that has a free slot, and the slot with it.
    package mutating func startNext() -> Waiting? {
        let open = waiting.values.compactMap(\.first).filter { free($0.lane.taskClass) > 0 }
        let oldestFirst = (starts + 1) % Self.fairnessInterval == 0
        let next = open.min { left, right in
            oldestFirst || left.lane.priority == right.lane.priority ? left.since < right.since : left.lane.priority < right.lane.priority
        }
        guard let next else { return nil }
        starts += 1
        waiting[next.lane]?.removeFirst()
        used[next.lane.taskClass, default: 0] += 1
        return next
    }

    /// A slot is free again.
    package mutating func ended(in taskClass: TaskClass) {
        used[taskClass] = max(0, used[taskClass, default: 0] - 1)
    }

    /// Takes out what waited too long.
    package mutating func overdue(at now: Instant) -> [Waiting] {
        let handBackAfter = handBackAfter
        return take { $0.since + handBackAfter <= now }
    }

    /// Takes out everything that has not started: the worker drains.
    package mutating func handAllBack() -> [Waiting] {
        take { _ in true }
    }

    /// Forgets unstarted deliveries whose channel is gone: the broker gives them to somebody else.
    package mutating func forget(_ runs: Set<RunToken>) {
        _ = take { runs.contains($0.run) }
    }

    /// When the oldest unstarted delivery is to be handed back.
    package var nextHandBack: Instant? {
        waiting.values.compactMap(\.first?.since).min().map { $0 + handBackAfter }
    }

    private func free(_ taskClass: TaskClass) -> Int {
        slots[taskClass, default: 0] - used[taskClass, default: 0]
    }

    private mutating func take(where matches: (Waiting) -> Bool) -> [Waiting] {
        var taken: [Waiting] = []
        for (lane, list) in waiting {
            let gone = list.filter(matches)
            guard !gone.isEmpty else { continue }
            taken += gone
            waiting[lane] = list.filter { !matches($0) }
        }
        return taken.sorted { $0.since < $1.since }
    }
}
