/// What keeps the record from growing without bound.
package protocol Housekeeping: Sendable {
    /// Makes room for the tasks that will end today and on the days after.
    func prepareDays(ahead: Int, now: Timestamp) async throws(RecordError)

    /// Drops whole days, and deletes ended tasks of states that are kept for less long, in batches.
    func sweep(_ keep: Retention, batch: Int, now: Timestamp) async throws(RecordError) -> Swept

    /// Due and blocked tasks by what a worker must be able to do to run them.
    func demand(limit: Int) async throws(RecordError) -> [Demand]
}

/// For how many days what has ended is kept.
package struct Retention: Hashable, Sendable {
    /// Ended tasks, by state.
    package var days: [TaskState: Int]
    /// What people forced or steered.
    package var auditDays: Int
    /// What was measured at ONUs and what happened to them.
    package var readingDays: Int

    package init(
        days: [TaskState: Int] = [.succeeded: 7, .dead: 7, .cancelled: 7, .expired: 7],
        auditDays: Int = 365,
        readingDays: Int = 30
    ) {
        self.days = days
        self.auditDays = auditDays
        self.readingDays = readingDays
    }

    package var daysMax: Int { days.values.max() ?? 7 }
}

/// What a sweep took away.
package struct Swept: Hashable, Sendable {
    package var days: [String] = []
    package var tasks = 0
    package var uniqueKeys = 0
    package var auditEntries = 0
    package var onuEvents = 0
    /// A batch was full: there is more.
    package var isFull = false

    package init() {}
}

/// Tasks of one kind and class that wait for a worker.
package struct Demand: Hashable, Sendable {
    package let kind: String
    package let taskClass: TaskClass
    package let count: Int

    package init(kind: String, taskClass: TaskClass, count: Int) {
        self.kind = kind
        self.taskClass = taskClass
        self.count = count
    }
}
