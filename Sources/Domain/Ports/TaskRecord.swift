/// What remembers tasks.
///
/// Every method is one transaction unless it says otherwise.
package protocol TaskRecord: Sendable {
    /// Writes admitted tasks. A task with `number` true goes in as `queued` with a number of its own (it has neither key nor device).
    ///
    /// Of a key at most one task is waiting-and-due or queued; the others are written `blocked`.
    func admit(_ tasks: [AdmittedTask], now: Timestamp) async throws(RecordError) -> [AdmissionAnswer]

    /// Gives numbers to due tasks, most urgent and oldest first, at most `room` per lane, at most `limit` in all.
    ///
    /// Due row, key, number and `queued` are this one transaction; the caller publishes after it. A due task whose key is held turns `blocked`.
    /// Tasks with a key stay where they are unless they are `keyed` in: their workers could not get a lease.
    func dispatchDue(room: [Lane: Int], keyed: Bool, limit: Int, now: Timestamp) async throws(RecordError) -> [DispatchedTask]

    /// Notes that the broker confirmed these numbers.
    func published(_ numbers: [DispatchNumber], now: Timestamp) async throws(RecordError)

    /// Queued tasks whose publishing was never confirmed since `before`: published again with the same number.
    ///
    /// Asking claims them: they are not told again before as long has passed since `now`.
    func unpublished(before: Timestamp, limit: Int, now: Timestamp) async throws(RecordError) -> [DispatchedTask]

    /// The broker took these numbers to no queue: back to waiting, due at `dueAt`, uncharged, with the reason shown.
    func notTaken(_ numbers: [DispatchNumber], reason: String, dueAt: Timestamp) async throws(RecordError)

    /// Records outcomes, each judged on its row under lock; with the change go results, letters and the promotion of the key's next task.
    func record(_ outcomes: [Outcome], judge: OutcomeJudge, now: Timestamp) async throws(RecordError) -> RecordSummary

    /// Stages one part of a large result until its outcome is recorded.
    func stage(_ part: OutcomePart, now: Timestamp) async throws(RecordError)

    /// Numbers whose watch is due: their lease should have ended.
    func dueWatches(limit: Int, now: Timestamp) async throws(RecordError) -> [WatchedNumber]

    /// Applies the lease store's answers about watched numbers.
    func rescue(_ answers: [(watch: WatchedNumber, answer: VoidAnswer)], judge: OutcomeJudge, now: Timestamp) async throws(RecordError)
        -> RecordSummary

    /// Promotes what is blocked behind nobody: neither a number, nor a task that is due within the tolerated `ClockSkew`.
    ///
    /// The count must stay 0.
    func promoteForgotten(now: Timestamp) async throws(RecordError) -> Int

    /// Tasks `queued` per lane, and the lanes in which due tasks wait.
    func laneCounts(now: Timestamp) async throws(RecordError) -> LaneCounts

    /// How many tasks stand in each state.
    func stateCounts() async throws(RecordError) -> [TaskState: Int]

    func task(_ id: TaskID) async throws(RecordError) -> TaskStory?

    /// Newest first.
    func tasks(_ filter: TaskFilter) async throws(RecordError) -> Page<TaskStory>
}

/// A task to be written, and whether it goes to its lane at once.
package struct AdmittedTask: Hashable, Sendable {
    package let task: FleetTask
    package let goesAtOnce: Bool
    /// The id is the caller's, or was written before perhaps: it is looked for among the ended tasks, too.
    package let mayExist: Bool

    package init(_ task: FleetTask, goesAtOnce: Bool, mayExist: Bool = false) {
        self.task = task
        self.goesAtOnce = goesAtOnce
        self.mayExist = mayExist
    }
}

package enum AdmissionAnswer: Hashable, Sendable {
    case waiting
    case blocked
    /// Written as queued: publish it now.
    case queued(DispatchedTask)
    /// A task with this id, or with one of its unique keys, exists already, in this state; nothing was written.
    case duplicate(of: TaskID, TaskState)
    /// The key stands for another request; nothing was written.
    case keyReused(UniqueKey, by: TaskID)
}

