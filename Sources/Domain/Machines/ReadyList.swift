/// A worker's deliveries in hand that have not started, and its slots: says what starts next and what goes back.
///
/// Within a class the most urgent first, then the oldest; every 16th start of a class takes the delivery that waited
/// longest, so that nothing starves. Classes do not compete: each has slots of its own.
package struct ReadyList: Sendable {
    /// Every how many starts of a class its longest-waiting delivery is taken.
    package static let fairnessInterval = 16

    package struct Waiting: Hashable, Sendable {
        package let run: RunToken
        package let lane: Lane
        package let since: Instant
    }

    private let handBackAfter: Duration
    /// One per class, by its raw value.
    private var classes: [ClassRoom]

    /// - Parameters:
    ///   - slots: attempts at a time, per class.
    ///   - handBackAfter: what has not started after this long is handed back.
    package init(slots: [TaskClass: Int], handBackAfter: Duration = .seconds(5)) {
        self.handBackAfter = handBackAfter
        classes = TaskClass.allCases.map { ClassRoom(slots: slots[$0, default: 0]) }
    }

    package var waitingCount: Int { classes.reduce(0) { $0 + $1.waitingCount } }

    package var usedSlots: [TaskClass: Int] {
        Dictionary(uniqueKeysWithValues: zip(TaskClass.allCases, classes.map(\.used)).filter { $0.1 > 0 })
    }

    package var isIdle: Bool { classes.allSatisfy { $0.used == 0 } }

    package mutating func arrived(_ run: RunToken, on lane: Lane, at now: Instant) {
        classes[Int(lane.taskClass.rawValue)].arrived(Waiting(run: run, lane: lane, since: now))
    }

    /// Takes the next delivery that has a free slot, and the slot with it.
    package mutating func startNext() -> Waiting? {
        for place in classes.indices {
            if let next = classes[place].startNext() { return next }
        }
        return nil
    }

    /// A slot is free again.
    package mutating func ended(in taskClass: TaskClass) {
        classes[Int(taskClass.rawValue)].ended()
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
        _ = remove(runs)
    }

    /// Takes these out: nobody wants them any more.
    package mutating func remove(_ runs: Set<RunToken>) -> [Waiting] {
        runs.isEmpty ? [] : take { runs.contains($0.run) }
    }

    /// When the oldest unstarted delivery is to be handed back.
    package var nextHandBack: Instant? {
        classes.compactMap(\.oldest).min().map { $0 + handBackAfter }
    }

    private mutating func take(where matches: (Waiting) -> Bool) -> [Waiting] {
        var taken: [Waiting] = []
        for place in classes.indices where classes[place].waitingCount > 0 {
            taken += classes[place].take(where: matches)
        }
        return taken.sorted { $0.since < $1.since }
    }
}

/// The slots of one class and what waits for them, a line per priority in order of arrival.
private struct ClassRoom: Sendable {
    private let slots: Int
    private(set) var used = 0
    private(set) var waitingCount = 0
    private var starts = 0
    private var lines: [Line]

    /// One lane's deliveries; taken ones are passed over and dropped together, so that a start moves nothing.
    private struct Line: Sendable {
        var items: [ReadyList.Waiting] = []
        var head = 0

        var first: ReadyList.Waiting? { head < items.count ? items[head] : nil }

        mutating func removeFirst() {
            head += 1
            guard head == items.count || head >= 256 else { return }
            items.removeFirst(head)
            head = 0
        }
    }

    init(slots: Int) {
        self.slots = max(0, slots)
        lines = Array(repeating: Line(), count: Priority.allCases.count)
    }

    var oldest: Instant? { lines.compactMap(\.first?.since).min() }

    mutating func arrived(_ item: ReadyList.Waiting) {
        lines[Int(item.lane.priority.rawValue)].items.append(item)
        waitingCount += 1
    }

    mutating func startNext() -> ReadyList.Waiting? {
        guard used < slots, waitingCount > 0 else { return nil }
        let isFairTurn = (starts + 1) % ReadyList.fairnessInterval == 0
        var chosen: (place: Int, item: ReadyList.Waiting)?
        for place in lines.indices {
            guard let first = lines[place].first else { continue }
            if let chosen, !isFairTurn || chosen.item.since <= first.since { continue }
            chosen = (place, first)
            if !isFairTurn { break }
        }
        guard let chosen else { return nil }
        lines[chosen.place].removeFirst()
        waitingCount -= 1
        starts += 1
        used += 1
        return chosen.item
    }

    mutating func ended() {
        precondition(used > 0, "a slot that nobody uses cannot become free")
        used -= 1
    }

    mutating func take(where matches: (ReadyList.Waiting) -> Bool) -> [ReadyList.Waiting] {
        var taken: [ReadyList.Waiting] = []
        for place in lines.indices {
            let items = lines[place].items[lines[place].head...]
            guard items.contains(where: matches) else { continue }
            taken += items.filter(matches)
            lines[place] = Line(items: items.filter { !matches($0) })
        }
        waitingCount -= taken.count
        return taken
    }
}
