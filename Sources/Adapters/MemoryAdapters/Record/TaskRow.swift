package import Domain

/// A task as the record keeps it, with everything that happened to it.
package struct TaskRow: Hashable, Sendable {
    /// As it was admitted.
    package let admitted: FleetTask
    package var state: TaskState
    package var priority: Priority
    package var dueAt: Timestamp
    package var attempt = 1
    package var workersLost = 0
    package var deferrals = 0
    package var number: DispatchNumber?
    package var queuedAt: Timestamp?
    package var publishedAt: Timestamp?
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp?
    package var worker: WorkerID?
    package var watchFrom: Timestamp?
    package var waitingBecause: String?
    /// How it is to end once its number is void; `nil`: by itself.
    package var ending: Ending?
    /// When it was last raised for waiting long.
    package var agedAt: Timestamp?
    /// When it reached its terminal state, on the record's own clock.
    package var endedAt: Timestamp?
    /// The number of a plain task that was ended on its lane: a worker may still meet the message.
    package var numberStillAbout: DispatchNumber?
    package var result: Payload?
    package var fault: TaskFault?
    package var runs: [RunStory] = []

    init(_ task: FleetTask, state: TaskState) {
        admitted = task
        self.state = state
        priority = task.priority
        dueAt = task.dueAt
    }

    package var id: TaskID { admitted.id }
    package var key: ExclusionKey? { admitted.exclusionKey }
    package var lane: Lane { Lane(admitted.taskClass, priority) }

    /// The task as it stands: its due time and its priority move.
    var task: FleetTask {
        FleetTask(
            id: id,
            kind: admitted.kind,
            payload: admitted.payload,
            priority: priority,
            taskClass: admitted.taskClass,
            exclusionKey: key,
            olt: admitted.olt,
            timeout: admitted.timeout,
            maxAttempts: admitted.maxAttempts,
            backoff: admitted.backoff,
            createdAt: admitted.createdAt,
            dueAt: dueAt,
            labels: admitted.labels,
            source: admitted.source,
            retryOf: admitted.retryOf,
            deadline: admitted.deadline,
            uniqueClaims: ownClaim.map { [$0] } ?? [],
            traceParent: admitted.traceParent
        )
    }

    /// The key of the draft's own, not of its request.
    var ownClaim: UniqueClaim? { admitted.uniqueClaims.first { $0.fingerprint == nil } }

    /// What outcomes are judged by.
    var standing: TaskStanding {
        TaskStanding(
            id: id,
            state: state,
            number: number,
            attempt: attempt,
            maxAttempts: admitted.maxAttempts,
            backoff: admitted.backoff,
            workersLost: workersLost,
            deferrals: deferrals,
            deadline: admitted.deadline,
            ending: ending
        )
    }

    /// Most urgent first, then what has been due for longest.
    func goes(before other: TaskRow) -> Bool {
        (priority, dueAt, id) < (other.priority, other.dueAt, other.id)
    }
}
