package import Domain

extension RecordModel {
    /// Due tasks that wait are counted up to this many a lane.
    private static let waitingMax = 100_000

    package func laneCounts(now: Timestamp) -> LaneCounts {
        let queued = Dictionary(grouping: table.rows(in: .queued), by: \.lane).mapValues(\.count)
        let due = Dictionary(grouping: table.rows(in: .waiting).filter { $0.dueAt <= now }, by: \.lane)
        return LaneCounts(
            queued: queued,
            waiting: due.mapValues { min($0.count, Self.waitingMax) },
            oldestWaiting: due.compactMapValues { $0.map(\.dueAt).min() }
        )
    }

    /// States that tasks pass are always there; states that end them once one has.
    package func stateCounts() -> [TaskState: Int] {
        var counts: [TaskState: Int] = [:]
        for state in TaskState.allCases {
            counts[state] = state.isTerminal ? endings[state] : table.count(in: state)
        }
        return counts
    }

    package func task(_ id: TaskID) -> TaskStory? { table[id].map(story) }

    /// Newest first.
    package func tasks(_ filter: TaskFilter) -> Page<TaskStory> {
        let limit = min(max(1, filter.limit), 1000)
        let place = PagePlace(filter.cursor)
        let found = table.all.filter { row in
            (filter.state == nil || row.state == filter.state) && (filter.kind == nil || row.admitted.kind == filter.kind)
                && (filter.olt == nil || row.admitted.olt == filter.olt)
                && place.map { (row.admitted.createdAt, row.id) < ($0.time, $0.id) } ?? true
        }
        let sorted = found.sorted { ($1.admitted.createdAt, $1.id) < ($0.admitted.createdAt, $0.id) }
        return Page.cut(sorted.prefix(limit + 1).map(story), limit: limit) { PagePlace($0.task.createdAt, $0.task.id).text }
    }

    private func story(_ row: TaskRow) -> TaskStory {
        TaskStory(
            task: row.task,
            state: row.state,
            attempt: row.attempt,
            startedAt: row.startedAt,
            finishedAt: row.finishedAt,
            worker: row.worker,
            result: row.result,
            fault: row.fault,
            waitingBecause: why(row),
            runs: row.runs.sorted { $0.number < $1.number }
        )
    }

    private func why(_ row: TaskRow) -> String? {
        guard row.state == .blocked, let key = row.key else { return row.state.isTerminal ? nil : row.waitingBecause }
        return holders[key].map { "\(key) is held by task \($0.task)" } ?? "another task of \(key) goes first"
    }
}
