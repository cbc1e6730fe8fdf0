package import Domain

extension RecordModel {
    /// Brings keys in order: behind a number everything due is blocked; else the most urgent, oldest task waits and the others are blocked.
    ///
    /// A task that waits already keeps its place against an equally urgent one.
    /// - Returns: tasks that were promoted.
    @discardableResult
    mutating func settle(_ keys: some Sequence<ExclusionKey>, now: Timestamp) -> Int {
        Set(keys).sorted().reduce(0) { $0 + settle($1, now: now) }
    }

    private mutating func settle(_ key: ExclusionKey, now: Timestamp) -> Int {
        let rows = table.rows(of: key)
        let due = rows.filter { $0.state == .waiting && $0.dueAt <= now }
        var best: TaskRow?
        if holders[key] == nil {
            best = due.min { $0.goes(before: $1) }
            if let blocked = rows.filter({ $0.state == .blocked }).min(by: { $0.goes(before: $1) }) {
                best = best.map { blocked.priority < $0.priority ? blocked : $0 } ?? blocked
            }
        }
        for var row in due where row.id != best?.id {
            row.state = .blocked
            row.waitingBecause = nil
            table.put(row)
        }
        guard var best, best.state == .blocked else { return 0 }
        best.state = .waiting
        best.waitingBecause = nil
        table.put(best)
        return 1
    }

    /// Promotes what is blocked behind nobody.
    package mutating func promoteForgotten(now: Timestamp) -> Int {
        let forgotten = table.keys.filter { key in
            guard holders[key] == nil else { return false }
            let rows = table.rows(of: key)
            let soon = now + ClockSkew.tolerated
            return rows.contains { $0.state == .blocked } && !rows.contains { $0.state == .waiting && $0.dueAt <= soon }
        }
        return settle(forgotten.prefix(1000), now: now)
    }
}
