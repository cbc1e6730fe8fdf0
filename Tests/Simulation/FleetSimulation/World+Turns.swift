import Domain
import MemoryAdapters

/// What the story's turns do, and how each is over.
extension World {
    func play(_ turn: Story.Turn) {
        write("--- \(turn)")
        if turn.act.disturbsLeases { journal.leasesDisturbedUntil = max(journal.leasesDisturbedUntil, now + turn.span + .seconds(1)) }
        if turn.act.isFault { journal.brokenUntil = max(journal.brokenUntil, now + turn.span + .seconds(40)) }
        switch turn.act {
        case .cancel, .reprioritize, .retryLetters, .dropLetters, .drainWorker, .quietWorker: steer(turn)
        case .declare, .disableOLT: declare(turn)
        case .killWorker, .killOrchestrator: revive(turn)
        case .freezeWorker, .freezeOrchestrator: freeze(turn)
        case .stepClock: stepClock(turn)
        case .cutWorker, .cutOrchestrator, .silenceWorker, .silenceOrchestrator: disturbLink(turn)
        case .partWorkerFromRedis, .partOrchestratorFromRedis, .partOrchestratorFromRecord: part(turn)
        case .slowConfirms:
            during(turn.span) {
                $0.confirmDelay += .seconds(3)
            } after: {
                $0.confirmDelay -= .seconds(3)
            }
        case .slowLeases:
            during(turn.span) {
                $0.leaseDelay += .milliseconds(400)
            } after: {
                $0.leaseDelay -= .milliseconds(400)
            }
        case .slowDevices:
            during(turn.span) {
                $0.deviceDelay += .milliseconds(4400)
            } after: {
                $0.deviceDelay -= .milliseconds(4400)
            }
        case .silenceDevice:
            let place = turn.target % devices.count
            during(turn.span) {
                $0.silentDevices[place, default: 0] += 1
            } after: {
                $0.silentDevices[place, default: 0] -= 1
            }
        case .stopRecord:
            during(turn.span) {
                $0.recordsDown += 1
            } after: {
                $0.recordsDown -= 1
            }
        case .failCommits:
            during(turn.span) {
                $0.commitsFail += 1
            } after: {
                $0.commitsFail -= 1
            }
        case .loseCommitAnswers:
            during(turn.span) {
                $0.commitAnswersLost += 1
            } after: {
                $0.commitAnswersLost -= 1
            }
        case .flushRedis: forgetLeases { $0.forget() }
        case .emptyRedis: forgetLeases { $0.restart() }
        case .olderRedis: forgetLeases { $0.restart(with: olderLeases) }
        case .stopRedis:
            during(turn.span) {
                $0.redisDown += 1
            } after: {
                $0.redisDown -= 1
            }
        case .restartBroker, .wipeBroker: restartBroker(turn)
        case .deleteLane, .deleteOutcomes: deleteQueue(turn)
        case .alarmBroker:
            during(turn.span) {
                $0.alarms += 1
            } after: {
                $0.alarms -= 1
            }
        case .unbindLane:
            during(turn.span) {
                $0.unboundLanes += 1
            } after: {
                $0.unboundLanes -= 1
            }
        case .fillLane:
            during(turn.span) {
                $0.fullLanes += 1
            } after: {
                $0.fullLanes -= 1
            }
        }
        broker.alarm = weather.alarms > 0 ? "memory" : nil
    }

    private func during(_ span: Duration, _ begin: (inout Weather) -> Void, after end: @escaping (inout Weather) -> Void) {
        begin(&weather)
        schedule(after: span) { [weak self] in
            guard let self else { return }
            end(&weather)
            broker.alarm = weather.alarms > 0 ? "memory" : nil
        }
    }

    private func worker(_ turn: Story.Turn) -> SimWorker { workers[turn.target % workers.count] }
    private func orchestrator(_ turn: Story.Turn) -> SimOrchestrator { orchestrators[turn.target % orchestrators.count] }

    private func process(_ turn: Story.Turn) -> SimProcess {
        switch turn.act {
        case .killWorker, .freezeWorker, .cutWorker, .silenceWorker, .partWorkerFromRedis: worker(turn)
        default: orchestrator(turn)
        }
    }

