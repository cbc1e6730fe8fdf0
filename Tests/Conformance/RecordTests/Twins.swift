import Domain
import MemoryAdapters

/// The same random history in memory and on PostgreSQL: every answer is compared, and in the end every story.
///
/// Due times never tie, for the order of what is equally old is nobody's promise. Numbers are compared by the task they belong to.
struct Twins {
    /// What differed, with the steps that led to it.
    struct Difference: Error, CustomStringConvertible {
        let description: String
    }

    /// A number as each side knows it.
    struct Pair {
        let memory: DispatchedTask
        let postgres: DispatchedTask
    }

    private let memory: Bench
    private let postgres: Bench
    private var chance: SeededChance
    private var now: Timestamp
    /// Microseconds that make each due time one of its own.
    private var serial: Int64 = 0
    private var ids: [TaskID] = []
    private var admitted: [FleetTask] = []
    /// Every number that was given, the current ones last.
    private var numbers: [Pair] = []
    private var history: [String] = []

    private static let keys = ["olt:1", "olt:2", "k"]
    private static let priorities: [Priority] = [.high, .normal, .normal, .low]

    init(memory: Bench, postgres: Bench, seed: UInt64) {
        self.memory = memory
        self.postgres = postgres
        chance = SeededChance(seed: seed)
        now = Timestamp(microseconds: postgres.now.microseconds / 1_000_000 * 1_000_000)
    }

    mutating func run(steps: Int) async throws {
        for step in 0..<steps {
            now = now + .seconds(roll(10) == 0 ? 1 + roll(40) : 1)
            switch roll(26) {
            case 0..<5: try await admit()
            case 5..<10: try await dispatch()
            case 10..<15: try await record()
            case 15: try await confirm()
            case 16: try await notTaken()
            case 17: try await republish()
            case 18, 19: try await rescue()
            case 20: try await cancel()
            case 21: try await expire()
            case 22, 23: try await reprioritize()
            case 24: try await age()
            case 25: try await recall()
            default: try await giveUp()
            }
            if step % 20 == 0 { try await compareCounts() }
        }
        try await compareCounts()
        try await compareStories()
    }

    // MARK: Steps

    private mutating func admit() async throws {
        var tasks: [AdmittedTask] = []
        for _ in 0...roll(4) {
            if let old = admitted.randomElement(using: &chance), roll(8) == 0 {
                tasks.append(AdmittedTask(old, goesAtOnce: false, mayExist: true))
                continue
            }
            let key = roll(2) == 0 ? Self.keys[roll(3)] : nil
            let isLater = roll(4) == 0
            let task = memory.task(
                key: key,
                priority: Self.priorities[roll(4)],
                dueIn: (now - memory.now) + (isLater ? .seconds(1 + roll(30)) : .seconds(-roll(3))) - unique(),
                maxAttempts: 1 + roll(4),
                backoff: Backoff(base: .seconds(1), factor: 1, ceiling: .seconds(1)),
                id: TaskID(at: now, using: &chance),
                deadline: roll(6) == 0 ? now + .seconds(5 + roll(60)) + unique() : nil,
                claims: claims()
            )
            admitted.append(task)
            ids.append(task.id)
            tasks.append(AdmittedTask(task, goesAtOnce: key == nil && task.uniqueClaims.isEmpty && task.dueAt <= now && roll(2) == 0))
        }
        note("admit \(tasks.map { "\(name($0.task.id)) \($0.task.exclusionKey?.text ?? "-") \($0.task.priority)" })")
        let left = try await memory.tasks.admit(tasks, now: now)
        let right = try await postgres.tasks.admit(tasks, now: now)
        try expect(left.map(Self.word), right.map(Self.word), "admit")
        for (mine, theirs) in zip(left, right) {
            if case .queued(let mine) = mine, case .queued(let theirs) = theirs { numbers.append(Pair(memory: mine, postgres: theirs)) }
        }
    }

    /// Mostly none; else a name of its own, that of a request, or both.
    private mutating func claims() -> [UniqueClaim] {
        guard roll(4) == 0 else { return [] }
        var claims: [UniqueClaim] = []
        let until = now + .seconds(10 + roll(40)) + unique()
        if roll(3) > 0, let key = UniqueKey(.draft, "n\(roll(4))") { claims.append(UniqueClaim(key, until: roll(2) == 0 ? nil : until)) }
        if roll(2) == 0, let key = UniqueKey(.request, "r\(roll(3))") {
            claims.append(UniqueClaim(key, until: until, fingerprint: "f\(roll(2))"))
        }
        return claims
    }

