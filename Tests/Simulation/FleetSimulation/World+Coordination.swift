import Domain
import MemoryAdapters
import Synchronization

/// What operators declare, what planned tasks do, and what the checks look at.
extension World {
    private static let often = DeclaredOperation(.discovery, cadence: .perPeriod(1))
    private static let status = DeclaredOperation(.get(.status), cadence: .perPeriod(2))

    // MARK: Operators

    /// Every OLT is asked on a schedule until it is not wanted any more, so that the run comes to rest.
    func declare() {
        for device in devices { _ = record.declare([Self.often, Self.status], of: device.olt) }
        schedule(after: settings.plannedFor) { [weak self] in
            guard let self else { return }
            write("--- every OLT is disabled")
            for device in devices { enable(device.olt, false) }
        }
    }

    private func enable(_ olt: OLTID, _ isEnabled: Bool) {
        var change = OLTChange()
        change.isEnabled = isEnabled
        _ = try? record.changeOLT("\(olt.value)", change)
    }

    func declare(_ turn: Story.Turn) {
        guard now < settings.plannedFor else { return }
        let olt = devices[turn.target % devices.count].olt
        switch (turn.act, turn.target % 4) {
        case (.disableOLT, _):
            enable(olt, false)
            schedule(after: turn.span) { [weak self] in
                guard let self, now < settings.plannedFor else { return }
                enable(olt, true)
            }
        case (_, 0): _ = record.undeclare([.get(.status)], of: olt)
        case (_, 1): _ = record.declare([DeclaredOperation(.get(.status), cadence: .perPeriod(3))], of: olt)
        case (_, 2): _ = record.declare([DeclaredOperation(.get(.optics), cadence: .every(.seconds(17)))], of: olt)
        default: _ = record.declare([Self.often, Self.status], of: olt)
        }
    }

    /// Nothing is planned, and every period is closed.
    var isUnplanned: Bool {
        record.coordination.books.values.allSatisfy { $0.periods.isEmpty && !$0.basis.isEnabled && $0.condition.awaitsLeaseSince == nil }
            && now > max(settings.plannedFor, takenAt + .seconds(10))
    }

    // MARK: Work

    /// What a task of the coordinator asks of its OLT; one that tries a dead one again does the same.
    func planned(_ task: TaskID) -> (device: SimDevice, isProbe: Bool)? {
        guard let row = record.row(task), let device = devices.first(where: { $0.olt == row.admitted.olt }) else { return nil }
        return (device, row.admitted.kind == "snmp.probe")
    }

    // MARK: Terms

    /// Somebody became the leader.
    func tookOver(_ term: Term, _ holder: String) {
        write("\(holder) leads, term \(term)")
        journal.saw(.tookOver)
        if let last = journal.leaders.keys.max(), term <= last { violated(.i16, "\(holder) leads under \(term) after \(last)") }
        journal.leaders[term] = holder
    }

    /// The term that a transaction looks for; the defect: whoever leads, it is written.
    func written(_ term: Term, in record: RecordModel) -> Term {
        defect == .writtenWithoutTerm ? record.leaders.look(.coordinator)?.term ?? term : term
    }

    /// One transaction of the coordinator; `nil`: its term is over.
    func coordinated<Answer>(by holder: String, under term: Term, _ body: () -> Answer?) -> Answer? {
        let last = journal.leaders.keys.max()
        guard let answer = body() else { return nil }
        if term != last { violated(.i16, "\(holder) writes under \(term) while \(last?.description ?? "nobody") leads") }
        if journal.leaders[term] != holder { violated(.i16, "\(holder) writes under \(term), the term of another") }
        return answer
    }

    /// `nil`: the term is over.
    func note(_ tick: CoordinatorTick, in record: inout RecordModel) -> Bool? {
        do throws(RecordError) {
            _ = try record.noteTick(tick)
            return true
        } catch {
            return nil
        }
    }

    /// `nil`: the term is over.
    func attend(_ attendance: Attendance, in record: inout RecordModel) -> AttendanceReport? {
        let violations = record.coordination.violations
        guard let report = try? record.attend(attendance) else { return nil }
        ended(report.endings)
        journal.saw(.violated, report.violations)
        for event in report.events {
            write("\(event.kind.rawValue) \(event.message)")
            if event.kind == .emergencyReplan { journal.saw(.suspended) }
        }
        mix(UInt64(report.emitted))
        if defect == .violationWrittenLater || defect == .violationWrittenTwice {
            let taken = record.coordination.violations.dropFirst(violations.count)
            if !taken.isEmpty { takenAt = now }
            takenViolations += taken
            record.coordination.violations = violations
        }
        countQuotas(in: record)
        return report
    }