/// What a batch of outcomes changed.
package struct RecordSummary: Hashable, Sendable {
    /// Outcomes that took their task's number off the row, by the lane it leaves.
    package var left: [Lane: Int] = [:]
    package var succeeded = 0
    package var retried = 0
    package var released = 0
    package var dead = 0
    package var cancelled = 0
    package var expired = 0
    package var stale = 0
    package var watched = 0
    /// Tasks that may be dispatched now such as promoted ones.
    package var due = 0
    /// Outcomes that could not be recorded as they were and ended as `unrecordable`.
    package var unrecordable = 0
    /// The numbers and tasks that ended, for events and metrics.
    package var ends: [RecordedEnd] = []
    /// What was found to have happened to ONUs.
    package var onuEvents: [ONUEvent] = []

    package init() {}
}

package struct WatchedNumber: Hashable, Sendable {
    package let task: TaskID
    package let number: DispatchNumber
    package let key: ExclusionKey

    package init(task: TaskID, number: DispatchNumber, key: ExclusionKey) {
        self.task = task
        self.number = number
        self.key = key
    }
}

package struct LaneCounts: Hashable, Sendable {
    package let queued: [Lane: Int]
    /// Due tasks that wait, by lane.
    package let waiting: [Lane: Int]
    package let oldestWaiting: [Lane: Timestamp]

    package init(queued: [Lane: Int], waiting: [Lane: Int], oldestWaiting: [Lane: Timestamp]) {
        self.queued = queued
        self.waiting = waiting
        self.oldestWaiting = oldestWaiting
    }
}

/// A task with everything that happened to it.
package struct TaskStory: Hashable, Sendable {
    package let task: FleetTask
    package let state: TaskState
    package let attempt: Int
    package let startedAt: Timestamp?
    package let finishedAt: Timestamp?
    package let worker: WorkerID?
    package let result: Payload?
    package let fault: TaskFault?
    /// Why it waits, in words such as "olt:17 is held by task …".
    package let waitingBecause: String?
    package let runs: [RunStory]
    /// The run that is under way; known only of a task that is asked for alone.
    package var running: RunningTask?

    package init(
        task: FleetTask,
        state: TaskState,
        attempt: Int,
        startedAt: Timestamp?,
        finishedAt: Timestamp?,
        worker: WorkerID?,
        result: Payload?,
        fault: TaskFault?,
        waitingBecause: String?,
        runs: [RunStory]
    ) {
        self.task = task
        self.state = state
        self.attempt = attempt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.worker = worker
        self.result = result
        self.fault = fault
        self.waitingBecause = waitingBecause
        self.runs = runs
    }

    /// The same while it runs.
    package func running(_ running: RunningTask) -> TaskStory {
        var story = self
        story.running = running
        return story
    }
}

/// A run that is under way, as its worker's last beat told.
package struct RunningTask: Hashable, Sendable {
    package let worker: WorkerID
    package let since: Timestamp
    package let progress: RunProgress
    /// When the beat was sent.
    package let at: Timestamp

    package init(worker: WorkerID, since: Timestamp, progress: RunProgress, at: Timestamp) {
        self.worker = worker
        self.since = since
        self.progress = progress
        self.at = at
    }
}

/// One recorded outcome of a task.
package struct RunStory: Hashable, Sendable {
    package let attempt: Int
    package let number: DispatchNumber
    package let worker: WorkerID
    package let startedAt: Timestamp?
    package let finishedAt: Timestamp
    /// The verdict's word.
    package let outcome: String
    package let fault: TaskFault?

    package init(
        attempt: Int,
        number: DispatchNumber,
        worker: WorkerID,
        startedAt: Timestamp?,
        finishedAt: Timestamp,
        outcome: String,
        fault: TaskFault?
    ) {
        self.attempt = attempt
        self.number = number
        self.worker = worker
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.outcome = outcome
        self.fault = fault
    }
}

package struct TaskFilter: Hashable, Sendable {
    package var state: TaskState?
    package var kind: String?
    package var olt: OLTID?
    /// Items a page at most, 1…1000.
    package var limit = 50
    /// Where the page before ended; opaque.
    package var cursor: String?

    package init() {}
}

/// A part of a list, and where the next one begins.
package struct Page<Item: Hashable & Sendable>: Hashable, Sendable {
    package let items: [Item]
    package let next: String?
    /// How many there are in all, when that is cheap to tell.
    package let total: Int?

    package init(items: [Item], next: String?, total: Int? = nil) {
        self.items = items
        self.next = next
        self.total = total
    }
}
