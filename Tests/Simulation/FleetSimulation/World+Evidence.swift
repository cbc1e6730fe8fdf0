import Domain
import MemoryAdapters

/// What the checks look at, noted where it happens.
extension World {
    // MARK: Runs

    /// Redis granted a number; `before`: the lease that stood.
    func granted(_ number: DispatchNumber, of key: ExclusionKey, to run: RunToken, before: LeaseBook.Held?) {
        if let before { violated(.i18, "\(key) is granted to \(number) while \(before.number) holds it") }
        if let other = journal.granted[number], other != run, !journal.hasForgotten {
            violated(.i4, "\(number) of \(key) is granted a second time")
        }
        if let highest = journal.highest[key], number < highest, !journal.hasForgotten {
            violated(.i5, "\(key) is granted to \(number) after \(highest)")
        }
        journal.granted[number] = run
        journal.highest[key] = max(number, journal.highest[key] ?? number)
    }

    func began(_ attempt: SimAttempt, at worker: SimWorker) {
        write("\(worker.name) begins \(attempt.task.number) of \(attempt.task.id), attempt \(attempt.task.attempt)")
        if attempt.task.attempt > attempt.task.maxAttempts {
            violated(.i19, "\(attempt.task.id) begins attempt \(attempt.task.attempt) of \(attempt.task.maxAttempts)")
        }
        guard story.faults == 0, let job = jobs[attempt.task.id], attempt.task.attempt == 1, attempt.task.exclusionKey == nil else {
            return
        }
        let wait = now - (job.at + job.delay)
        if wait > settings.agingInterval * 7 + .seconds(2) { violated(.i15, "\(attempt.task.id) waited for \(wait.inSeconds)") }
    }

    /// The broker has it; whether the run still holds what it ran under decides if it may be refused.
    func confirmed(_ report: SimReport) {
        guard report.outcome.verdict == .succeeded, let attempt = report.attempt, let ended = attempt.endedInOrder else { return }
        let isHeld = now - ended < settings.hold && journal.leasesDisturbedUntil < ended - settings.lease.span
        if isHeld { journal.good.insert(attempt.run) }
    }

    // MARK: The record

    /// Notes what a transaction changed.
    func committed(_ summary: RecordSummary) {
        journal.saw(.stale, summary.stale)
        journal.saw(.watched, summary.watched)
        for end in summary.ends {
            write("\(end.task) \(end.outcome ?? "-") -> \(end.state.word)")
            if end.state.isTerminal {
                journal.ends[end.task, default: 0] += 1
                if journal.ends[end.task, default: 0] > 1 { violated(.i2, "\(end.task) ends again, as \(end.state.word)") }
                if end.state == .expired { journal.saw(.expired) }
            }
            mix(UInt64(bitPattern: end.number?.value ?? 0))
        }
    }

    /// Records outcomes, and checks what becomes of each.
    func recordOutcomes(_ reported: [Outcome], at time: Timestamp, in record: inout RecordModel) -> RecordSummary {
        var outcomes = reported
        if defect == .outcomeByAttempt {
            outcomes = outcomes.map { outcome in
                guard let standing = record.row(outcome.task), let number = standing.number, standing.attempt == outcome.attempt
                else { return outcome }
                return outcome.changed(number: number, verdict: outcome.verdict, device: outcome.device)
            }
        }
        let standings = outcomes.map { record.row($0.task) }
        if defect == .countedByDelivery {
            for outcome in outcomes {
                if let reference = record.coordination.planned[outcome.task] { journal.planned[outcome.task] = reference }
            }
        }
        let summary = record.record(outcomes, judge: judge, now: time, using: &chance)
        if defect == .countedByDelivery {
            countAgain(outcomes.filter { outcome in !summary.ends.contains { $0.number == outcome.number } }, at: time, in: &record)
        }
        var closed: Set<DispatchNumber> = []
        for (outcome, standing) in zip(outcomes, standings) {
            switch outcome.verdict {
            case .started, .seen: continue
            case .succeeded, .failed, .deferred, .interrupted, .suspect: break
            }
            let isCurrent = standing?.state == .queued && standing?.number == outcome.number && closed.insert(outcome.number).inserted
            if isCurrent { accepted(outcome, standing?.key) } else { refused(outcome) }
        }
        for (outcome, standing) in zip(reported, standings) {
            guard let standing, standing.state == .queued, let number = standing.number, number != outcome.number, closed.contains(number),
                !reported.contains(where: { $0.number == number })
            else { continue }
            violated(.i6, "an outcome of \(outcome.number) takes \(number) off its row")
        }
        committed(summary)
        return summary
    }

    private func accepted(_ outcome: Outcome, _ key: ExclusionKey?) {
        if journal.endedBy[outcome.number] != nil { violated(.i4, "\(outcome.number) takes a second outcome") }
        journal.endedBy[outcome.number] = .some(outcome.run)
        guard let key, outcome.verdict == .succeeded, !journal.hasForgotten else { return }
        if let highest = journal.highest[key], highest > outcome.number, journal.granted[highest] != nil,
            !journal.good.contains(outcome.run)
        {
            violated(.i6, "a success of \(outcome.number) is written after \(highest) was granted")
        }
        if journal.granted[outcome.number] != nil, journal.granted[outcome.number] != outcome.run {
            violated(.i6, "a success is written under \(outcome.number), which another run was granted")
        }
    }

    private func refused(_ outcome: Outcome) {
        guard outcome.verdict == .succeeded, journal.good.contains(outcome.run), journal.endedBy[outcome.number] != .some(outcome.run),
            !journal.hasForgotten, !journal.hasLostMessages, !journal.wished.contains(outcome.task)
        else { return }
        violated(.i6, "the success of \(outcome.number), whose run held its lease to the end, is refused")
    }
}
