package import Domain

/// A worker as the API and `--json` show it.
package struct WorkerShape: Codable, Hashable, Sendable {
    package struct Slots: Codable, Hashable, Sendable {
        package let used: Int
        package let total: Int
    }

    package struct Running: Codable, Hashable, Sendable {
        package let task: String
        package let number: Int64
        package let kind: String
        package let since: String
        package let progress: ProgressShape
    }

    package let id: String
    package let hostname: String
    package let pid: Int32
    package let version: String
    package let status: String
    package let startedAt: String
    package let lastHeartbeatAt: String
    package let slots: [String: Slots]
    package let running: [Running]
    package let taskKinds: [String]
    package let labels: [String: String]
    package let tasksCompleted: Int
    package let tasksFailed: Int

    package init(_ known: KnownWorker) {
        let registration = known.registration
        id = registration.id.text
        hostname = registration.hostname
        pid = registration.pid
        version = registration.version
        status = known.status.rawValue
        startedAt = registration.startedAt.description
        lastHeartbeatAt = known.lastSeenAt.description
        let used = known.lastBeat?.slotsUsed ?? [:]
        slots = Dictionary(
            uniqueKeysWithValues: registration.slots.map { ($0.key.word, Slots(used: used[$0.key] ?? 0, total: $0.value)) }
        )
        let beatAt = known.lastBeat?.sentAt ?? known.lastSeenAt
        running = (known.lastBeat?.running ?? []).map {
            Running(
                task: $0.task.description,
                number: $0.number.value,
                kind: $0.kind,
                since: $0.since.description,
                progress: ProgressShape($0.progress, after: beatAt - $0.since)
            )
        }
        taskKinds = registration.kinds
        labels = registration.labels
        tasksCompleted = known.lastBeat?.tasksCompleted ?? 0
        tasksFailed = known.lastBeat?.tasksFailed ?? 0
    }
}

/// A queue as the API and `--json` show it.
package struct QueueShape: Codable, Hashable, Sendable {
    package let name: String
    @OrNull package var `class`: String?
    @OrNull package var priority: String?
    /// Messages ready to be delivered; `null` when the broker does not answer.
    @OrNull package var depth: Int?
    /// Tasks on this lane by the record: delivered or not, without an outcome yet.
    @OrNull package var queued: Int?
    /// Due tasks that wait in the record for room on this lane.
    @OrNull package var waiting: Int?
    @OrNull package var consumers: Int?
    /// Delivered and not settled; `null`: AMQP does not tell it.
    @OrNull package var unacked: Int?
    @OrNull package var oldestWaitingSeconds: Double?

    package init(
        name: String,
        lane: Lane?,
        depth: Int?,
        queued: Int?,
        waiting: Int?,
        consumers: Int?,
        oldestWaitingSeconds: Double?
    ) {
        self.name = name
        `class` = lane?.taskClass.word
        priority = lane?.priority.word
        self.depth = depth
        self.queued = queued
        self.waiting = waiting
        self.consumers = consumers
        self.oldestWaitingSeconds = oldestWaitingSeconds
    }
}

/// How the orchestrator and what it depends on are.
package struct HealthShape: Codable, Hashable, Sendable {
    package struct Part: Codable, Hashable, Sendable {
        package let name: String
        package let ok: Bool
        @OrNull package var detail: String?

        package init(name: String, ok: Bool, detail: String?) {
            self.name = name
            self.ok = ok
            self.detail = detail
        }
    }

    /// Who coordinates.
    package struct Leader: Codable, Hashable, Sendable {
        package let holder: String
        package let term: Int64
        package let since: String
        /// It is this process, and sure of it.
        package let isHere: Bool

        package init(holder: String, term: Int64, since: String, isHere: Bool) {
            self.holder = holder
            self.term = term
            self.since = since
            self.isHere = isHere
        }
    }

    package let status: String
    package let version: String
    package let parts: [Part]
    @OrNull package var leader: Leader?

    package init(status: String, version: String, parts: [Part], leader: Leader? = nil) {
        self.status = status
        self.version = version
        self.parts = parts
        self.leader = leader
    }
}