    private mutating func dispatch() async throws {
        var room: [Lane: Int] = [:]
        for priority in [Priority.high, .normal, .low] { room[Lane(.general, priority)] = roll(5) }
        let limit = 1 + roll(8)
        let keyed = roll(8) > 0
        note("dispatch \(limit)\(keyed ? "" : " without keys")")
        let left = try await memory.tasks.dispatchDue(room: room, keyed: keyed, limit: limit, now: now)
        let right = try await postgres.tasks.dispatchDue(room: room, keyed: keyed, limit: limit, now: now)
        try expect(left.map(Self.plain), right.map(Self.plain), "dispatch")
        numbers += zip(left, right).map { Pair(memory: $0, postgres: $1) }
    }

    private mutating func record() async throws {
        var outcomes: [(memory: Outcome, postgres: Outcome)] = []
        var mayBeDueNow = true
        for _ in 0...roll(3) {
            guard let pair = someNumber() else { break }
            let verdict = verdict(pair, mayBeDueNow: &mayBeDueNow)
            let result: Payload = roll(2) == 0 ? [:] : ["rows": .number(Double(roll(9)))]
            outcomes.append(
                (
                    memory.outcome(pair.memory, verdict.memory, result: result, worker: "w-\(roll(3))"),
                    postgres.outcome(pair.postgres, verdict.postgres, result: result, worker: "w-0")
                )
            )
        }
        outcomes = outcomes.map { pair in
            (pair.memory, Self.like(pair.memory, number: pair.postgres.number, verdict: pair.postgres.verdict))
        }
        note("record \(outcomes.map { "\(name($0.memory.task)) \($0.memory.verdict.word)" })")
        let left = try await memory.tasks.record(outcomes.map(\.memory), judge: memory.judge, now: now)
        let right = try await postgres.tasks.record(outcomes.map(\.postgres), judge: memory.judge, now: now)
        try expect(Self.plain(left), Self.plain(right), "record")
    }

    private mutating func verdict(_ pair: Pair, mayBeDueNow: inout Bool) -> (memory: Verdict, postgres: Verdict) {
        let pause = Duration.seconds(1 + roll(20)) + unique()
        let isFree = mayBeDueNow
        func both(_ verdict: Verdict) -> (memory: Verdict, postgres: Verdict) { (verdict, verdict) }
        switch roll(13) {
        case 0..<3: return both(.succeeded)
        case 3, 4: return both(.failed(TaskFault("device_silent", "no answer", retryable: true, retryAfter: pause)))
        case 5: return both(.failed(Bench.final))
        case 6: return both(.deferred(Deferral(.handedBack, retryAfter: pause)))
        case 7: return both(.deferred(Deferral(.busy, retryAfter: pause)))
        case 8, 9: return both(.started)
        case 10:
            // Sometimes the key knows a higher number than the record.
            let above = Int64(roll(6) == 0 ? 7 : 0)
            let left: Duration? = roll(2) == 0 ? nil : .seconds(roll(20))
            func seen(_ task: DispatchedTask) -> Verdict {
                .seen(Seen(.granted, highest: DispatchNumber(task.number.value + above), leaseLeft: left))
            }
            return (seen(pair.memory), seen(pair.postgres))
        case 11 where isFree:
            mayBeDueNow = false
            return both(.interrupted(reason: "drain"))
        case 12 where isFree:
            mayBeDueNow = false
            return both(.suspect)
        default: return both(.deferred(Deferral(.notCapable, retryAfter: pause)))
        }
    }

    private mutating func confirm() async throws {
        let pairs = (0..<4).compactMap { _ in someNumber() }
        note("confirm \(pairs.map { name($0.memory.id) })")
        try await memory.tasks.published(pairs.map(\.memory.number), now: now)
        try await postgres.tasks.published(pairs.map(\.postgres.number), now: now)
    }

    private mutating func notTaken() async throws {
        guard let pair = someNumber() else { return }
        let dueAt = now + .seconds(roll(3)) + unique()
        note("not taken \(name(pair.memory.id))")
        try await memory.tasks.notTaken([pair.memory.number], reason: "full", dueAt: dueAt)
        try await postgres.tasks.notTaken([pair.postgres.number], reason: "full", dueAt: dueAt)
    }

    private mutating func republish() async throws {
        let before = now - .seconds(roll(20))
        note("republish")
        let left = try await memory.tasks.unpublished(before: before, limit: 1000, now: now)
        let right = try await postgres.tasks.unpublished(before: before, limit: 1000, now: now)
        try expect(Set(left.map(Self.plain)), Set(right.map(Self.plain)), "republish")
        try expect(try await memory.tasks.promoteForgotten(now: now), try await postgres.tasks.promoteForgotten(now: now), "forgotten")
    }