    // MARK: Quotas

    /// The defect: what an outcome says is counted when it comes, whatever its number has told before.
    func countAgain(_ outcomes: [Outcome], at time: Timestamp, in record: inout RecordModel) {
        for outcome in outcomes {
            guard case .succeeded = outcome.verdict, record.row(outcome.task)?.state.isTerminal == true,
                let reference = journal.planned[outcome.task], let before = record.coordination.books[reference.olt]
            else { continue }
            var book = before
            _ = book.record(
                PlannedEnd(
                    reference: reference,
                    task: outcome.task,
                    number: outcome.number,
                    verdict: .succeeded,
                    startedAt: outcome.startedAt,
                    finishedAt: outcome.finishedAt
                ),
                now: time
            )
            record.coordination.books[reference.olt] = book
            _ = record.coordination.keep(book, since: before, BookChange(), name: "")
        }
    }

    /// Counters are what the ledger of numbers says.
    func countQuotas(in record: RecordModel) {
        var counts: [CoordinationShelf.QuotaPlace: (completed: Int, failed: Int)] = [:]
        for line in record.coordination.ledger.values {
            let place = CoordinationShelf.QuotaPlace(olt: line.olt, period: line.period, operation: line.operation)
            switch line.verdict {
            case .completed: counts[place, default: (0, 0)].completed += 1
            case .failed: counts[place, default: (0, 0)].failed += 1
            }
        }
        for (place, row) in record.coordination.trackers {
            let (completed, failed) = counts[place] ?? (0, 0)
            guard (row.tracker.completed, row.tracker.failed) != (completed, failed) else { continue }
            violated(
                .i10,
                """
                \(place.operation) on \(place.olt) counts \(row.tracker.completed) and \(row.tracker.failed) failed, \
                the ledger \(completed) and \(failed)
                """
            )
        }
    }

    // MARK: Violations

    /// Each period that is over: its violation if it has a reason, and none without one.
    func judgeQuotas() {
        countQuotas(in: record)
        journal.saw(.counted, record.coordination.ledger.count)
        let found = Dictionary(grouping: record.coordination.violations.map(\.violation)) {
            Story.PeriodOf(olt: $0.olt, start: $0.period.start)
        }
        let rows = Dictionary(grouping: record.coordination.trackers) { Story.PeriodOf(olt: $0.key.olt, start: $0.key.period) }
        for (period, rows) in rows {
            let trackers = rows.map(\.value.tracker)
            if trackers.contains(where: { $0.completed < 0 || $0.failed < 0 || $0.skipped < 0 || $0.required < 0 }) {
                violated(.i10, "a quota of \(period.olt) is negative")
            }
            let judged = trackers.filter { $0.status != .interrupted && $0.required > 0 }
            let worst = judged.map { Double($0.completed) / Double($0.required) }.min() ?? 1
            let violations = found[period, default: []]
            guard violations.count == (worst < 0.8 ? 1 : 0) else {
                violated(.i11, "\(period.olt) did \(worst) of its least done operation, and that is \(violations.count) violations")
                continue
            }
            if let violation = violations.first, violation.severity != QuotaViolation.Severity(completion: worst) {
                violated(.i11, "\(period.olt) did \(worst) of its least done operation, and that is called \(violation.severity)")
            }
        }
        for (period, _) in found where rows[period] == nil { violated(.i11, "\(period.olt) has a violation without a quota") }
    }
}

extension Story {
    /// A period of an OLT.
    struct PeriodOf: Hashable {
        let olt: OLTID
        let start: Timestamp
    }
}

/// Ids of planned tasks, from the story's seed.
final class SimIDs: Sendable {
    private let chance: Mutex<SeededChance>

    init(seed: UInt64) {
        chance = Mutex(SeededChance(seed: seed))
    }

    func next(at time: Timestamp) -> TaskID { chance.withLock { TaskID(at: time, using: &$0) } }
}
