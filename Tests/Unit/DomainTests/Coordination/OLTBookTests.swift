import Domain
import Testing

@Suite("The book of an OLT", .timeLimit(.minutes(1)))
struct OLTBookTests {
    private let begin = BookStage.begin
    private let hour: Duration = .seconds(3600)
    private static let four = [
        DeclaredOperation(.discovery, cadence: .perPeriod(4)), DeclaredOperation(.get(.status), cadence: .perPeriod(12)),
        DeclaredOperation(.get(.optics), cadence: .perPeriod(2)), DeclaredOperation(.get(.distance), cadence: .perPeriod(1)),
    ]

    // MARK: The plain course

    @Test("a healthy OLT is asked exactly as often as was declared, hour by hour, one at a time")
    func healthy() {
        var stage = BookStage(Self.four)
        stage.play(until: begin + hour * 5 + .seconds(120))

        #expect(stage.closed.count == 5)
        for closed in stage.closed {
            #expect(closed.trackers.map(\.required) == [4, 12, 2, 1])
            #expect(closed.trackers.allSatisfy { $0.completed >= $0.required && $0.status == .completed }, "\(closed.trackers)")
            #expect(closed.status == .completed)
        }
        #expect(stage.violations.isEmpty)
        #expect(Set(stage.ledger.map(\.number)).count == stage.ledger.count)
    }

