package import Domain

/// A task as the API and `--json` show it.
package struct TaskShape: Codable, Hashable, Sendable {
    package let id: String
    package let kind: String
    package let state: String
    package let priority: String
    package let `class`: String
    @OrNull package var exclusionKey: String?
    /// Of the draft's own; `null`: it has none.
    @OrNull package var uniqueKey: String?
    package let attempt: Int
    package let maxAttempts: Int
    package let createdAt: String
    package let dueAt: String
    @OrNull package var startedAt: String?
    @OrNull package var finishedAt: String?
    @OrNull package var worker: String?
    @OrNull package var deadline: String?
    package let source: String
    package let payload: [String: JSONValue]
    package let labels: [String: String]
    @OrNull package var result: [String: JSONValue]?
    @OrNull package var error: FaultShape?
    @OrNull package var waitingBecause: String?
    /// How far the run is that is under way, at most a few seconds old; `null`: nothing runs, or it has not told yet.
    @OrNull package var progress: ProgressShape?
    @OrNull package var retryOf: String?
    @OrNull package var traceparent: String?
    package let runs: [RunShape]

    package init(_ story: TaskStory) {
        let task = story.task
        id = task.id.description
        kind = task.kind
        state = story.state.word
        priority = task.priority.word
        `class` = task.taskClass.word
        exclusionKey = task.exclusionKey?.text
        uniqueKey = task.uniqueClaims.first?.key.name
        attempt = story.attempt
        maxAttempts = task.maxAttempts
        createdAt = task.createdAt.description
        dueAt = task.dueAt.description
        startedAt = (story.startedAt ?? story.running?.since)?.description
        finishedAt = story.finishedAt?.description
        worker = (story.worker ?? story.running?.worker)?.text
        progress = story.running.map { ProgressShape($0.progress, after: $0.at - $0.since) }
        deadline = task.deadline?.description
        source = task.source.rawValue
        payload = task.payload
        labels = task.labels
        result = story.result
        error = story.fault.map(FaultShape.init)
        waitingBecause = story.waitingBecause
        retryOf = task.retryOf?.description
        traceparent = task.traceParent?.description
        runs = story.runs.map(RunShape.init)
    }
}

/// Why an attempt failed.
package struct FaultShape: Codable, Hashable, Sendable {
    package let `class`: String
    package let message: String
    package let retryable: Bool

    package init(_ fault: TaskFault) {
        `class` = fault.errorClass
        message = fault.message
        retryable = fault.retryable
    }
}

/// One recorded run of a task.
package struct RunShape: Codable, Hashable, Sendable {
    package let attempt: Int
    package let number: Int64
    package let worker: String
    @OrNull package var startedAt: String?
    package let finishedAt: String
    package let outcome: String
    @OrNull package var error: FaultShape?

    package init(_ run: RunStory) {
        attempt = run.attempt
        number = run.number.value
        worker = run.worker.text
        startedAt = run.startedAt?.description
        finishedAt = run.finishedAt.description
        outcome = run.outcome
        error = run.fault.map(FaultShape.init)
    }
}

/// The answer to a draft that was admitted: 202, or 200 with `duplicate` when a task with its id exists.
package struct ReceiptShape: Codable, Hashable, Sendable {
    package let id: String
    package let state: String
    package let duplicate: Bool

    package init(id: String, state: String, duplicate: Bool) {
        self.id = id
        self.state = state
        self.duplicate = duplicate
    }
}

/// The answer to a batch: one entry per draft, in order; either a receipt or what was wrong with it.
package struct BatchShape: Codable, Hashable, Sendable {
    package struct Entry: Codable, Hashable, Sendable {
        @OrNull package var receipt: ReceiptShape?
        @OrNull package var problem: Problem?

        package init(receipt: ReceiptShape?, problem: Problem?) {
            self.receipt = receipt
            self.problem = problem
        }
    }

    package let admitted: Int
    package let duplicates: Int
    package let refused: Int
    package let entries: [Entry]

    package init(entries: [Entry]) {
        self.entries = entries
        admitted = entries.count { $0.receipt?.duplicate == false }
        duplicates = entries.count { $0.receipt?.duplicate == true }
        refused = entries.count { $0.problem != nil }
    }
}
