/// What a caller asks for, before it is checked.
///
/// Words are still words here, so that admission can say what is allowed.
package struct TaskDraft: Hashable, Sendable {
    /// The caller's own id; with it a draft that is delivered twice is one task.
    package var id: TaskID?
    /// The id was drawn by Flotilla itself a moment ago: nobody can have used it before.
    package var isIDFresh = false
    package var kind: String
    package var payload: Payload
    /// A word of `Priority`; missing: the intake queue's, else the kind's.
    package var priority: String?
    /// A word of `TaskClass`; missing: the kind's.
    package var taskClass: String?
    /// Missing: the kind's (`olt:<id>` for heavy SNMP kinds).
    package var exclusionKey: String?
    /// How long one attempt may take; missing: the kind's.
    package var timeout: Duration?
    package var maxAttempts: Int?
    package var backoff: BackoffDraft?
    /// Not dispatched before; missing: at once.
    package var dueAt: Timestamp?
    package var labels: [String: String]
    /// While a task with the same key is not done (or for `uniqueFor`), the draft is answered with that task.
    package var uniqueKey: String?
    /// How long the key stands, from admission; missing: until the task has ended.
    package var uniqueFor: Duration?
    /// A task that has not ended by then is expired.
    package var deadline: Timestamp?
    /// The header `Idempotency-Key` of the request, when it had one.
    package var request: DraftRequest?
    /// The caller's trace, when there is one.
    package var traceParent: TraceParent?

    package init(
        kind: String,
        payload: Payload = [:],
        id: TaskID? = nil,
        priority: String? = nil,
        taskClass: String? = nil,
        exclusionKey: String? = nil,
        timeout: Duration? = nil,
        maxAttempts: Int? = nil,
        backoff: BackoffDraft? = nil,
        dueAt: Timestamp? = nil,
        labels: [String: String] = [:],
        uniqueKey: String? = nil,
        uniqueFor: Duration? = nil,
        deadline: Timestamp? = nil,
        request: DraftRequest? = nil,
        traceParent: TraceParent? = nil
    ) {
        self.id = id
        self.kind = kind
        self.payload = payload
        self.priority = priority
        self.taskClass = taskClass
        self.exclusionKey = exclusionKey
        self.timeout = timeout
        self.maxAttempts = maxAttempts
        self.backoff = backoff
        self.dueAt = dueAt
        self.labels = labels
        self.uniqueKey = uniqueKey
        self.uniqueFor = uniqueFor
        self.deadline = deadline
        self.request = request
        self.traceParent = traceParent
    }
}

/// The request a draft came with, so that a repeated one is recognised.
package struct DraftRequest: Hashable, Sendable {
    /// The header `Idempotency-Key`.
    package let key: String
    /// A hash of what was asked: the same key with another one is refused.
    package let fingerprint: String

    package init(key: String, fingerprint: String) {
        self.key = key
        self.fingerprint = fingerprint
    }
}

/// A caller's wish for the pause between attempts; what is missing comes from the kind.
package struct BackoffDraft: Hashable, Sendable {
    package var base: Duration?
    package var factor: Double?
    package var ceiling: Duration?

    package init(base: Duration? = nil, factor: Double? = nil, ceiling: Duration? = nil) {
        self.base = base
        self.factor = factor
        self.ceiling = ceiling
    }
}
