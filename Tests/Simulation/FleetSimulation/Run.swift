import Domain
import MemoryAdapters

/// One story, played to its end and judged.
package struct Run {
    package let story: Story
    package let defect: Defect?
    package let violations: [Violation]
    package let sights: [Journal.Sight: Int]
    package let lines: [String]
    /// Equal runs have equal fingerprints.
    package let fingerprint: UInt64
    package let length: Duration
    package let steps: Int

    package var isGood: Bool { violations.isEmpty }

    /// Whatever happens, a run is over by then: no step of the fleet waits longer.
    static let lengthMax: Duration = .seconds(1800)

    /// Plays a story; `isRead` keeps its lines.
    package init(_ story: Story, defect: Defect? = nil, isRead: Bool = false) {
        let world = World(story, defect: defect, isRead: isRead)
        self.story = story
        self.defect = defect
        steps = world.play()
        violations = world.journal.violations
        sights = world.journal.sights
        lines = world.journal.lines
        fingerprint = world.fingerprint
        length = world.now
        world.fallApart()
    }
}

extension World {
    /// Builds the fleet, plays every turn, and goes on until nothing is left to do.
    func play() -> Int {
        build()
        var steps = 0
        var looked = Duration.zero
        let end = (story.turns.map { $0.at + $0.span } + story.jobs.map { $0.at + $0.delay }).max() ?? .zero
        while now < Run.lengthMax, step() {
            steps += 1
            if steps % 1000 == 0, now < end { olderLeases = steps % 8000 == 0 ? leases : olderLeases ?? leases }
            guard now > max(end, looked), journal.violations.isEmpty else {
                if !journal.violations.isEmpty { break }
                continue
            }
            looked = now + .seconds(1)
            if isQuiet { break }
        }
        if journal.violations.isEmpty { judgeTheEnd() }
        return steps
    }

    private func build() {
        for place in 0..<story.olts {
            let entry = OLTEntry(
                name: "olt-\(place)",
                address: DeviceAddress(host: "127.0.0.\(place + 1)"),
                version: .v2c,
                profile: "huawei",
                limits: DeviceLimits()
            )
            guard let olt = try? record.addOLT(entry, seal: { _ in SealedCredentials(bytes: [], revision: 1) }) else { continue }
            devices.append(SimDevice(self, place: place, olt: olt.id))
        }
        declare()
        orchestrators = (0..<story.orchestrators).map { SimOrchestrator(self, "orchestrator-\($0 + 1)") }
        workers = (0..<story.workers).map { SimWorker(self, "worker-\($0 + 1)") }
        let client = SimClient(self, "client")
        self.client = client
        for process in everybody { process.start() }
        for job in story.jobs {
            jobs[job.id] = job
            client.ask(for: job)
        }
        for turn in story.turns { schedule(after: turn.at) { [weak self] in self?.play(turn) } }
    }

    /// Whether everything has ended and nothing lies anywhere.
    var isQuiet: Bool {
        let counts = record.stateCounts()
        let isOpen = counts.contains { !$0.key.isTerminal && $0.value > 0 }
        return !isOpen && isUnplanned && broker.isEmptyButBeats && journal.accepted.count == story.jobs.count
            && workers.allSatisfy(\.isIdle)
    }

    // MARK: The end

    private func judgeTheEnd() {
        let rows = record.rows
        let buried = Set(record.allLetters.filter { $0.task == nil }.compactMap { $0.body.flatMap(TaskID.init(spelled:)) })
        for job in story.jobs where !journal.accepted.contains(job.id) { violated(.i3, "\(job.id) was never accepted") }
        for task in journal.accepted.sorted() where record.row(task) == nil && !buried.contains(task) {
            violated(.i1, "\(task) was accepted and is not there")
        }
        for row in rows where !row.state.isTerminal {
            let number = row.number.map { " under \($0)" } ?? ""
            violated(
                .i3,
                "\(row.id) is \(row.state.word)\(number), watched \(row.watchFrom != nil), due \((row.dueAt - Self.begin).inSeconds)"
            )
        }
        guard journal.violations.isEmpty else { return }
        for row in rows where journal.ends[row.id] != 1 { violated(.i2, "\(row.id) ended \(journal.ends[row.id] ?? 0) times") }
        for row in rows where row.attempt > row.admitted.maxAttempts {
            violated(.i19, "\(row.id) had attempt \(row.attempt) of \(row.admitted.maxAttempts)")
        }
        judgeLetters(rows)
        judgeQuotas()
        if record.heldKeys > 0 { violated(.i13, "\(record.heldKeys) keys are held by nobody's number") }
        if !broker.isEmptyButBeats { violated(.i13, "messages are left: \(broker.tasksAbout.count) of tasks") }
        if !workers.allSatisfy(\.isIdle) { violated(.i13, "workers have deliveries in hand") }
    }

    private func judgeLetters(_ rows: [TaskRow]) {
        let letters = record.allLetters
        // A draft that the broker gave up ends as a letter of its own.
        for letter in letters where letter.task == nil && letter.body.flatMap(TaskID.init(spelled:)) == nil {
            violated(.i12, "letter \(letter.id) is of no task: \(letter.message)")
        }
        let byTask = Dictionary(grouping: letters, by: \.task)
        for row in rows {
            let count = byTask[row.id, default: []].count
            if count != (row.state == .dead ? 1 : 0) { violated(.i12, "\(row.id) is \(row.state.word) and has \(count) letters") }
        }
        let retried = rows.compactMap { row in row.admitted.retryOf.map { (dead: $0, as: row.id) } }
        for (dead, again) in Dictionary(grouping: retried, by: \.dead) {
            guard again.count == 1, byTask[dead]?.first?.retriedAs == again.first?.as else {
                violated(
                    .i12,
                    "\(dead) was tried again as \(again.count) tasks, its letter says \(byTask[dead]?.first?.state.rawValue ?? "")"
                )
                continue
            }
        }
    }

    /// Lets go of everything: its parts hold one another.
    func fallApart() {
        for process in everybody { process.end() }
        owners = [:]
        orchestrators = []
        workers = []
        client = nil
    }
}

extension TaskID {
    fileprivate init?(spelled bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        self.init(text)
    }
}
