/// The runs that a worker was told to forget, so that what arrives later is recognised.
///
/// Kept for an hour, and at most `runsMax` of them: beyond, the oldest are forgotten first.
package struct CancelledBook: Sendable {
    /// How long a run is remembered: what was published before its end has been delivered, or was made anew, by then.
    package static let keepFor: Duration = .seconds(3600)
    package static let runsMax = 50_000

    private enum Key: Hashable {
        case number(DispatchNumber)
        /// Whatever number the task runs under.
        case task(TaskID)
    }

    private struct Entry {
        let reason: String
        let until: Instant
    }

    private let keepFor: Duration
    private let runsMax: Int
    private var entries: [Key: Entry] = [:]
    /// Keys by age; those before `head` are forgotten.
    private var line: [Key] = []
    private var head = 0

    package init(keepFor: Duration = Self.keepFor, runsMax: Int = Self.runsMax) {
        precondition(runsMax > 0, "a book without room remembers nothing")
        self.keepFor = keepFor
        self.runsMax = runsMax
    }

    package var count: Int { entries.count }

    /// Takes in what an order names; what is known already stays as it is.
    package mutating func add(_ runs: [CancelledRun], at now: Instant) {
        forget(at: now)
        for run in runs {
            let key = run.number.map(Key.number) ?? .task(run.task)
            guard entries[key] == nil else { continue }
            if entries.count == runsMax { forgetOldest() }
            entries[key] = Entry(reason: run.reason, until: now + keepFor)
            line.append(key)
        }
    }

    /// Why this run is not wanted any more; `nil`: it is.
    package func reason(for task: TaskID, _ number: DispatchNumber, at now: Instant) -> String? {
        guard !entries.isEmpty else { return nil }
        let entry = entries[.number(number)] ?? entries[.task(task)]
        return entry.flatMap { now < $0.until ? $0.reason : nil }
    }

    private mutating func forget(at now: Instant) {
        while head < line.count, let oldest = entries[line[head]], oldest.until <= now { forgetOldest() }
    }

    private mutating func forgetOldest() {
        entries[line[head]] = nil
        head += 1
        guard head == line.count || head >= 1024 else { return }
        line.removeFirst(head)
        head = 0
    }
}