    // MARK: Processes

    private func revive(_ turn: Story.Turn) {
        let process = process(turn)
        process.kill()
        schedule(after: turn.span) { process.start() }
    }

    private func freeze(_ turn: Story.Turn) {
        let process = process(turn)
        process.freeze()
        schedule(after: turn.span) { process.thaw() }
    }

    private func stepClock(_ turn: Story.Turn) {
        let process: SimProcess = turn.target % 2 == 0 ? worker(turn) : orchestrator(turn)
        let step: Duration = turn.target % 4 < 2 ? .seconds(3600) : .seconds(-3600)
        // The clock of one that decides about due times is set right again: what it put off would wait as long.
        process.wallOffset += process is SimOrchestrator ? step / 120 : step
        schedule(after: turn.span) { process.wallOffset -= process is SimOrchestrator ? step / 120 : step }
    }

    private func disturbLink(_ turn: Story.Turn) {
        let process = process(turn)
        switch turn.act {
        case .silenceWorker, .silenceOrchestrator:
            process.link.isSilent = true
            let connection = process.link.connection
            // Heartbeats tell both sides after 20 s and more.
            schedule(after: min(turn.span, .seconds(25))) { [weak self] in
                guard let self, turn.span > .seconds(25), process.link.connection == connection else { return }
                cut(process)
            }
            schedule(after: turn.span) {
                process.link.isSilent = false
                let stuck = process.link.stuck
                process.link.stuck = []
                for body in stuck { body() }
            }
        default: cut(process)
        }
    }

    private func part(_ turn: Story.Turn) {
        let process = process(turn)
        let server: SimProcess.Server = turn.act == .partOrchestratorFromRecord ? .record : .redis
        process.parted[server, default: 0] += 1
        schedule(after: turn.span) { process.parted[server, default: 0] -= 1 }
    }

    // MARK: The broker

    private func restartBroker(_ turn: Story.Turn) {
        weather.brokerDown += 1
        if turn.act == .wipeBroker {
            journal.hasLostMessages = true
            broker.wipe()
            unborn.formUnion(Lane.all.map(ObservedQueue.lane))
            unborn.insert(.outcomes)
            for queue in unborn { broker.lose(queue.queueName) }
            askAgain()
        } else {
            broker.stop()
        }
        for process in everybody { cut(process) }
        schedule(after: turn.span) { [weak self] in
            guard let self else { return }
            weather.brokerDown -= 1
            if weather.brokerDown == 0 { broker.start() }
        }
    }

    /// Drafts in the intake are gone with the disk: whoever published them sees what is not there, and publishes them again.
    private func askAgain() {
        for job in story.jobs where job.way == .amqp && journal.accepted.contains(job.id) && record.row(job.id) == nil {
            journal.accepted.remove(job.id)
            client?.askAgain(for: job)
        }
    }

    private func deleteQueue(_ turn: Story.Turn) {
        guard weather.brokerDown == 0 else { return }
        journal.hasLostMessages = true
        let lanes = Lane.all.filter { settings.slots[$0.taskClass, default: 0] > 0 }
        let queue: ObservedQueue = turn.act == .deleteOutcomes ? .outcomes : .lane(lanes[turn.target % lanes.count])
        unborn.insert(queue)
        broker.lose(queue.queueName)
        // Whoever had it opens its channel again; here it is the whole connection.
        for process in everybody { cut(process) }
        pump()
    }

    var everybody: [SimProcess] { orchestrators as [SimProcess] + workers + [client].compactMap(\.self) }

    // MARK: Operators

    private func steer(_ turn: Story.Turn) {
        guard let orchestrator = orchestrators.first(where: \.isAlive) else { return }
        orchestrator.receive { [weak self, weak orchestrator] in
            guard let self, let orchestrator else { return }
            switch turn.act {
            case .cancel: if let task = someTask(turn) { orchestrator.cancel(task) }
            case .reprioritize: if let task = someTask(turn) { orchestrator.reprioritize(task, to: Priority.allCases[turn.target % 8]) }
            case .retryLetters: orchestrator.retryLetters()
            case .dropLetters: orchestrator.dropLetters(every: 3)
            case .drainWorker: worker(turn).drain()
            case .quietWorker:
                let worker = worker(turn)
                worker.receive { worker.beQuiet(true) }
                schedule(after: turn.span) { worker.receive { worker.beQuiet(false) } }
            default: break
            }
        }
    }

