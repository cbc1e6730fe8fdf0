package import Domain

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

    /// Notes markers that came back; the caller has recorded everything before them.
    package mutating func note(_ new: [OutcomeMarker], now: Timestamp) {
        markers = markers.filter { $0.value.notedAt >= now - .seconds(86_400) }
        for marker in new {
            let value = max(marker.value, markers[marker.observer]?.value ?? marker.value)
            markers[marker.observer] = Marker(value: value, notedAt: now)
        }
    }

    /// The largest value of an observer that has come back.
    package func lastMarker(of observer: String) -> Int64? { markers[observer]?.value }

    /// Opens a case per queue: whatever was queued up to now may be lost.
    package mutating func noteMadeAnew(_ queues: [ObservedQueue], now: Timestamp) {
        for queue in queues {
            let found = LossCase(queue: queue, reason: .madeAnew, horizon: DispatchNumber(lastNumber), openedAt: now)
            cases[CasePlace(queue: queue, reason: .madeAnew)] = OpenCase(found: found)
        }
    }

    /// Opens a case for a lane whose numbers up to `horizon` were overtaken.
    package mutating func noteOvertaken(_ lane: Lane, upTo horizon: DispatchNumber, now: Timestamp) {
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

    /// Takes open cases for `span`; one whose instance died is replaced after it.
    package mutating func claimCases(by observer: String, for span: Duration, now: Timestamp) -> [LossCase] {
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

    /// Closes a case, unless its queue was made anew meanwhile.
    package mutating func settle(_ settled: LossCase) {
        let place = CasePlace(queue: settled.queue, reason: settled.reason)
        if cases[place]?.found == settled { cases[place] = nil }
    }

    /// The last number that was given, and how many numbers up to `horizon` are queued, by lane.
    package func queuedNumbers(upTo horizon: DispatchNumber?) -> QueuedNumbers {
        let concerned = table.rows(in: .queued).filter { row in
            guard let horizon else { return true }
            return row.number.map { $0 <= horizon } ?? false
        }
        return QueuedNumbers(
            last: DispatchNumber(lastNumber),
            byLane: concerned.reduce(into: [:]) { $0[$1.lane, default: 0] += 1 }
        )
    }

    /// Confirmed numbers of a lane up to `horizon` that no live worker has in hand, without the newest `ready`.
    package func missing(in lane: Lane, upTo horizon: DispatchNumber, ready: Int, limit: Int) -> [MissingNumber] {
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

    /// Leaves numbers that are void; one whose lease is held is watched.
    package mutating func release(
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
