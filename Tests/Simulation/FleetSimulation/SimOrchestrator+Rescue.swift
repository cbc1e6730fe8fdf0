import Domain
import MemoryAdapters

/// What happens when nothing comes back, and what time does.
extension SimOrchestrator {
    // MARK: Watches

    func lookAtWatches() {
        if world.defect == .rescuedByTime { rescueByTime() }
        guard world.defect != .neverRescued else { return }
        look(.rescue) { [weak self] done in
            self?.write(
                { $0.dueWatches(limit: 32, now: $1) },
                then: { [weak self] commit in
                    guard let self, case .done(let due) = commit, !due.isEmpty else { return done() }
                    askVoid(due.map { ($0.number, $0.key) }) { [weak self] answers in self?.settleWatches(due, answers, done) }
                }
            )
        }
    }

    private func settleWatches(_ due: [WatchedNumber], _ answers: [DispatchNumber: VoidAnswer], _ done: @escaping () -> Void) {
        guard answers.values.contains(.void(wasGranted: true)) else { return rescue(due, answers, done) }
        passMarker { [weak self] isRead in
            self?.rescue(due, isRead ? answers : answers.filter { $0.value != .void(wasGranted: true) }, done)
        }
    }

    private func rescue(_ due: [WatchedNumber], _ answers: [DispatchNumber: VoidAnswer], _ done: @escaping () -> Void) {
        var known = due.compactMap { watch in answers[watch.number].map { (watch: watch, answer: $0) } }
        if world.defect == .lostRunsAreFree {
            known = known.map { ($0.watch, $0.answer == .void(wasGranted: true) ? .void(wasGranted: false) : $0.answer) }
        }
        guard !known.isEmpty else { return done() }
        let (judge, rescued) = (world.judge, known)
        write(
            { [weak self] record, now in
                let summary = record.rescue(rescued, judge: judge, now: now)
                self?.world.committed(summary)
                return summary
            },
            then: { [weak self] commit in
                if case .done(let summary) = commit {
                    self?.world.journal.saw(.rescued, summary.retried + summary.dead)
                    self?.follow(summary)
                }
                done()
            }
        )
    }

    /// The defect: what takes long must be lost.
    private func rescueByTime() {
        let judge = world.judge
        write(
            { [weak self] record, now in
                let slow = record.rows.filter { row in row.queuedAt.map { $0 < now - .seconds(8) } ?? false }
                self?.world.committed(record.rescue(slow.presumed, judge: judge, now: now))
            },
            then: { _ in }
        )
    }

    // MARK: Time

    func lookAtTime() {
        let interval = settings.agingInterval
        look(.time) { [weak self] done in
            self?.write(
                { [weak self] record, now in
                    let report = record.endOverdue(limit: 32, now: now)
                    self?.world.ended(report)
                    return report
                },
                then: { [weak self] commit in
                    guard let self, case .done(let report) = commit else { return done() }
                    tell(report)
                    write(
                        { record, now in (record.recall(limit: 32, now: now), record.age(every: interval, limit: 32, now: now)) },
                        then: {
                            [weak self] commit in
                            if case .done(let (recalled, aged)) = commit {
                                self?.world.journal.saw(.recalled, recalled)
                                self?.world.journal.saw(.aged, aged)
                            }
                            done()
                        }
                    )
                }
            )
        }
    }

    /// Tells the workers which runs are not wanted any more.
    func tell(_ report: EndingReport) {
        follow(report.summary)
        guard !report.orders.isEmpty else { return }
        if link.isUp, !link.isSilent, world.isCalm {
            for order in report.orders where world.journal.cancelledAt[order.task] == nil {
                world.journal.cancelledAt[order.task] = world.now
            }
        }
        world.order(.cancel(report.orders), to: .all, from: self)
    }

    func sweepForgotten() {
        write(
            { $0.promoteForgotten(now: $1) },
            then: { [weak self] commit in
                guard let self, case .done(let found) = commit, found > 0 else { return }
                world.violated(.forgotten, "\(found) tasks were blocked behind nobody")
            }
        )
    }

    // MARK: Losses

    func reconcile() {
        guard isOpen else { return wasDeaf() }
        look(.reconcile) { [weak self] done in
            self?.followOvertaking { [weak self] in
                guard let self else { return }
                let observer = observer
                let span = settings.beatEvery * 4
                let noOracle = world.defect != .emptyLaneIsLoss
                write(
                    { record, now in
                        if !noOracle { record.noteMadeAnew(Lane.all.map(ObservedQueue.lane), now: now) }
                        return record.claimCases(by: observer, for: span, now: now)
                    },
                    then: { [weak self] commit in
                        guard let self, case .done(let cases) = commit else {
                            self?.wasDeaf()
                            return done()
                        }
                        follow(cases[...], kept: [:], done)
                    }
                )
            }
        }
    }