    @Test("slots of one plan never overlap, and discovery comes before the gets of an OLT that was never discovered")
    func firstPlan() throws {
        var stage = BookStage(Self.four)
        stage.attend()

        let slots = try #require(stage.current).slots
        #expect(slots.count == 19)
        #expect(slots.first?.operation == .discovery)
        for (one, next) in zip(slots, slots.dropFirst()) { #expect(one.at + one.predicted <= next.at) }
        #expect(slots.filter { $0.operation == .discovery }.map(\.at).min().map { $0 - begin <= .seconds(60) } == true)
    }

    @Test("attending again changes nothing")
    func idempotent() {
        var stage = BookStage(Self.four)
        stage.attend()
        let before = stage.book

        let change = stage.attend()

        #expect(change == BookChange())
        #expect(stage.book == before)
    }

    @Test("an OLT that is entered in the middle of a period owes the rest of it only")
    func lateComer() throws {
        var stage = BookStage([DeclaredOperation(.get(.status), cadence: .perPeriod(60))], at: begin + .seconds(1800))
        stage.attend()

        #expect(try #require(stage.current?.trackers.first).required == 30)
    }

    @Test("what was away over the end of a period closes it once, with its violation")
    func downtime() {
        var stage = BookStage(Self.four)
        stage.play(until: begin + .seconds(900))
        stage.tasks = [:]
        stage.now = begin + hour * 3 + .seconds(10)
        stage.attend()
        stage.attend()

        #expect(stage.violations.count == 1)
        #expect(stage.closed.count == 1)
        #expect(stage.current?.period.start == begin + hour * 3)
    }

    @Test("a clock that goes back into a period that was judged opens no second one: the plan comes when that period is over")
    func clockBack() {
        var stage = BookStage(Self.four)
        stage.play(until: begin + .seconds(1800)) { _ in nil }
        stage.tasks = [:]
        stage.now = begin + hour + .seconds(10)
        stage.attend()
        stage.now = begin + hour + .seconds(70)
        stage.declare(isEnabled: false)
        stage.attend()
        stage.now = begin + hour * 2 + .seconds(70)
        stage.attend()
        #expect(stage.book.periods.isEmpty)

        stage.now = begin + hour + .seconds(600)
        stage.declare(isEnabled: true)
        stage.attend()
        #expect(stage.book.periods.isEmpty)
        #expect(stage.book.wakeAt == begin + hour * 2)
        stage.now = begin + hour * 2
        stage.attend()

        #expect(stage.current?.period.start == begin + hour * 2)
        #expect(Set(stage.closed.map(\.period)).count == stage.closed.count)
    }

    // MARK: Changes

    @Test("an operation that is disabled is cancelled, leaves the plan, and owes no more than it had to do before")
    func operationDisabled() throws {
        var stage = BookStage(Self.four)
        stage.play(until: begin + .seconds(1800)) { $0.operation == .get(.status) ? nil : .succeeded }
        let waiting = stage.tasks.values.filter { $0.operation == .get(.status) }.map(\.task.id)
        #expect(waiting.count == 1)

        stage.declare(Self.four.map { DeclaredOperation($0.type, isEnabled: $0.type != .get(.status), cadence: $0.cadence) })
        let change = stage.attend()

        #expect(change.cancelled == waiting)
        #expect(stage.kinds().contains(.taskRemoved))
        #expect(change.superseded.first?.status == .superseded)
        let current = try #require(stage.current)
        #expect(!current.slots.contains { $0.operation == .get(.status) && $0.state == .pending })
        #expect(try #require(current.tracker(.get(.status))).required <= 6)
    }

    @Test("an interval that changes mid-period is owed in proportion")
    func interval() throws {
        var stage = BookStage([DeclaredOperation(.get(.status), cadence: .perPeriod(12))])
        stage.play(until: begin + .seconds(1800))

        stage.declare([DeclaredOperation(.get(.status), cadence: .perPeriod(60))])
        stage.attend()

        let tracker = try #require(stage.current?.tracker(.get(.status)))
        #expect((35...37).contains(tracker.required), "\(tracker)")
        #expect(stage.kinds().contains(.taskIntervalChanged))
        stage.play(until: begin + hour + .seconds(120))
        #expect(stage.violations.isEmpty)
    }

    @Test("a disabled OLT is cancelled whole, blamed for nothing, and its lease is told free when it is")
    func disabled() throws {
        var stage = BookStage(Self.four)
        stage.play(until: begin + .seconds(1200)) { _ in nil }
        stage.leaseIsHeld = true
        stage.declare(isEnabled: false)

        let change = stage.attend()

        #expect(change.cancelsAll)
        #expect(stage.kinds().suffix(2) == [.oltDisabled, .executionAborted])
        #expect(try #require(stage.current).trackers.allSatisfy { $0.status == .interrupted })
        #expect(stage.current?.status == .aborted)
        stage.now = stage.now + .seconds(1)
        stage.attend()
        #expect(!stage.kinds().contains(.leaseCleared))
        stage.leaseIsHeld = false
        stage.now = stage.now + .seconds(1)
        stage.attend()
        #expect(stage.kinds().last == .leaseCleared)
        stage.now = begin + hour * 2
        stage.attend()
        #expect(stage.violations.isEmpty)
        #expect(stage.book.wakeAt > begin + hour * 24)
    }

    @Test("a lease is told free once somebody has asked for it, not in the turn that disables its OLT")
    func leaseNotAsked() {
        var stage = BookStage(Self.four)
        stage.attend()
        stage.declare(isEnabled: false)
        stage.attend()
        #expect(!stage.kinds().contains(.leaseCleared))

        stage.now = stage.now + .seconds(1)
        stage.attend()

        #expect(stage.kinds().last == .leaseCleared)
    }

    @Test("an OLT that is enabled again is discovered soon and owes the rest of the period")
    func enabledAgain() throws {
        var stage = BookStage(Self.four)
        stage.play(until: begin + .seconds(600))
        stage.declare(isEnabled: false)
        stage.attend()
        stage.tasks = [:]
        stage.now = begin + .seconds(1800)
        stage.declare(isEnabled: true)

        stage.attend()

        let current = try #require(stage.current)
        #expect(current.status == .active)
        #expect(current.slots.contains { $0.operation == .discovery && $0.at >= stage.now && $0.at - stage.now <= .seconds(60) })
        stage.play(until: begin + hour + .seconds(120))
        #expect(stage.violations.isEmpty, "\(stage.violations)")
    }

    // MARK: Failures

    @Test("three failures in a row suspend the OLT until a probe is answered; then the rest of the period is laid out anew")
    func emergency() throws {
        var stage = BookStage(Self.four)
        stage.play(until: begin + .seconds(600))
        var silent = true
        stage.play(until: begin + .seconds(1500)) { task in
            guard silent else { return .succeeded }
            return task.operation == nil ? .failed(error: "device_silent", isFinal: false) : .failed(error: "device_silent", isFinal: false)
        }
        #expect(stage.kinds().contains(.emergencyReplan))
        #expect(stage.book.condition.suspendedAt != nil)
        #expect(stage.book.condition.outages.count == 1)
        #expect(try #require(stage.current).trackers.allSatisfy { !$0.isOwed || $0.risk?.contains("probe") == true })
        #expect(stage.tasks.values.map { $0.reference.purpose } == [.probe])

        silent = false
        stage.play(until: begin + hour + .seconds(200))

        #expect(stage.book.condition.suspendedAt == nil)
        #expect(stage.events.contains { $0.kind == .planAdjusted && $0.message.contains("answers again") })
        let closed = try #require(stage.closed.first)
        #expect(closed.trackers.allSatisfy { $0.completed >= $0.required }, "what was missed is packed into the rest: \(closed.trackers)")
    }

    @Test("an OLT that never answers eats no slots: three tries, then probes alone; the violation names the cause")
    func dead() throws {
        var stage = BookStage(Self.four)
        stage.play(until: begin + hour + .seconds(120)) { task in
            .failed(error: "device_silent", isFinal: task.operation == nil ? false : false)
        }

        #expect(stage.ledger.count { $0.verdict == .failed } == 3)
        let violation = try #require(stage.violations.first)
        #expect(violation.severity == .critical)
        #expect(violation.causes == [.unreachable])
    }

    @Test(
        "what was done before an OLT was disabled still counts when it is enabled without the operation, and when the operation comes back"
    )
    func enabledWithout() throws {
        var stage = BookStage(Self.four)
        stage.play(until: begin + .seconds(1200))
        let done = try #require(stage.current?.tracker(.get(.status))).completed
        #expect(done > 2)
        stage.declare(isEnabled: false)
        stage.attend()
        stage.declare(isEnabled: true, Self.four.filter { $0.type != .get(.status) })
        stage.attend()
        stage.declare(isEnabled: true, Self.four)
        stage.attend()

        let tracker = try #require(stage.current?.tracker(.get(.status)))
        #expect(tracker.completed == done)
        #expect(tracker.status == .inProgress)
    }

    @Test("while one of an operation is under way for long, its plan is not made anew again and again")
    func underWay() throws {
        var stage = BookStage([DeclaredOperation(.get(.status), cadence: .perPeriod(30))])
        stage.play(until: begin + .seconds(300))
        let before = try #require(stage.current).revision
        stage.play(until: begin + .seconds(1500)) { _ in nil }
        #expect(try #require(stage.current).revision == before)
        let task = try #require(stage.tasks.values.first)
        stage.finish(task, .succeeded)
        stage.attend()

        #expect(try #require(stage.current).revision == before + 1)
        #expect(try #require(stage.current?.trackers.first).skipped == 0)
    }

    @Test("a failed operation is packed in again while there is time")
    func packedAgain() throws {
        var stage = BookStage([DeclaredOperation(.discovery, cadence: .perPeriod(4))])
        var failures = 2
        stage.play(until: begin + hour + .seconds(120)) { _ in
            failures -= 1
            return failures >= 0 && failures != 0 ? .failed(error: "device_garbage", isFinal: true) : .succeeded
        }

        let closed = try #require(stage.closed.first)
        #expect(closed.tracker(.discovery)?.failed == 1)
        #expect(closed.tracker(.discovery)?.completed == 4)
        #expect(stage.violations.isEmpty)
    }

    @Test("what cannot fit is told in advance, gives way by rank, and is a violation with that cause")
    func overfull() throws {
        var stage = BookStage([
            DeclaredOperation(.discovery, cadence: .perPeriod(4)), DeclaredOperation(.get(.optics), cadence: .perPeriod(60)),
        ])
        stage.book.durations = [
            .discovery: DurationModel(mean: 600_000, ninetieth: 600_000, spread: 1, error: nil, runs: 9),
            .get(.optics): DurationModel(mean: 120_000, ninetieth: 120_000, spread: 1, error: nil, runs: 9),
        ]
        stage.attend()

        let tracker = try #require(stage.current?.tracker(.get(.optics)))
        #expect(tracker.skipped > 40)
        #expect(tracker.risk?.contains("longer than the period") == true)
        #expect(stage.current?.tracker(.discovery)?.skipped == 0)
        stage.play(until: begin + hour + .seconds(900), taking: .seconds(119)) { $0.operation == .discovery ? .succeeded : .succeeded }
        let violation = try #require(stage.violations.first)
        #expect(violation.causes.contains(.tooLittleTime))
    }

    @Test("time that is left over is used for what was skipped")
    func spareTime() throws {
        var stage = BookStage([DeclaredOperation(.get(.optics), cadence: .perPeriod(40))])
        stage.book.durations = [.get(.optics): DurationModel(mean: 200_000, ninetieth: 200_000, spread: 1, error: nil, runs: 9)]
        stage.attend()
        #expect(try #require(stage.current?.trackers.first).skipped > 10)

        stage.play(until: begin + hour + .seconds(300), taking: .seconds(30))

        let closed = try #require(stage.closed.first)
        #expect(try #require(closed.trackers.first).completed >= 32, "\(closed.trackers)")
    }

    // MARK: Quotas

    @Test("two of four discoveries are HIGH", arguments: [(0, "CRITICAL"), (1, "HIGH"), (2, "HIGH"), (3, "LOW"), (4, nil)])
    func severity(done: Int, expected: String?) throws {
        var stage = BookStage([DeclaredOperation(.discovery, cadence: .perPeriod(4))])
        var left = done
        stage.play(until: begin + hour + .seconds(120)) { _ in
            left -= 1
            return left >= 0 ? .succeeded : nil
        }
        for task in stage.tasks.values where task.task.deadline.map({ $0 <= stage.now }) == true { stage.finish(task, .ended(.expired)) }
        stage.attend()

        #expect(stage.violations.map(\.severity.rawValue) == (expected.map { [$0] } ?? []))
        #expect(stage.events.contains { $0.kind == .quotaViolation && $0.level == .critical } == (expected != nil))
    }

    @Test(
        "bounds of the severities",
        arguments: [
            (0.0, "CRITICAL"), (0.249, "CRITICAL"), (0.25, "HIGH"), (0.5, "HIGH"), (0.501, "MEDIUM"), (0.65, "MEDIUM"), (0.651, "LOW"),
            (0.799, "LOW"), (0.8, nil), (1.0, nil), (1.5, nil),
        ]
    )
    func bounds(completion: Double, expected: String?) {
        #expect(QuotaViolation.Severity(completion: completion)?.rawValue == expected)
    }

    @Test("gaps of the service are named as causes when they lie in the period")
    func gaps() throws {
        var stage = BookStage([DeclaredOperation(.discovery, cadence: .perPeriod(4))])
        stage.gaps = [
            ServiceGap(.noWorkers, from: begin + .seconds(100), until: begin + .seconds(3000)),
            ServiceGap(.noLeader, from: begin - .seconds(100), until: begin - .seconds(50)),
        ]
        stage.play(until: begin + hour + .seconds(120)) { _ in nil }

        #expect(try #require(stage.violations.first).causes == [.noWorkers])
    }

    @Test("an outcome that comes within the grace counts for its period; behind it for none")
    func grace() throws {
        for (late, counted) in [(Duration.seconds(30), true), (.seconds(90), false)] {
            var stage = BookStage([DeclaredOperation(.discovery, cadence: .perPeriod(1))])
            stage.play(until: begin + hour) { _ in nil }
            let task = try #require(stage.tasks.values.first { $0.task.dueAt < begin + hour })
            stage.play(until: begin + hour + late) { _ in nil }
            stage.finish(task, .succeeded)
            stage.play(until: begin + hour + .seconds(200)) { _ in nil }

            #expect(stage.closed.first?.trackers.first?.completed == (counted ? 1 : 0))
            #expect(stage.ledger.count == (counted ? 1 : 0))
            #expect(stage.violations.isEmpty == counted)
        }
    }

    // MARK: Anything

    @Test("whatever happens, counters are the ledger's, periods close once, and no task is made twice", arguments: 1...40)
    func anything(seed: Int) {
        var chance = Chance(seed: UInt64(seed))
        var stage = BookStage(Self.four)
        for _ in 0..<Int.random(in: 5...40, using: &chance) {
            switch Int.random(in: 0...7, using: &chance) {
            case 0: stage.declare(isEnabled: Bool.random(using: &chance))
            case 1:
                stage.declare(
                    isEnabled: stage.declaration.isEnabled,
                    Self.four.map {
                        DeclaredOperation(
                            $0.type,
                            isEnabled: Bool.random(using: &chance),
                            cadence: .perPeriod(.random(in: 1...30, using: &chance))
                        )
                    }
                )
            case 2: stage.now = stage.now + .seconds(Int.random(in: 0...9000, using: &chance))
            case 3: stage.now = stage.now - .seconds(Int.random(in: 0...300, using: &chance))
            default:
                let luck = Int.random(in: 0...100, using: &chance)
                let dice = chance
                var throwing = dice
                stage.play(
                    until: stage.now + .seconds(Int.random(in: 10...4000, using: &chance)),
                    taking: .seconds(Int.random(in: 1...200, using: &chance))
                ) { _ in
                    switch Int.random(in: 0...100, using: &throwing) {
                    case ..<luck: .succeeded
                    case ..<(luck + 10): nil
                    case ..<(luck + 20): .failed(error: "device_silent", isFinal: true)
                    default: .failed(error: "device_garbage", isFinal: Bool.random(using: &throwing))
                    }
                }
            }
        }

        #expect(Set(stage.closed.map(\.period)).count == stage.closed.count)
        for book in stage.closed + stage.book.periods {
            for tracker in book.trackers {
                let lines = stage.ledger.filter { $0.period == book.period.start && $0.operation == tracker.operation }
                #expect(tracker.completed == lines.count { $0.verdict == .completed })
                #expect(tracker.failed == lines.count { $0.verdict == .failed })
                #expect(tracker.required >= 0 && tracker.skipped >= 0)
            }
            #expect(Set(book.slots.map(\.id)).count == book.slots.count)
        }
        let missed = stage.closed.filter { book in
            book.trackers.contains { $0.status != .interrupted && $0.required > 0 && $0.completion < 0.8 }
        }
        #expect(missed.map(\.period) == stage.violations.map(\.period))
    }
}
