import Domain
import MemoryAdapters

/// An outcome on its way, with the delivery that it settles.
struct SimReport {
    let outcome: Outcome
    /// `nil`: a word in between such as *started*.
    let attempt: SimAttempt?

    /// Whether it puts an end to the task: the message goes to the dead-letter queue.
    var isDead: Bool {
        guard let attempt, case .failed(let fault) = outcome.verdict else { return false }
        return !fault.retryable || attempt.task.attempt >= attempt.task.maxAttempts
    }

    /// A delivery without a key that was not run.
    var isUnstartedPlain: Bool { attempt.map { $0.task.exclusionKey == nil && outcome.startedAt == nil } ?? false }
}

/// Outcomes: published, confirmed, then settled, then the lease is given back.
extension SimWorker {
    func report(_ attempt: SimAttempt, _ verdict: Verdict) {
        let outcome = Outcome(
            task: attempt.task.id,
            number: attempt.task.number,
            attempt: attempt.task.attempt,
            worker: id,
            run: attempt.run,
            verdict: verdict,
            startedAt: attempt.startedAt,
            finishedAt: wall,
            redeliveries: attempt.delivery.redeliveries
        )
        world.write("\(name) reports \(verdict.word) of \(attempt.task.number)")
        switch verdict {
        case .seen: world.journal.saw(.seen)
        case .deferred: world.journal.saw(.deferred)
        case .started, .succeeded, .failed, .interrupted, .suspect: break
        }
        let isLast = verdict != .started
        outbox.append(SimReport(outcome: outcome, attempt: isLast ? attempt : nil))
        if isLast, world.defect == .acknowledgedBeforeConfirm { settle([attempt.delivery.handle], .acknowledge) }
        if isLast, world.defect == .releasedBeforeConfirm, attempt.keeper.hasLease { release(attempt) }
        flush()
    }

    func flush() {
        while !outbox.isEmpty, messagesUnderWay == 0 || (messagesUnderWay < 2 && outbox.count >= settings.reportBatch) {
            let batch = Array(outbox.prefix(settings.reportBatch))
            outbox.removeFirst(batch.count)
            messagesUnderWay += 1
            carry(batch, failures: 0)
        }
    }

    private func carry(_ batch: [SimReport], failures: Int) {
        let kept = batch.filter { report in
            guard report.isUnstartedPlain, let attempt = report.attempt else { return true }
            return canSettle(attempt)
        }
        guard !kept.isEmpty else { return carried(batch) }
        publish(.report(.outcomes(kept.map(\.outcome))), to: QueueName.outcomes) { [weak self] answer in
            guard let self else { return }
            guard answer == .confirmed else {
                // Against a connection that comes and goes a defect of this kind gives up.
                if world.defect == .acknowledgedBeforeConfirm { return carried(batch) }
                return after(.milliseconds(100 << min(failures, 5)) + upTo(.milliseconds(100))) { [weak self] in
                    self?.carry(batch, failures: failures + 1)
                }
            }
            for report in kept { world.confirmed(report) }
            carried(batch)
        }
    }

    private func carried(_ batch: [SimReport]) {
        messagesUnderWay -= 1
        settle(batch.filter { !$0.isDead }.compactMap(handle), .acknowledge)
        settle(batch.filter(\.isDead).compactMap(handle), .reject)
        for attempt in batch.compactMap(\.attempt) {
            if attempt.keeper.hasLease, world.defect != .releasedBeforeConfirm { release(attempt) } else { done(attempt) }
        }
        flush()
    }

    private func handle(_ report: SimReport) -> DeliveryHandle? {
        report.attempt.flatMap { canSettle($0) ? $0.delivery.handle : nil }
    }

    private func release(_ attempt: SimAttempt) {
        let isMine = !attempt.keeper.hasLostLease(at: now) || world.defect == .releasedByAnybody
        guard let key = attempt.task.exclusionKey, isMine else { return done(attempt) }
        attempt.keeper.letGo()
        let isClean = attempt.keeper.leavesDeviceQuiet(at: now)
        let (number, run, world) = (attempt.task.number, attempt.run, world)
        let ask = { [weak world] (book: inout LeaseBook, now: Instant) -> Void in
            if world?.defect == .releasedByAnybody, let other = book.lease(key, now: now) {
                _ = book.release(key, other.number, run: other.run, clean: true, now: now)
            } else if book.release(key, number, run: run, clean: isClean, now: now) == .released, isClean {
                world?.journal.cleanEnds.insert(number)
            }
        }
        askRedis(ask) { [weak self] _ in self?.done(attempt) }
    }
}
