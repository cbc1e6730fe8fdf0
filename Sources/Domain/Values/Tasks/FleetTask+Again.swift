extension FleetTask {
    /// The same work as a new task with a fresh budget, due at once; a deadline leaves it as much time as the first one had.
    package func again(as id: TaskID, priority: Priority?, payload: Payload?, now: Timestamp) -> FleetTask {
        FleetTask(
            id: id,
            kind: kind,
            payload: payload ?? self.payload,
            priority: priority ?? self.priority,
            taskClass: taskClass,
            exclusionKey: exclusionKey,
            olt: olt,
            timeout: timeout,
            maxAttempts: maxAttempts,
            backoff: backoff,
            createdAt: now,
            dueAt: now,
            labels: labels,
            source: .retry,
            retryOf: self.id,
            deadline: deadline.map { now + ($0 - createdAt) },
            uniqueClaims: uniqueClaims.map { UniqueClaim($0.key, until: $0.until.map { now + ($0 - createdAt) }) },
            traceParent: traceParent
        )
    }
}
