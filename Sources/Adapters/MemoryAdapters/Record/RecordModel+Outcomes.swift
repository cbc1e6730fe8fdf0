package import Domain

extension RecordModel {
    /// Records outcomes, once per number, and only while the number is the row's current one.
    package mutating func record(
        _ outcomes: [Outcome],
        judge: OutcomeJudge,
        now: Timestamp,
        using chance: inout some RandomNumberGenerator
    ) -> RecordSummary {
        var summary = RecordSummary()
        var ended: Set<TaskID> = []
        var changes: [RowChange] = []
        for reported in outcomes {
            let complete = complete(reported)
            let row = ended.contains(reported.task) ? nil : table[reported.task]
            let isRecordable = complete.isRecordable || row == nil
            let outcome = isRecordable ? complete : complete.unrecordable(now: now)
            let change = judge.judge(outcome, on: row?.standing, now: now, using: &chance)
            guard let row, change != .stale else {
                summary.stale += 1
                continue
            }
            let bytes = isRecordable ? nil : originalForm.encode(reported)
            let judged = RowChange(row: row, number: outcome.number, change: change, outcome: outcome, unrecordable: bytes)
            if judged.isEnd { ended.insert(outcome.task) }
            changes.append(judged)
        }
        write(changes, into: &summary, now: now)
        // Also those of stale outcomes: nobody else will ask for them.
        for outcome in outcomes where outcome.parts > 0 { parts[outcome.number] = nil }
        return summary
    }

    /// Applies what the lease store said about numbers nobody reported.
    package mutating func rescue(
        _ answers: [(watch: WatchedNumber, answer: VoidAnswer)],
        judge: OutcomeJudge,
        now: Timestamp
    ) -> RecordSummary {
        var summary = RecordSummary()
        var changes: [RowChange] = []
        var judged: Set<TaskID> = []
        for (watch, answer) in answers {
            guard let row = table[watch.task], judged.insert(watch.task).inserted else { continue }
            let change = judge.rescue(row.standing, number: watch.number, answer: answer, now: now)
            guard change != .stale else {
                summary.stale += 1
                continue
            }
            changes.append(RowChange(row: row, number: watch.number, change: change, outcome: nil, unrecordable: nil))
        }
        write(changes, into: &summary, now: now)
        return summary
    }

    /// Numbers whose watch is due.
    package func dueWatches(limit: Int, now: Timestamp) -> [WatchedNumber] {
        let due = table.rows(in: .queued).compactMap { row -> (from: Timestamp, watched: WatchedNumber)? in
            guard let from = row.watchFrom, from <= now, let number = row.number, let key = row.key else { return nil }
            return (from, WatchedNumber(task: row.id, number: number, key: key))
        }
        return due.sorted { ($0.from, $0.watched.number) < ($1.from, $1.watched.number) }.prefix(max(0, limit)).map(\.watched)
    }

    /// Stages one part of a large result until its outcome is recorded.
    package mutating func stage(_ part: OutcomePart) {
        guard parts[part.number]?[part.index] == nil else { return }
        parts[part.number, default: [:]][part.index] = part
    }

    /// The outcome with its parts' observations in place; a success whose parts are not all here is a failure that may be tried again.
    private func complete(_ outcome: Outcome) -> Outcome {
        guard outcome.parts > 0, outcome.verdict == .succeeded else { return outcome }
        let staged = parts[outcome.number, default: [:]].sorted { $0.key < $1.key }.map(\.value)
        guard staged.count >= outcome.parts else {
            let fault = TaskFault("parts_missing", "\(staged.count) of \(outcome.parts) parts of the result arrived", retryable: true)
            return outcome.changed(verdict: .failed(fault), device: nil)
        }
        var device = outcome.device
        device?.observations = staged.flatMap(\.observations) + (outcome.device?.observations ?? [])
        return outcome.changed(verdict: outcome.verdict, device: device)
    }

    // MARK: Writing

    /// Marks, ends, letters, device results, and who is next for a key.
    mutating func write(_ changes: [RowChange], into summary: inout RecordSummary, now: Timestamp) {
        let ends = changes.filter(\.isEnd)
        let starts = mark(changes, except: Set(ends.map(\.row.id)), into: &summary)
        for end in ends {
            guard let row = table[end.row.id] else { continue }
            var after = end.rowAfter(row, now: now)
            if let run = end.run(starts: starts, now: now) { after.runs.append(run) }
            table.put(after)
            letters.write(end, row: after, form: originalForm, now: now)
            if row.admitted.olt != nil, let number = end.number { parts[number] = nil }
            summary.ends.append(end.recorded(after, now: now))
            guard end.isTerminal else { continue }
            endings[after.state, default: 0] += 1
            if let name = after.ownClaim?.key { names.free(name, of: after.id) }
        }
        summary.onuEvents += devices.take(ends, now: now)
        tellBooks(ends, now: now)
        summary.due += giveKeysUp(ends, now: now)
        summarize(ends, into: &summary, now: now)
    }

    private mutating func mark(
        _ changes: [RowChange],
        except ended: Set<TaskID>,
        into summary: inout RecordSummary
    ) -> [TaskID: Timestamp] {
        var starts: [TaskID: Timestamp] = [:]
        var watches: [TaskID: Timestamp] = [:]
        for judged in changes {
            switch judged.change {
            case .started(let at):
                starts[judged.row.id] = at
                // What also ends in this batch gets its start with its end.
                guard !ended.contains(judged.row.id), var row = table[judged.row.id] else { continue }
                row.startedAt = at
                row.worker = judged.worker
                table.put(row)
            case .watch(let from, let above):
                summary.watched += 1
                watches[judged.row.id] = max(watches[judged.row.id] ?? from, from)
                // A key knows a higher number than the record: the database was restored. The margin covers numbers drawn meanwhile.
                if let above, lastNumber <= above.value { lastNumber = above.value + 1000 }
            case .stale, .succeeded, .retry, .release, .dead, .ended: break
            }
        }
        for (id, from) in watches {
            guard var row = table[id] else { continue }
            row.watchFrom = from
            table.put(row)
        }
        return starts
    }

    /// The numbers leave the exclusion keys, and the next task of each key is promoted.
    private mutating func giveKeysUp(_ ends: [RowChange], now: Timestamp) -> Int {
        var keys: Set<ExclusionKey> = []
        for end in ends {
            guard let key = end.row.key else { continue }
            keys.insert(key)
            if let number = end.number, holders[key]?.number == number { holders[key] = nil }
        }
        return settle(keys, now: now)
    }

    private func summarize(_ ends: [RowChange], into summary: inout RecordSummary, now: Timestamp) {
        for end in ends {
            if end.number != nil { summary.left[end.row.lane, default: 0] += 1 }
            if end.unrecordable != nil { summary.unrecordable += 1 }
            switch end.change {
            case .succeeded: summary.succeeded += 1
            case .dead: summary.dead += 1
            case .retry(let dueAt, _, _):
                summary.retried += 1
                if dueAt <= now { summary.due += 1 }
            case .release(let dueAt, _):
                summary.released += 1
                if dueAt <= now { summary.due += 1 }
            case .ended(let ending):
                switch ending.cause {
                case .cancelled: summary.cancelled += 1
                case .expired: summary.expired += 1
                }
            case .stale, .started, .watch: break
            }
        }
    }
}
