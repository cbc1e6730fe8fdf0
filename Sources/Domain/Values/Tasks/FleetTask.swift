/// A task that has been admitted: Flotilla owes it a terminal state.
package struct FleetTask: Hashable, Sendable {
    package let id: TaskID
    package let kind: String
    package let payload: Payload
    package let priority: Priority
    package let taskClass: TaskClass
    package let exclusionKey: ExclusionKey?
    /// The OLT the task works on; its address and sealed credentials join the task at dispatch.
    package let olt: OLTID?
    package let timeout: Duration
    package let maxAttempts: Int
    package let backoff: Backoff
    package let createdAt: Timestamp
    package let dueAt: Timestamp
    package let labels: [String: String]
    package let source: TaskSource
    /// The dead task that this one tries again.
    package let retryOf: TaskID?
    /// A task that has not ended by then is expired.
    package let deadline: Timestamp?
    /// Names that no second task may stand for meanwhile.
    package let uniqueClaims: [UniqueClaim]
    package let traceParent: TraceParent?

    package init(
        id: TaskID,
        kind: String,
        payload: Payload,
        priority: Priority,
        taskClass: TaskClass,
        exclusionKey: ExclusionKey?,
        olt: OLTID?,
        timeout: Duration,
        maxAttempts: Int,
        backoff: Backoff,
        createdAt: Timestamp,
        dueAt: Timestamp,
        labels: [String: String],
        source: TaskSource,
        retryOf: TaskID? = nil,
        deadline: Timestamp? = nil,
        uniqueClaims: [UniqueClaim] = [],
        traceParent: TraceParent? = nil
    ) {
        self.id = id
        self.kind = kind
        self.payload = payload
        self.priority = priority
        self.taskClass = taskClass
        self.exclusionKey = exclusionKey
        self.olt = olt
        self.timeout = timeout
        self.maxAttempts = maxAttempts
        self.backoff = backoff
        self.createdAt = createdAt
        self.dueAt = dueAt
        self.labels = labels
        self.source = source
        self.retryOf = retryOf
        self.deadline = deadline
        self.uniqueClaims = uniqueClaims
        self.traceParent = traceParent
    }

    package var lane: Lane { Lane(taskClass, priority) }

    /// Without key, device or future due time a task may be inserted `queued` with its number at once (the hot path); unique keys are looked at first.
    package var mayGoAtOnce: Bool { exclusionKey == nil && olt == nil && dueAt <= createdAt && uniqueClaims.isEmpty }
}

/// Where a task entered.
package enum TaskSource: String, CaseIterable, Hashable, Sendable {
    case http, amqp, retry
    /// The coordinator made it.
    case plan
}

/// A task on its way to one worker: everything the worker needs, and the number it runs under.
package struct DispatchedTask: Hashable, Sendable {
    package let id: TaskID
    package let number: DispatchNumber
    /// From 1; part of the budget, never a key.
    package let attempt: Int
    package let maxAttempts: Int
    package let kind: String
    package let payload: Payload
    package let priority: Priority
    package let taskClass: TaskClass
    package let exclusionKey: ExclusionKey?
    package let timeout: Duration
    package let device: DeviceAccess?
    /// What was left until the deadline at dispatch; `nil`: there is none.
    package let timeLeft: Duration?
    package let traceParent: TraceParent?

    package init(
        id: TaskID,
        number: DispatchNumber,
        attempt: Int,
        maxAttempts: Int,
        kind: String,
        payload: Payload,
        priority: Priority,
        taskClass: TaskClass,
        exclusionKey: ExclusionKey?,
        timeout: Duration,
        device: DeviceAccess?,
        timeLeft: Duration? = nil,
        traceParent: TraceParent? = nil
    ) {
        self.id = id
        self.number = number
        self.attempt = attempt
        self.maxAttempts = maxAttempts
        self.kind = kind
        self.payload = payload
        self.priority = priority
        self.taskClass = taskClass
        self.exclusionKey = exclusionKey
        self.timeout = timeout
        self.device = device
        self.timeLeft = timeLeft
        self.traceParent = traceParent
    }

    package var lane: Lane { Lane(taskClass, priority) }
}
