package import Domain

extension RecordModel {
    // MARK: Endings

    /// Ends tasks that nobody holds; one that may run is marked, and ends when its number is void or its run has reported.
    package mutating func end(_ ids: [TaskID], as ending: Ending, now: Timestamp) -> EndingReport {
        end(Dictionary(ids.map { ($0, ending) }, uniquingKeysWith: { first, _ in first }), now: now)
    }

    /// Ends, or marks, tasks whose deadline has passed.
    package mutating func endOverdue(limit: Int, now: Timestamp) -> EndingReport {
        let overdue = table.live.compactMap { row -> (deadline: Timestamp, id: TaskID)? in
            guard row.ending == nil, let deadline = row.admitted.deadline, deadline <= now else { return nil }
            return (deadline, row.id)
        }
        let first = overdue.sorted { ($0.deadline, $0.id) < ($1.deadline, $1.id) }.prefix(max(0, limit))
        return end(Dictionary(uniqueKeysWithValues: first.map { ($0.id, Ending.expired(at: $0.deadline)) }), now: now)
    }

    mutating func end(_ wishes: [TaskID: Ending], now: Timestamp) -> EndingReport {
        var report = EndingReport()
        var changes: [RowChange] = []
        var marked: [TaskRow] = []
        for (id, ending) in wishes.sorted(by: { $0.key < $1.key }) {
            guard var row = table[id] else {
                report.answers[id] = .unknown
                continue
            }
            switch SteeringJudge.end(row.standing, key: row.key) {
            case .now:
                changes.append(RowChange(row: row, number: row.number, change: .ended(ending), outcome: nil, unrecordable: nil))
                report.answers[id] = .ended
                if let number = row.number { report.orders.append(CancelledRun(task: id, number: number, reason: ending.reason)) }
            case .onceVoid:
                // Watched at once: the rescue asks the lease store, and ends the task when the number is void.
                row.ending = ending
                row.watchFrom = now
                marked.append(row)
                report.answers[id] = .ending
                report.orders.append(CancelledRun(task: id, number: row.number, reason: ending.reason))
            case .already:
                report.answers[id] = .already(row.ending?.state ?? row.state)
            }
        }
        write(changes, into: &report.summary, now: now)
        for row in marked { table.put(row) }
        report.summary.watched += marked.count
        return report
    }

    /// The runs of plain tasks that were ended on their lane since then, oldest first.
    package func cancelledRuns(since: Timestamp, limit: Int = 10_000) -> [CancelledRun] {
        let found = table.ended.compactMap { row -> (at: Timestamp, run: CancelledRun)? in
            guard let at = row.endedAt, at >= since, let number = row.numberStillAbout else { return nil }
            return (at, CancelledRun(task: row.id, number: number, reason: row.fault?.message ?? ""))
        }
        return found.sorted { ($0.at, $0.run.task) < ($1.at, $1.run.task) }.prefix(limit).map(\.run)
    }

    // MARK: Priorities

    /// Gives a task another priority, unless it runs; `voided`: the number that the lease store has just called void.
    package mutating func reprioritize(_ id: TaskID, to priority: Priority, voided: DispatchNumber?, now: Timestamp) -> MoveAnswer {
        guard var row = table[id] else { return .unknown }
        let lane = row.lane
        switch SteeringJudge.move(row.standing, key: row.key, hasStarted: row.startedAt != nil, voided: voided) {
        case .inPlace:
            row.priority = priority
            row.agedAt = nil
            table.put(row)
            settle(row.key.map { [$0] } ?? [], now: now)
            return .moved(left: nil, from: nil)
        case .leaving(let number):
            if let key = row.key, holders[key]?.number == number { holders[key] = nil }
            row.leaveNumber(dueAt: now)
            row.priority = priority
            row.agedAt = nil
            table.put(row)
            settle(row.key.map { [$0] } ?? [], now: now)
            let order = row.key == nil ? CancelledRun(task: id, number: number, reason: "its priority was changed") : nil
            return .moved(left: order, from: lane)
        case .voidFirst(let number, let key): return .voidFirst(number, key)
        case .running: return .running
        case .ended: return .ended(row.state)
        }
    }

    /// Raises tasks by one level that have waited for `interval` since they were due or last raised; never above `high`.
    package mutating func age(every interval: Duration, limit: Int, now: Timestamp) -> Int {
        let before = now - interval
        func isOld(_ row: TaskRow) -> Bool {
            row.priority > .high && row.priority < .maintenance && row.dueAt <= before && row.agedAt.map { $0 <= before } ?? true
        }
        let waiting = Dictionary(grouping: table.rows(in: .waiting).filter(isOld), by: \.lane).values.flatMap { rows in
            rows.sorted { $0.goes(before: $1) }.prefix(max(0, limit))
        }
        let blocked = table.rows(in: .blocked).filter(isOld).sorted { $0.goes(before: $1) }.prefix(max(0, limit))
        let raised = (waiting + blocked).sorted { $0.id < $1.id }
        for var row in raised {
            row.priority = Priority(rawValue: row.priority.rawValue - 1) ?? row.priority
            row.agedAt = now
            table.put(row)
        }
        settle(raised.compactMap(\.key), now: now)
        return raised.count
    }

    /// Watches queued tasks that were not reported started and hold the key of a more urgent one.
    package mutating func recall(limit: Int, now: Timestamp) -> Int {
        let held = holders.sorted { $0.value.task < $1.value.task }.compactMap { key, holder -> TaskRow? in
            guard let row = table[holder.task], row.state == .queued, row.startedAt == nil, row.watchFrom == nil else { return nil }
            return table.rows(of: key).contains { $0.state == .blocked && $0.priority < row.priority } ? row : nil
        }
        for var row in held.prefix(max(0, limit)) {
            row.watchFrom = now
            table.put(row)
        }
        return min(held.count, max(0, limit))
    }
}

extension TaskRow {
    /// Back to waiting, without the number it had.
    mutating func leaveNumber(dueAt: Timestamp) {
        state = .waiting
        number = nil
        queuedAt = nil
        publishedAt = nil
        watchFrom = nil
        startedAt = nil
        worker = nil
        waitingBecause = nil
        self.dueAt = dueAt
    }
}
