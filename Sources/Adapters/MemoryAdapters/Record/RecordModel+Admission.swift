package import Domain

extension RecordModel {
    /// Writes admitted tasks; of a key at most one is waiting-and-due or queued.
    package mutating func admit(_ tasks: [AdmittedTask], now: Timestamp) -> [AdmissionAnswer] {
        let refused = names.claim(tasks.map(\.task), now: now) { self.table[$0]?.state }
        var written: Set<TaskID> = []
        let tasks = tasks.map { (admitted: $0, refusal: refused[$0.task.id]) }
        let rest = tasks.filter { $0.refusal == nil }.map(\.admitted)
        for admitted in rest.sorted(by: { $0.task.id < $1.task.id }) where table[admitted.task.id] == nil {
            written.insert(admitted.task.id)
            insert(admitted, now: now)
        }
        for task in rest.map(\.task) where !written.contains(task.id) { names.giveBack(task.uniqueClaims.map(\.key), of: task.id) }
        settle(rest.lazy.map(\.task).filter { $0.competes(at: now) }.compactMap(\.exclusionKey), now: now)
        return tasks.map { admitted, refusal in
            if let refusal { return refusal }
            guard let row = table[admitted.task.id] else { return .waiting }
            guard written.remove(row.id) != nil else { return .duplicate(of: row.id, row.state) }
            if let number = row.number { return .queued(dispatched(row, number, since: row.admitted.createdAt)) }
            return row.state == .blocked ? .blocked : .waiting
        }
    }

    private mutating func insert(_ admitted: AdmittedTask, now: Timestamp) {
        let task = admitted.task
        // Competing tasks go in as blocked; settling their keys promotes the first.
        var row = TaskRow(task, state: task.competes(at: now) ? .blocked : admitted.goesAtOnce ? .queued : .waiting)
        if row.state == .queued {
            row.number = nextNumber()
            row.queuedAt = now
        }
        table.put(row)
    }

    /// The task on its way; the time left is counted from when it was queued.
    func dispatched(_ row: TaskRow, _ number: DispatchNumber, since: Timestamp? = nil) -> DispatchedTask {
        DispatchedTask(
            id: row.id,
            number: number,
            attempt: row.attempt,
            maxAttempts: row.admitted.maxAttempts,
            kind: row.admitted.kind,
            payload: row.admitted.payload,
            priority: row.priority,
            taskClass: row.admitted.taskClass,
            exclusionKey: row.key,
            timeout: row.admitted.timeout,
            device: row.admitted.olt.flatMap { devices.access($0) },
            timeLeft: row.admitted.deadline.flatMap { deadline in (since ?? row.queuedAt).map { max(.zero, deadline - $0) } },
            traceParent: row.admitted.traceParent
        )
    }
}

extension FleetTask {
    /// Whether it wants its key now; one that is due later does when its time comes.
    fileprivate func competes(at now: Timestamp) -> Bool { exclusionKey != nil && dueAt <= now }
}