    private mutating func rescue() async throws {
        let left = try await memory.tasks.dueWatches(limit: 1000, now: now)
        let right = try await postgres.tasks.dueWatches(limit: 1000, now: now)
        try expect(Set(left.map(\.task)), Set(right.map(\.task)), "watches")
        guard let mine = left.randomElement(using: &chance), let theirs = right.first(where: { $0.task == mine.task }) else { return }
        let answer: VoidAnswer = [.held(for: .seconds(1 + roll(9))), .void(wasGranted: true), .void(wasGranted: false)][roll(3)]
        note("rescue \(name(mine.task)) \(answer)")
        let mySummary = try await memory.tasks.rescue([(watch: mine, answer: answer)], judge: memory.judge, now: now)
        let theirSummary = try await postgres.tasks.rescue([(watch: theirs, answer: answer)], judge: memory.judge, now: now)
        try expect(Self.plain(mySummary), Self.plain(theirSummary), "rescue")
    }

    /// The broker gives a message up.
    private mutating func giveUp() async throws {
        guard let pair = someNumber() else { return }
        let reason = roll(2) == 0 ? "delivery_limit" : "rejected"
        note("given up \(name(pair.memory.id)) \(reason)")
        func copy(_ task: DispatchedTask) -> DeadMessage {
            DeadMessage(task: task.id, number: task.number, reason: reason, firstQueue: "work", body: [1], contentType: nil)
        }
        let left = try await memory.letters.attachEvidence([copy(pair.memory)], now: now)
        let right = try await postgres.letters.attachEvidence([copy(pair.postgres)], now: now)
        try expect(left.map(\.task), right.map(\.task), "given up")
        guard let mine = left.first, let theirs = right.first else { return }
        let answer: VoidAnswer =
            mine.key == nil
            ? .void(wasGranted: true) : [.held(for: .seconds(1 + roll(9))), .void(wasGranted: true), .void(wasGranted: false)][roll(3)]
        let mySummary = try await memory.letters.charge([(mine, answer)], judge: memory.judge, now: now)
        let theirSummary = try await postgres.letters.charge([(theirs, answer)], judge: memory.judge, now: now)
        try expect(mySummary, theirSummary, "charge")
    }

    // MARK: Steering

    private mutating func cancel() async throws {
        let wanted = Set((0...roll(3)).compactMap { _ in ids.suffix(60).randomElement(using: &chance) })
        let ending = Ending(.cancelled, reason: "by hand")
        note("cancel \(wanted.map(name))")
        let left = try await memory.steering.end(Array(wanted), as: ending, now: now)
        let right = try await postgres.steering.end(Array(wanted), as: ending, now: now)
        try expect(Self.plain(left), Self.plain(right), "cancel")
    }

    private mutating func expire() async throws {
        note("expire")
        let left = try await memory.steering.endOverdue(limit: 1000, now: now)
        let right = try await postgres.steering.endOverdue(limit: 1000, now: now)
        try expect(Self.plain(left), Self.plain(right), "expire")
        let since = now - .seconds(30)
        try expect(
            Set(try await memory.steering.cancelledRuns(since: since).map(\.task)),
            Set(try await postgres.steering.cancelledRuns(since: since).map(\.task)),
            "cancelled runs"
        )
    }

    private mutating func reprioritize() async throws {
        guard let id = ids.suffix(60).randomElement(using: &chance) else { return }
        let priority = Self.priorities[roll(4)]
        note("move \(name(id)) to \(priority)")
        let left = try await memory.steering.reprioritize(id, to: priority, voided: nil, now: now)
        let right = try await postgres.steering.reprioritize(id, to: priority, voided: nil, now: now)
        try expect(Self.word(left), Self.word(right), "move")
        guard case .voidFirst(let mine, _) = left, case .voidFirst(let theirs, _) = right, roll(3) > 0 else { return }
        let leftAgain = try await memory.steering.reprioritize(id, to: priority, voided: mine, now: now)
        let rightAgain = try await postgres.steering.reprioritize(id, to: priority, voided: theirs, now: now)
        try expect(Self.word(leftAgain), Self.word(rightAgain), "move once void")
    }

    private mutating func age() async throws {
        note("age")
        let left = try await memory.steering.age(every: .seconds(40), limit: 1000, now: now)
        try expect(left, try await postgres.steering.age(every: .seconds(40), limit: 1000, now: now), "age")
    }

    private mutating func recall() async throws {
        note("recall")
        let left = try await memory.steering.recall(limit: 1000, now: now)
        try expect(left, try await postgres.steering.recall(limit: 1000, now: now), "recall")
    }

