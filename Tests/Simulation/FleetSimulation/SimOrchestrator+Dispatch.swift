import Domain
import MemoryAdapters

/// From intake to the lanes.
extension SimOrchestrator {
    // MARK: Admission

    /// A request over HTTP; `answer` comes once the task is written.
    func submit(_ job: Story.Job, isAgain: Bool, _ answer: @escaping () -> Void) {
        write(admission(of: [(job, isAgain)])) { [weak self] commit in
            guard case .done(let answers) = commit else { return }
            self?.admitted(answers)
            answer()
        }
    }

    /// Drafts from the intake.
    func admit(_ drafts: [(DeliveryHandle, TaskID)], _ done: @escaping () -> Void) {
        let jobs = drafts.compactMap { world.job($0.1) }
        let handles = drafts.map(\.0)
        if world.defect == .draftAcknowledgedBeforeCommit { settle(handles, .acknowledge) }
        // The same id may come twice: it is looked for.
        untilWritten(
            admission(of: jobs.map { ($0, true) }),
            then: { [weak self] answers in
                self?.settle(handles, .acknowledge)
                self?.admitted(answers)
                done()
            }
        )
    }

    private func admission(of jobs: [(Story.Job, isAgain: Bool)]) -> (inout RecordModel, Timestamp) -> [AdmissionAnswer] {
        let world = world
        let placed = jobs.map { job, isAgain in
            (job, isAgain, isOpen && world.mayGoAtOnce(job) && room.takePlace(in: Lane(job.taskClass, job.priority)))
        }
        return { record, now in
            let tasks = placed.map { job, isAgain, goes in AdmittedTask(world.task(job, now: now), goesAtOnce: goes, mayExist: isAgain) }
            return record.admit(tasks, now: now)
        }
    }

    private func admitted(_ answers: [AdmissionAnswer]) {
        var queued: [DispatchedTask] = []
        for answer in answers {
            switch answer {
            case .queued(let task): queued.append(task)
            case .duplicate: world.journal.saw(.submittedTwice)
            case .waiting, .blocked, .keyReused: break
            }
        }
        take(queued, again: false)
    }

    // MARK: Dispatch

    func sweep() {
        guard isOpen else { return }
        var rooms: [Lane: Int] = [:]
        for lane in Lane.all {
            let free = room.room(in: lane)
            if free > 0 { rooms[lane] = free }
        }
        let keyed = gateIsOpen
        let limit = settings.dispatchBatch
        look(.sweep) { [weak self] done in
            self?.write(
                { $0.dispatchDue(room: rooms, keyed: keyed, limit: limit, now: $1) },
                then: { [weak self] commit in
                    defer { done() }
                    guard let self, case .done(let due) = commit else { return }
                    for task in due { room.dispatched(1, to: task.lane) }
                    if keyed, due.count < limit {
                        let filled = due.reduce(into: [Lane: Int]()) { $0[$1.lane, default: 0] += 1 }
                        room.swept(rooms.filter { filled[$0.key, default: 0] < $0.value }.map(\.key))
                    }
                    take(due, again: false)
                }
            )
        }
    }

    /// Takes tasks to publish; those in hand are left out.
    func take(_ tasks: [DispatchedTask], again: Bool) {
        for task in tasks where book.take(task.number, again: again) {
            world.write("\(name) publishes \(task.number) of \(task.id)")
            publish(.task(task), to: QueueName.lane(task.lane)) { [weak self] answer in self?.published(task, answer) }
        }
    }

    private func published(_ task: DispatchedTask, _ answer: PublishAnswer) {
        switch answer {
        case .confirmed: book.confirm(task.number)
        case .returned:
            world.journal.saw(.returned)
            world.defect == .returnedIsPublished ? book.confirm(task.number) : giveBack(task, "no queue takes it")
        case .refused:
            world.journal.saw(.refused)
            giveBack(task, "the lane is full")
        case .unconfirmed: book.forget(task.number)
        }
    }

    private func giveBack(_ task: DispatchedTask, _ reason: String) {
        // An earlier copy may be running.
        guard !book.forgetCopy(task.number) else { return }
        write(
            { $0.notTaken([task.number], reason: reason, dueAt: $1 + .seconds(1)) },
            then: { [weak self] commit in
                if case .done = commit { self?.room.left(1, from: task.lane) }
                self?.book.forget(task.number)
            }
        )
    }

    func notePublished() {
        let numbers = book.confirmed()
        guard !numbers.isEmpty else { return }
        look(.note) { [weak self] done in
            self?.write(
                { $0.published(numbers, now: $1) },
                then: { [weak self] commit in
                    if case .done = commit { self?.book.noted(numbers) }
                    done()
                }
            )
        }
    }

    func recount() {
        write(
            { $0.laneCounts(now: $1) },
            then: { [weak self] commit in
                guard let self, case .done(let counts) = commit else { return }
                room.recount(queued: counts.queued, waiting: Set(counts.waiting.filter { $0.value > 0 }.keys))
                republish()
            }
        )
    }

    private func republish() {
        guard isOpen, world.defect != .neverRepublished else { return }
        let (after, limit) = (settings.republishAfter, settings.dispatchBatch)
        write(
            { $0.unpublished(before: $1 - after, limit: limit, now: $1) },
            then: { [weak self] commit in
                guard let self, case .done(let lost) = commit else { return }
                world.journal.saw(.republished, lost.count)
                take(lost, again: true)
            }
        )
    }
}
