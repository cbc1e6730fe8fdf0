/// What the living workers can run, and why they cannot run something.
package struct Capability: Sendable {
    private let workers: [KnownWorker]

    package init(of workers: [KnownWorker]) {
        self.workers = workers.filter { worker in
            switch worker.status {
            case .healthy, .degraded, .critical, .quiet: true
            case .draining, .stopped, .lost: false
            }
        }
    }

    /// Why no worker runs the kind in that class; `nil`: one does.
    package func obstacle(to kind: String, in taskClass: TaskClass) -> String? {
        guard !workers.isEmpty else { return "no worker is alive" }
        let offering = workers.filter { $0.registration.slots[taskClass, default: 0] > 0 }
        guard !offering.isEmpty else {
            return workers.count == 1
                ? "1 worker, and it does not offer class \(taskClass.word)"
                : "\(workers.count) workers, none offers class \(taskClass.word)"
        }
        guard offering.contains(where: { $0.registration.kinds.contains(kind) }) else {
            return offering.count == 1
                ? "1 worker offers class \(taskClass.word), and it does not run \(kind)"
                : "\(offering.count) workers offer class \(taskClass.word), none runs \(kind)"
        }
        return nil
    }
}

extension TaskStory {
    /// The same with the reason why it has not started, as far as the fleet and the clock tell it.
    package func explained(by capability: Capability, leaseTrouble: String? = nil, now: Timestamp) -> TaskStory {
        guard !state.isTerminal, startedAt == nil else { return self }
        let why = capability.obstacle(to: task.kind, in: task.taskClass) ?? waitingBecause ?? lacksLease(leaseTrouble) ?? timely(now)
        return TaskStory(
            task: task,
            state: state,
            attempt: attempt,
            startedAt: startedAt,
            finishedAt: finishedAt,
            worker: worker,
            result: result,
            fault: fault,
            waitingBecause: why,
            runs: runs
        )
    }

    private func lacksLease(_ trouble: String?) -> String? {
        guard let trouble, state == .waiting, task.exclusionKey != nil else { return nil }
        return "it has an exclusion key, and the lease store does not answer: \(trouble)"
    }

    private func timely(_ now: Timestamp) -> String? {
        switch state {
        case .waiting where task.dueAt > now: runs.isEmpty ? "it is due at \(task.dueAt)" : "its next attempt is due at \(task.dueAt)"
        case .waiting: "lane \(task.lane) is full, more urgent tasks go first, or the broker takes nothing"
        case .queued: "it is on lane \(task.lane), where a worker takes it when a slot is free"
        case .blocked, .succeeded, .dead, .cancelled, .expired: nil
        }
    }
}