    /// A task that has not ended, preferably one that is out.
    private func someTask(_ turn: Story.Turn) -> TaskID? {
        let live = record.rows.filter { !$0.state.isTerminal }
        let queued = live.filter { $0.state == .queued }
        let choice = queued.isEmpty || turn.target % 3 == 0 ? live : queued
        return choice.isEmpty ? nil : choice[turn.target % choice.count].id
    }
}

/// Verbs of operators.
extension SimOrchestrator {
    func cancel(_ task: TaskID) {
        write(
            { [weak self] record, now in
                let report = record.end([task], as: Ending(.cancelled, reason: "somebody said so"), now: now)
                self?.world.ended(report)
                return report
            },
            then: { [weak self] commit in
                if case .done(let report) = commit { self?.tell(report) }
            }
        )
    }

    func reprioritize(_ task: TaskID, to priority: Priority, voided: DispatchNumber? = nil, tries: Int = 0) {
        guard tries < 3 else { return }
        write(
            { $0.reprioritize(task, to: priority, voided: voided, now: $1) },
            then: { [weak self] commit in
                guard let self, case .done(let answer) = commit else { return }
                switch answer {
                case .moved(let left, let lane):
                    if let lane { room.left(1, from: lane) }
                    if let left {
                        world.journal.wished.insert(left.task)
                        world.order(.cancel([left]), to: .all, from: self)
                    }
                case .voidFirst(let number, let key):
                    askRedis(
                        { $0.void(key, number, now: $1) },
                        then: { [weak self] answer in
                            guard answer == .void(wasGranted: false) else { return }
                            self?.reprioritize(task, to: priority, voided: number, tries: tries + 1)
                        }
                    )
                case .running, .ended, .unknown: break
                }
            }
        )
    }

    func retryLetters() {
        guard world.defect != .letterClosedLater else { return retryInTwoSteps() }
        let world = world
        write(
            { [weak world] record, now -> Int in
                guard let world else { return 0 }
                let ids = record.allLetters.filter { $0.state == .dead && $0.task != nil }.prefix(3).map(\.id)
                let order = LetterOrder(.retry, .ids(ids))
                let answers = record.perform(order, ids, dryRun: false, makeID: { TaskID(at: now, using: &world.chance) }, now: now)
                return answers.count(where: \.word.isDone)
            },
            then: { [weak self] commit in
                if case .done(let count) = commit { self?.world.journal.saw(.letterRetried, count) }
            }
        )
    }

    /// The defect: admitted first, closed later.
    private func retryInTwoSteps() {
        let world = world
        write(
            { [weak world] record, now -> [Int64] in
                guard let world else { return [] }
                let letters = record.allLetters.filter { $0.state == .dead && $0.task != nil }.prefix(3)
                let tasks = letters.compactMap { letter in
                    letter.task.flatMap { record.task($0)?.task }?
                        .again(as: TaskID(at: now, using: &world.chance), priority: nil, payload: nil, now: now)
                }
                _ = record.admit(tasks.map { AdmittedTask($0, goesAtOnce: false) }, now: now)
                return letters.map(\.id)
            },
            then: { [weak self] commit in
                guard case .done(let ids) = commit else { return }
                self?.after(.seconds(2)) { [weak self] in
                    self?.write(
                        { $0.perform(LetterOrder(.drop, .ids(ids)), ids, dryRun: false, makeID: { TaskID(high: 0, low: 0) }, now: $1) },
                        then: { _ in }
                    )
                }
            }
        )
    }

    func dropLetters(every step: Int) {
        write(
            { record, now in
                let ids = record.allLetters.filter { $0.state == .dead }.enumerated().filter { $0.offset % step == 0 }.map(\.element.id)
                _ = record.perform(LetterOrder(.drop, .ids(ids)), ids, dryRun: false, makeID: { TaskID(high: 0, low: 0) }, now: now)
            },
            then: { _ in }
        )
    }
}
