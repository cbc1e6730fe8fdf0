import Domain

extension RecordModel {
    /// A marker that came back.
    struct Marker: Hashable, Sendable {
        var value: Int64
        var notedAt: Timestamp
    }

    /// An open case of loss, and whose it is.
    struct OpenCase: Hashable, Sendable {
        var found: LossCase
        var claimedBy: String?
        var claimedUntil: Timestamp?
    }

    struct CasePlace: Hashable, Sendable {
        let queue: ObservedQueue
        let reason: LossCase.Reason
    }

    mutating func note(_ new: [OutcomeMarker], now: Timestamp) {
        markers = markers.filter { $0.value.notedAt >= now - .seconds(86_400) }
        for marker in new {
            let value = max(marker.value, markers[marker.observer]?.value ?? marker.value)
            markers[marker.observer] = Marker(value: value, notedAt: now)
        }
    }

    mutating func noteMadeAnew(_ queues: [ObservedQueue], now: Timestamp) {
        for queue in queues {
            let found = LossCase(queue: queue, reason: .madeAnew, horizon: DispatchNumber(lastNumber), openedAt: now)
            cases[CasePlace(queue: queue, reason: .madeAnew)] = OpenCase(found: found)
        }
    }

    mutating func noteOvertaken(_ lane: Lane, upTo horizon: DispatchNumber, now: Timestamp) {
        let place = CasePlace(queue: .lane(lane), reason: .overtaken)
        let open = cases[place]
        let found = LossCase(
            queue: place.queue,
            reason: place.reason,
            horizon: max(horizon, open?.found.horizon ?? horizon),
            openedAt: open?.found.openedAt ?? now
        )
        cases[place] = OpenCase(found: found, claimedBy: open?.claimedBy, claimedUntil: open?.claimedUntil)
    }

    mutating func claimCases(by observer: String, for span: Duration, now: Timestamp) -> [LossCase] {
        var claimed: [LossCase] = []
        for (place, open) in cases {
            let isFree = open.claimedBy == nil || open.claimedBy == observer || open.claimedUntil.map { $0 < now } == true
            guard isFree else { continue }
            cases[place]?.claimedBy = observer
            cases[place]?.claimedUntil = now + span
            claimed.append(open.found)
        }
        return claimed.sorted { ($0.queue.description, $0.reason.rawValue) < ($1.queue.description, $1.reason.rawValue) }
    }

    mutating func settle(_ settled: LossCase) {
        let place = CasePlace(queue: settled.queue, reason: settled.reason)
        if cases[place]?.found == settled { cases[place] = nil }
    }

    func queuedNumbers(upTo horizon: DispatchNumber?) -> QueuedNumbers {
        let concerned = table.rows(in: .queued).filter { row in
            guard let horizon else { return true }
            return row.number.map { $0 <= horizon } ?? false
        }
        return QueuedNumbers(
            last: DispatchNumber(lastNumber),
            byLane: concerned.reduce(into: [:]) { $0[$1.lane, default: 0] += 1 }
        )
    }

    func missing(in lane: Lane, upTo horizon: DispatchNumber, ready: Int, limit: Int) -> [MissingNumber] {
        let hands = fleet.liveHands
        let free = table.rows(in: .queued).compactMap { row -> (row: TaskRow, number: DispatchNumber)? in
            guard row.lane == lane, row.publishedAt != nil, let number = row.number, !hands.contains(number) else { return nil }
            return (row, number)
        }
        // The lane holds the newest of them.
        return free.sorted { $0.number > $1.number }.dropFirst(max(0, ready)).reversed().filter {
            $0.number <= horizon && $0.row.watchFrom == nil
        }.prefix(limit).map {
            MissingNumber(task: $0.row.id, number: $0.number, key: $0.row.key, isStarted: $0.row.startedAt != nil)
        }
    }

    mutating func release(
        _ numbers: [(number: MissingNumber, answer: VoidAnswer)],
        judge: OutcomeJudge,
        now: Timestamp
    ) -> RecordSummary {
        var summary = RecordSummary()
        var changes: [RowChange] = []
        for (lost, answer) in numbers {
            guard let row = table[lost.task] else { continue }
            let change = judge.rescue(row.standing, number: lost.number, answer: answer, now: now)
            guard change != .stale else {
                summary.stale += 1
                continue
            }
            changes.append(RowChange(row: row, number: lost.number, change: change, outcome: nil, unrecordable: nil))
        }
        write(changes, into: &summary, now: now)
        return summary
    }
}
