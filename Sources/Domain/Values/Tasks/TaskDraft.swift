/// What a caller asks for, before it is checked.
///
/// Words are still words here, so that admission can say what is allowed.
package struct TaskDraft: Hashable, Sendable {
    /// The caller's own id; with it a draft that is delivered twice is one task.
    package var id: TaskID?
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
        labels: [String: String] = [:]
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
