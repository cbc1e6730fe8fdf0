import Domain

/// Unique keys, and the task that each of them stands for.
struct NameBook: Sendable {
    private struct Entry: Sendable {
        let task: TaskID
        /// `nil`: until the task has ended.
        let until: Timestamp?
        let fingerprint: String?
    }

    private struct Holder: Sendable {
        let task: TaskID
        let fingerprint: String?
        /// `nil`: it is being written in this very step.
        let state: TaskState?
    }

    private var entries: [UniqueKey: Entry] = [:]

    var count: Int { entries.count }

    /// Claims the keys of new tasks; whoever comes second is told who holds the key.
    ///
    /// A task goes in only with all its keys: what it took beside a key that is held is given back.
    /// - Returns: an answer for each task that must not be written; the others hold their keys now.
    mutating func claim(_ tasks: [FleetTask], now: Timestamp, state: (TaskID) -> TaskState?) -> [TaskID: AdmissionAnswer] {
        var firsts: [UniqueKey: TaskID] = [:]
        var held: [UniqueKey: Holder] = [:]
        for task in tasks {
            for claim in task.uniqueClaims where firsts[claim.key] == nil {
                firsts[claim.key] = task.id
                if let holder = take(claim, for: task.id, now: now, state: state) { held[claim.key] = holder }
            }
        }
        var answers: [TaskID: AdmissionAnswer] = [:]
        var fingerprints: [UniqueKey: String?] = [:]
        for task in tasks {
            for claim in task.uniqueClaims {
                let holder: Holder
                if let found = held[claim.key] {
                    holder = found
                } else if let first = firsts[claim.key], first != task.id {
                    // The first of this batch stands for the key, or whatever stands for the first.
                    let fingerprint = fingerprints[claim.key] ?? nil
                    if case .duplicate(let of, let state) = answers[first] {
                        holder = Holder(task: of, fingerprint: fingerprint, state: state)
                    } else {
                        holder = Holder(task: first, fingerprint: fingerprint, state: nil)
                    }
                } else {
                    fingerprints[claim.key] = claim.fingerprint
                    continue
                }
                if let theirs = holder.fingerprint, let ours = claim.fingerprint, theirs != ours {
                    answers[task.id] = .keyReused(claim.key, by: holder.task)
                } else if answers[task.id] == nil {
                    answers[task.id] = .duplicate(of: holder.task, holder.state ?? .waiting)
                }
            }
            guard answers[task.id] != nil else { continue }
            giveBack(task.uniqueClaims.map(\.key).filter { held[$0] == nil && firsts[$0] == task.id }, of: task.id)
        }
        return answers
    }

    /// - Returns: who holds the key; `nil`: it is the task's from now on.
    private mutating func take(_ claim: UniqueClaim, for task: TaskID, now: Timestamp, state: (TaskID) -> TaskState?) -> Holder? {
        if let entry = entries[claim.key] {
            let holderState = state(entry.task)
            let isLive = holderState.map { !$0.isTerminal } ?? false
            let isOver = entry.until.map { $0 <= now } ?? !isLive
            guard isOver, entry.task != task else { return Holder(task: entry.task, fingerprint: entry.fingerprint, state: holderState) }
        }
        entries[claim.key] = Entry(task: task, until: claim.until, fingerprint: claim.fingerprint)
        return nil
    }

    /// Keys of a task that is not written after all.
    mutating func giveBack(_ keys: [UniqueKey], of task: TaskID) {
        for key in keys where entries[key]?.task == task { entries[key] = nil }
    }

    /// The task has ended: its name is free, unless it stands for a time of its own.
    mutating func free(_ key: UniqueKey, of task: TaskID) {
        if let entry = entries[key], entry.task == task, entry.until == nil { entries[key] = nil }
    }

    /// Forgets names whose time is over, at most so many.
    mutating func sweep(limit: Int, now: Timestamp) -> Int {
        let over = entries.filter { entry in entry.value.until.map { $0 <= now } ?? false }.keys.sorted().prefix(max(0, limit))
        for key in over { entries[key] = nil }
        return over.count
    }
}
