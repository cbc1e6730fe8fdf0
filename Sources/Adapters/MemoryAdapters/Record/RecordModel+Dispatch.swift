package import Domain

extension RecordModel {
    /// Gives numbers to due tasks, most urgent and oldest first, at most `room` per lane, at most `limit` in all.
    ///
    /// Tasks with a key stay where they are unless they are `keyed` in.
    package mutating func dispatchDue(room: [Lane: Int], keyed: Bool, limit: Int, now: Timestamp) -> [DispatchedTask] {
        let candidates = candidates(room: room, keyed: keyed, limit: limit, now: now)
        settle(candidates.compactMap(\.key), now: now)
        return candidates.compactMap { candidate in
            guard var row = table[candidate.id], row.state == .waiting, row.dueAt <= now else { return nil }
            if let deadline = row.admitted.deadline, deadline <= now { return nil }
            if let key = row.key, holders[key] != nil { return nil }
            let number = nextNumber()
            if let key = row.key { holders[key] = Holder(task: row.id, number: number) }
            row.state = .queued
            row.number = number
            row.queuedAt = now
            row.publishedAt = nil
            row.startedAt = nil
            row.worker = nil
            row.watchFrom = nil
            row.waitingBecause = nil
            table.put(row)
            return dispatched(row, number)
        }
    }

    private func candidates(room: [Lane: Int], keyed: Bool, limit: Int, now: Timestamp) -> [TaskRow] {
        guard limit > 0 else { return [] }
        let due = Dictionary(grouping: table.rows(in: .waiting).filter { $0.dueAt <= now && (keyed || $0.key == nil) }, by: \.lane)
        let chosen = room.flatMap { lane, places in
            due[lane, default: []].sorted { $0.goes(before: $1) }.prefix(max(0, min(places, limit)))
        }
        return Array(chosen.sorted { $0.goes(before: $1) }.prefix(limit))
    }

    /// Notes that the broker confirmed these numbers.
    package mutating func published(_ numbers: [DispatchNumber], now: Timestamp) {
        for number in numbers {
            guard var row = table.row(of: number), row.publishedAt == nil else { continue }
            row.publishedAt = now
            table.put(row)
        }
    }

    /// Queued tasks whose publishing was never confirmed since `before`; asking claims them until `now` is as old.
    package mutating func unpublished(before: Timestamp, limit: Int, now: Timestamp) -> [DispatchedTask] {
        let lost = table.rows(in: .queued).compactMap { row -> (row: TaskRow, number: DispatchNumber)? in
            guard let number = row.number, row.publishedAt == nil, let queuedAt = row.queuedAt, queuedAt < before else { return nil }
            return (row, number)
        }
        return lost.sorted { $0.number < $1.number }.prefix(max(0, limit)).map { found in
            var row = found.row
            row.queuedAt = now
            table.put(row)
            return dispatched(row, found.number)
        }
    }

    /// The broker took these numbers to no queue: back to waiting, uncharged, with the reason shown.
    package mutating func notTaken(_ numbers: [DispatchNumber], reason: String, dueAt: Timestamp) {
        var keys: Set<ExclusionKey> = []
        for number in numbers {
            guard var row = table.row(of: number), row.state == .queued, row.publishedAt == nil else { continue }
            row.leaveNumber(dueAt: dueAt)
            row.waitingBecause = reason.withoutZero
            table.put(row)
            guard let key = row.key else { continue }
            keys.insert(key)
            if holders[key]?.number == number { holders[key] = nil }
        }
        // What is given back is due later, so that the next of its key may go first.
        settle(keys, now: Timestamp(microseconds: dueAt.microseconds - 1))
    }
}