    // MARK: Comparing

    private func compareCounts() async throws {
        try expect(try await memory.tasks.stateCounts(), try await postgres.tasks.stateCounts(), "states")
        let left = try await memory.tasks.laneCounts(now: now)
        let right = try await postgres.tasks.laneCounts(now: now)
        try expect(left, right, "lanes")
        try expect(try await memory.letters.openLetters(), try await postgres.letters.openLetters(), "letters")
    }

    private func compareStories() async throws {
        for id in ids {
            let left = try await memory.tasks.task(id)
            let right = try await postgres.tasks.task(id)
            try expect(left.map(Self.plain), right.map(Self.plain), "the story of \(name(id))")
        }
    }

    private func expect<Value: Equatable>(_ left: Value, _ right: Value, _ what: String) throws {
        guard left != right else { return }
        throw Difference(
            description: """
                \(what) differs
                memory:   \(left)
                postgres: \(right)
                after:
                \(history.suffix(30).joined(separator: "\n"))
                """
        )
    }

    /// An answer without the number it may hold.
    private static func word(_ answer: AdmissionAnswer) -> String {
        if case .queued(let task) = answer { return "queued \(task.id)" }
        return "\(answer)"
    }

    /// A summary without numbers, which each backend draws for itself.
    private static func plain(_ summary: RecordSummary) -> String {
        var counts = summary
        counts.ends = []
        counts.left = [:]
        let left = summary.left.map { "\($0.key) \($0.value)" }.sorted()
        let ends = summary.ends.map { end in
            "\(end.task) \(end.attempt) \(end.state) \(end.outcome ?? "") \(end.errorClass ?? "") \(end.finishedAt) \(end.number == nil)"
        }
        return "\(counts) \(left) \(ends.sorted())"
    }

    /// A report without numbers, whose lists are in no order.
    private static func plain(_ report: EndingReport) -> String {
        let answers = report.answers.map { "\($0.key) \($0.value)" }.sorted()
        let orders = report.orders.map { "\($0.task) \($0.reason)" }.sorted()
        return "\(answers) \(orders) \(plain(report.summary))"
    }

    private static func word(_ answer: MoveAnswer) -> String {
        switch answer {
        case .moved(let left, let lane): "moved \(left?.task as Any) \(lane as Any)"
        case .voidFirst(_, let key): "void \(key)"
        case .running, .ended, .unknown: "\(answer)"
        }
    }

    private static func plain(_ task: DispatchedTask) -> DispatchedTask {
        DispatchedTask(
            id: task.id,
            number: DispatchNumber(0),
            attempt: task.attempt,
            maxAttempts: task.maxAttempts,
            kind: task.kind,
            payload: task.payload,
            priority: task.priority,
            taskClass: task.taskClass,
            exclusionKey: task.exclusionKey,
            timeout: task.timeout,
            device: task.device,
            timeLeft: task.timeLeft,
            traceParent: task.traceParent
        )
    }

    private static func plain(_ story: TaskStory) -> String {
        let runs = story.runs.map {
            "\($0.attempt) \($0.worker) \($0.startedAt as Any) \($0.finishedAt) \($0.outcome) \($0.fault as Any)"
        }
        return """
            \(story.state) \(story.attempt) \(story.task.deadline as Any) \(story.task.uniqueClaims) due \(story.task.dueAt) \(story.task.priority) started \(story.startedAt as Any) \
            finished \(story.finishedAt as Any) \(story.worker as Any) \(story.result as Any) \(story.fault as Any) \
            \(story.waitingBecause as Any) \(runs)
            """
    }

    private static func like(_ outcome: Outcome, number: DispatchNumber, verdict: Verdict) -> Outcome {
        Outcome(
            task: outcome.task,
            number: number,
            attempt: outcome.attempt,
            worker: outcome.worker,
            run: outcome.run,
            verdict: verdict,
            startedAt: outcome.startedAt,
            finishedAt: outcome.finishedAt,
            result: outcome.result
        )
    }

    // MARK: Chance

    private mutating func roll(_ count: Int) -> Int { Int.random(in: 0..<count, using: &chance) }

    private mutating func unique() -> Duration {
        serial += 1
        return .microseconds(serial)
    }

    /// Mostly one of the latest numbers.
    private mutating func someNumber() -> Pair? {
        roll(4) == 0 ? numbers.randomElement(using: &chance) : numbers.suffix(12).randomElement(using: &chance)
    }

    private func name(_ id: TaskID) -> String { ids.firstIndex(of: id).map { "t\($0)" } ?? "\(id)" }

    private mutating func note(_ step: String) { history.append("\(now) \(step)") }
}
