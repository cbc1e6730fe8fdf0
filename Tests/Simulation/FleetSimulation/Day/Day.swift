import Domain
import MemoryAdapters
import Synchronization

/// A day in virtual time: the coordinator's books over the memory record, a fleet that takes leases, devices with an account of their own.
///
/// One thread, one queue, seeded dice: a day replays exactly.
package final class Day {
    static let begin = Timestamp(microseconds: 1_800_000_000_000_000)

    private let settings: DaySettings
    private let origin = ContinuousClock.now
    private var queue = EventQueue()
    private var chance: SeededChance
    private(set) var now: Duration = .zero
    var record = RecordModel()
    var report = DayReport()
    private var leases = LeaseBook()
    private var network: DayNetwork
    private var leaders: [DayLeader] = []
    private let olts: [OLTID]
    private let judge = OutcomeJudge(settings: OutcomeJudge.Settings())
    private var freeSlots: Int
    private var waiting: [DispatchedTask] = []
    /// What ends a run early.
    private var running: [DispatchNumber: (DispatchedTask, RunToken, startedAt: Timestamp)] = [:]
    private(set) var news: Set<OLTID> = []
    /// Those that operators touched, for good.
    private var changed: Set<OLTID> = []

    package init(_ settings: DaySettings) {
        self.settings = settings
        chance = SeededChance(seed: settings.seed)
        freeSlots = settings.slots
        var record = RecordModel()
        var olts: [OLTID] = []
        for place in 1...settings.olts {
            let entry = OLTEntry(
                name: "olt-\(place)",
                address: DeviceAddress(host: "10.\(place / 65_536).\(place / 256 % 256).\(place % 256)"),
                version: .v2c,
                profile: "huawei",
                limits: DeviceLimits()
            )
            guard let olt = try? record.addOLT(entry, seal: { _ in SealedCredentials(bytes: [], revision: 1) }) else {
                preconditionFailure("an OLT cannot be entered")
            }
            _ = record.declare(settings.operations, of: olt.id)
            olts.append(olt.id)
        }
        self.olts = olts
        self.record = record
        network = DayNetwork(settings, olts: olts)
        _ = leases.begin()
        leaders = (1...3).map { DayLeader($0, now: origin) }
        news = Set(olts)
    }

    var instant: Instant { origin + now }
    var wall: Timestamp { Self.begin + now }

    /// Plays the day and judges it.
    package func play() -> DayReport {
        every(.seconds(1), from: .zero) { day in for leader in day.leaders { leader.step(day) } }
        every(.seconds(1), from: .milliseconds(500)) { $0.dispatch() }
        every(.seconds(3600), from: .seconds(1800)) { $0.killLeader() }
        every(.seconds(3600), from: .seconds(2700)) { $0.freezeLeader() }
        if settings.changes > 0 { every(.seconds(3600) / settings.changes, from: .seconds(90)) { $0.change() } }
        every(.seconds(5), from: .seconds(2)) { $0.expire() }
        every(.seconds(600), from: .seconds(599)) { $0.record.forgetEnded() }
        let end = Duration.seconds(3600 * settings.hours) + settings.rules.grace + .seconds(30)
        while let next = queue.removeFirst(), next.at <= end {
            now = next.at
            next.body()
        }
        DayJudge(settings: settings, record: record, network: network, olts: olts, changed: changed).judge(&report)
        return report
    }

    private func every(_ span: Duration, from start: Duration, _ body: @escaping (Day) -> Void) {
        queue.add(at: start) { [unowned self] in
            body(self)
            every(span, from: start + span, body)
        }
    }

    private func after(_ span: Duration, _ body: @escaping () -> Void) { queue.add(at: now + span, body) }

    // MARK: The coordinator

    func takeNews() -> Set<OLTID> {
        defer { news = [] }
        return news
    }

    /// What `CoordinatorReign` does in a turn.
    func turn(under term: Term, news: Set<OLTID>) {
        do throws(RecordError) {
            try attend(Array(news).sorted(), held: [], term)
            while true {
                let due = record.dueBooks(limit: 500, now: wall)
                guard !due.isEmpty else { break }
                let held = due.filter { $0.awaitsLease && isLeased($0.olt) }.map(\.olt)
                try attend(due.map(\.olt), held: Set(held), term)
            }
            _ = try record.noteTick(CoordinatorTick(term: term, holder: "day", at: wall, took: .zero, olts: 0))
        } catch {
            report.refusedTurns += 1
            self.news.formUnion(news)
        }
    }

    private func attend(_ olts: [OLTID], held: Set<OLTID>, _ term: Term) throws(RecordError) {
        guard !olts.isEmpty else { return }
        var dice = chance
        let wall = wall
        let ids = DayIDs(first: dice.next())
        chance = dice
        let attended = try record.attend(
            Attendance(olts: olts, heldLeases: held, rules: settings.rules, term: term, makeID: { ids.next(at: wall) }, now: wall)
        )
        report.emergencies += attended.events.count { $0.kind == .emergencyReplan }
        for order in attended.endings.orders { stop(order) }
    }

    private func isLeased(_ olt: OLTID) -> Bool {
        guard let key = ExclusionKey(olt.description) else { return false }
        return leases.lease(key, now: instant) != nil
    }

    // MARK: The fleet

    private func dispatch() {
        let lane = Lane(.network, .normal)
        waiting += record.dispatchDue(room: [lane: 10_000], keyed: true, limit: 10_000, now: wall)
        while freeSlots > 0, !waiting.isEmpty { start(waiting.removeFirst()) }
    }

    private func start(_ task: DispatchedTask) {
        let run = RunToken(using: &chance)
        guard let olt = olt(of: task) else { return }
        let operation = task.kind == "snmp.probe" ? nil : Self.operation(of: task)
        if let key = task.exclusionKey {
            guard case .granted = leases.take(key, task.number, run: run, span: .seconds(86_400), quietGap: .zero, now: instant) else {
                let deferral = Deferral(.busy, retryAfter: .seconds(5))
                return tell(Outcome(task, run, .deferred(deferral), startedAt: nil, finishedAt: wall))
            }
        }
        freeSlots -= 1
        let startedAt = wall
        running[task.number] = (task, run, startedAt)
        if operation != nil { report.operations += 1 } else { report.probes += 1 }
        let takes = operation.map { network.begin(olt, $0) } ?? network.probe(olt)
        after(takes) { [unowned self] in
            guard running.removeValue(forKey: task.number) != nil else { return }
            let isDead = network.dead.contains(olt)
            let fault = TaskFault("device_silent", "it does not answer", retryable: true)
            leave(task, run, olt)
            if !isDead, let operation, let period = plannedPeriod(of: task), wall < period + settings.rules.period + settings.rules.grace {
                network.succeed(olt, operation, in: period)
            }
            tell(Outcome(task, run, isDead ? .failed(fault) : .succeeded, startedAt: startedAt, finishedAt: wall))
        }
    }

    private func leave(_ task: DispatchedTask, _ run: RunToken, _ olt: OLTID) {
        freeSlots += 1
        guard let key = task.exclusionKey else { return }
        network.end(olt)
        _ = leases.release(key, task.number, run: run, clean: true, now: instant)
    }

    /// A cancelled run stops within three seconds; one that has not begun hands its message back.
    private func stop(_ order: CancelledRun) {
        after(.milliseconds(Int.random(in: 10...3000, using: &chance))) { [unowned self] in
            guard let number = order.number, let (task, run, startedAt) = running.removeValue(forKey: number) else {
                guard let place = waiting.firstIndex(where: { $0.number == order.number }) else { return }
                let task = waiting.remove(at: place)
                let deferral = Deferral(.busy, retryAfter: .zero)
                return tell(Outcome(task, RunToken(using: &chance), .deferred(deferral), startedAt: nil, finishedAt: wall))
            }
            if let olt = olt(of: task) { leave(task, run, olt) }
            tell(Outcome(task, run, .interrupted(reason: order.reason), startedAt: startedAt, finishedAt: wall))
        }
    }

    private func tell(_ outcome: Outcome) {
        _ = record.record([outcome], judge: judge, now: wall, using: &chance)
    }

    private func expire() {
        let report = record.endOverdue(limit: 10_000, now: wall)
        for order in report.orders { stop(order) }
    }

    private func olt(of task: DispatchedTask) -> OLTID? { task.payload["olt"]?.text.flatMap { Int64($0) }.map(OLTID.init) }

    private static func operation(of task: DispatchedTask) -> String {
        guard case .list(let columns)? = task.payload["columns"], let column = columns.first?.text else { return "discovery" }
        return "get.\(column)"
    }

    private func plannedPeriod(of task: DispatchedTask) -> Timestamp? { record.plannedPeriod(of: task.id) }

    // MARK: What happens to them

    private func killLeader() {
        guard let leader = leaders.first(where: { $0.leads(at: instant) }) else { return }
        leader.restart(at: instant, asleepUntil: now + .seconds(Int.random(in: 5...90, using: &chance)))
    }

    private func freezeLeader() {
        guard let leader = leaders.first(where: { $0.leads(at: instant) }) else { return }
        leader.freeze(until: now + .seconds(Int.random(in: 9...40, using: &chance)), at: instant)
    }

    /// One step of an operator.
    private func change() {
        guard let olt = olts.randomElement(using: &chance) else { return }
        changed.insert(olt)
        report.changes += 1
        switch Int.random(in: 0..<3, using: &chance) {
        case 0:
            enable(olt, false)
            after(.seconds(Int.random(in: 5...1800, using: &chance))) { [unowned self] in enable(olt, true) }
        case 1:
            let operation = DeclaredOperation(.get(.status), isEnabled: Bool.random(using: &chance), cadence: .perPeriod(4))
            _ = record.declare([operation], of: olt)
        default:
            let operation = DeclaredOperation(.get(.optics), cadence: .perPeriod(Int.random(in: 1...12, using: &chance)))
            _ = record.declare([operation], of: olt)
        }
        news.insert(olt)
    }

    private func enable(_ olt: OLTID, _ isEnabled: Bool) {
        var change = OLTChange()
        change.isEnabled = isEnabled
        _ = try? record.changeOLT("\(olt.value)", change)
        news.insert(olt)
    }
}

/// Ids one after the other.
private final class DayIDs: Sendable {
    private let place: Mutex<UInt64>

    init(first: UInt64) {
        place = Mutex(first)
    }

    func next(at time: Timestamp) -> TaskID {
        let seed = place.withLock { place in
            place &+= 1
            return place
        }
        var chance = SeededChance(seed: seed)
        return TaskID(at: time, using: &chance)
    }
}

extension Outcome {
    fileprivate init(_ task: DispatchedTask, _ run: RunToken, _ verdict: Verdict, startedAt: Timestamp?, finishedAt: Timestamp) {
        self.init(
            task: task.id,
            number: task.number,
            attempt: task.attempt,
            worker: WorkerID("day"),
            run: run,
            verdict: verdict,
            startedAt: startedAt,
            finishedAt: finishedAt
        )
    }
}