    private func followOvertaking(_ then: @escaping () -> Void) {
        let overtaken = overtaking.overtaken()
        for (lane, horizon) in overtaken.sorted(by: { $0.key.description < $1.key.description }) {
            world.journal.saw(.overtaken)
            guard let ready = world.broker.ready(in: lane) else { continue }
            write(
                { record, now in
                    let missing = record.missing(in: lane, upTo: horizon, ready: ready, limit: 1).filter { !$0.isStarted }
                    if !missing.isEmpty { record.noteOvertaken(lane, upTo: horizon, now: now) }
                },
                then: { _ in }
            )
        }
        guard !overtaking.lanesToMark.isEmpty else { return then() }
        write(
            { record, _ in record.queuedNumbers(upTo: nil) },
            then: { [weak self] commit in
                if case .done(let queued) = commit { self?.overtaking.mark(queued) }
                then()
            }
        )
    }

    private func follow(_ cases: ArraySlice<LossCase>, kept: [Place: MissingBook], _ done: @escaping () -> Void) {
        guard let found = cases.first else {
            missing = kept
            return done()
        }
        write(
            { record, _ in record.queuedNumbers(upTo: found.horizon).byLane.keys.filter { found.queue.concerns($0) } },
            then: {
                [weak self] commit in
                guard let self, case .done(let lanes) = commit else { return done() }
                let sorted = lanes.sorted { $0.description < $1.description }
                follow(found, lanes: sorted[...], isOpen: found.reason == .madeAnew && !lanes.isEmpty, kept: kept) { [weak self] kept in
                    self?.follow(cases.dropFirst(), kept: kept, done)
                }
            }
        )
    }

    private func follow(
        _ found: LossCase,
        lanes: ArraySlice<Lane>,
        isOpen: Bool,
        kept: [Place: MissingBook],
        _ then: @escaping ([Place: MissingBook]) -> Void
    ) {
        guard let lane = lanes.first else {
            guard !isOpen else { return then(kept) }
            return write({ record, _ in record.settle(found) }, then: { _ in then(kept) })
        }
        let rest = lanes.dropFirst()
        // The broker tells how many lie in the lane; another moment may have passed since.
        guard let ready = world.broker.ready(in: lane) else { return follow(found, lanes: rest, isOpen: true, kept: kept, then) }
        write(
            { record, _ in
                let missing = record.missing(in: lane, upTo: found.horizon, ready: ready, limit: 64)
                return (found.reason == .madeAnew ? missing : missing.filter { !$0.isStarted }, record.oldestBeat)
            },
            then: { [weak self] commit in
                guard let self, case .done(let (missing, oldestBeat)) = commit else { return then(kept) }
                let place = Place(reason: found.reason, lane: lane)
                var book = kept[place] ?? self.missing[place] ?? MissingBook()
                book.note(missing.map(\.number), now: wall)
                var kept = kept
                kept[place] = book
                let isHasty = world.defect == .emptyLaneIsLoss
                guard now >= deafUntil || isHasty else {
                    return follow(found, lanes: rest, isOpen: isOpen || !missing.isEmpty, kept: kept, then)
                }
                let ripe =
                    isHasty ? Set(missing.map(\.number)) : book.ripe(after: settings.beatEvery * 2, oldestBeat: oldestBeat, now: wall)
                leave(missing.filter { ripe.contains($0.number) }) { [weak self] in
                    self?.follow(found, lanes: rest, isOpen: isOpen || !missing.isEmpty, kept: kept, then)
                }
            }
        )
    }

    private func leave(_ numbers: [MissingNumber], _ then: @escaping () -> Void) {
        guard !numbers.isEmpty else { return then() }
        passMarker { [weak self] isRead in
            guard let self, isRead else { return then() }
            askVoid(numbers.compactMap { number in number.key.map { (number.number, $0) } }) { [weak self] voided in
                let answers = numbers.compactMap { number -> (number: MissingNumber, answer: VoidAnswer)? in
                    guard number.key != nil else { return (number, .void(wasGranted: false)) }
                    switch voided[number.number] {
                    case .held(let left): return (number, .held(for: left))
                    // Nobody is charged for the broker.
                    case .void: return (number, .void(wasGranted: false))
                    case nil: return nil
                    }
                }
                guard let self, !answers.isEmpty else { return then() }
                let judge = world.judge
                write(
                    { [weak self] record, now in
                        self?.world.givenUp(answers, in: record)
                        let summary = record.release(answers, judge: judge, now: now)
                        self?.world.committed(summary)
                        return summary
                    },
                    then: { [weak self] commit in
                        if case .done(let summary) = commit {
                            self?.world.journal.saw(.reconciled, summary.released)
                            self?.follow(summary)
                        }
                        then()
                    }
                )
            }
        }
    }
}
