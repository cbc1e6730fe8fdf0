import Domain
import MemoryAdapters

/// PostgreSQL between a process and the record's model, and what tasks look like there.
extension World {
    /// One transaction: it happens whole or not at all, and its answer may be lost.
    func transact<Answer>(
        _ process: SimProcess,
        _ time: Timestamp,
        _ body: @escaping (inout RecordModel, Timestamp) -> Answer,
        _ then: @escaping (SimOrchestrator.Commit<Answer>) -> Void
    ) {
        var isAnswered = false
        func give(_ commit: SimOrchestrator.Commit<Answer>) {
            guard !isAnswered else { return }
            isAnswered = true
            then(commit)
        }
        process.after(.seconds(4)) { give(.failed) }
        schedule(after: .microseconds(300) + process.upTo(.milliseconds(8))) { [weak self, weak process] in
            guard let self, let process, process.parted[.record, default: 0] == 0 else { return }
            guard weather.recordsDown == 0, weather.commitsFail == 0 || !process.happens(oneIn: 3) else {
                journal.saw(.notCommitted)
                return process.receive { give(.failed) }
            }
            let answer = body(&record, time)
            let isLost = weather.commitAnswersLost > 0 && process.happens(oneIn: 3)
            if isLost { journal.saw(.unknownCommit) }
            schedule(after: .microseconds(300) + process.upTo(.milliseconds(4))) { [weak process] in
                guard let process, process.parted[.record, default: 0] == 0 else { return }
                process.receive { give(isLost ? .failed : .done(answer)) }
            }
        }
    }

    var judge: OutcomeJudge { OutcomeJudge() }

    func accepted(_ job: Story.Job) {
        if journal.accepted.insert(job.id).inserted { write("\(job.id) is accepted") }
    }

    func mayGoAtOnce(_ job: Story.Job) -> Bool { task(job, now: Self.begin).mayGoAtOnce }

    func task(_ job: Story.Job, now: Timestamp) -> FleetTask {
        let olt = job.olt.map { devices[$0].olt }
        return FleetTask(
            id: job.id,
            kind: "noop",
            payload: [:],
            priority: job.priority,
            taskClass: job.taskClass,
            exclusionKey: olt.map { ExclusionKey($0) },
            olt: olt,
            timeout: .seconds(45),
            maxAttempts: job.maxAttempts,
            backoff: Backoff(base: .seconds(1), factor: 2, ceiling: .seconds(10)),
            createdAt: now,
            dueAt: now + job.delay,
            labels: [:],
            source: job.way == .http ? .http : .amqp,
            deadline: job.deadline.map { now + $0 }
        )
    }

    /// What a task is to do; one that tries a dead one again does the same.
    func job(_ task: TaskID) -> Story.Job? {
        if let job = jobs[task] { return job }
        return record.row(task)?.admitted.retryOf.flatMap { job($0) }
    }

    func deaths(of task: TaskID) -> Int { deaths[task, default: 0] }

    /// A worker died of a task: three lost runs make it dead; a plain one counts as lost after three deliveries, of each copy.
    func died(of task: DispatchedTask) {
        deaths[task.id, default: 0] += 1
        let deaths = deaths[task.id, default: 0]
        let most = task.exclusionKey == nil ? 24 : 3
        // A worker that cannot ask Redis defers a lost run, and nobody is charged.
        if deaths > most, journal.leasesDisturbedUntil == .zero { violated(.i19, "\(task.id) has killed \(deaths) workers") }
    }

    /// A worker is killed and started again somewhat later.
    func kill(_ process: SimProcess) {
        process.kill()
        schedule(after: .milliseconds(300) + process.upTo(.seconds(3))) { [weak process] in process?.start() }
    }

    func ended(_ report: EndingReport) {
        committed(report.summary)
        for (task, answer) in report.answers where answer == .ending || answer == .ended { journal.wished.insert(task) }
    }

    /// Numbers are given up by the reconciler: nobody may have them in hand, and nothing of them may lie anywhere.
    func givenUp(_ answers: [(number: MissingNumber, answer: VoidAnswer)], in record: RecordModel) {
        let about = broker.tasksAbout.union(broker.outcomesAbout)
        for (missing, answer) in answers {
            guard case .void = answer, record.row(missing.task)?.number == missing.number, about.contains(missing.number) else {
                continue
            }
            violated(.given, "\(missing.number) is given up, and it is still about")
        }
    }

    /// Whether the archivist waits for the outcomes before it charges a run that was granted.
    var archivistWaits: Bool { defect != .noMarker && defect != .hastyArchivist }
}
