/// The name of a worker process: host, pid and chance, unique per process start.
package struct WorkerID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package init(hostname: String, pid: Int32, using chance: inout some RandomNumberGenerator) {
        let token = String(UInt32.random(in: 0...UInt32.max, using: &chance), radix: 36)
        text = "\(hostname)-\(pid)-\(token)"
    }

    package static func < (left: WorkerID, right: WorkerID) -> Bool { left.text < right.text }

    package var description: String { text }
}

/// What a worker tells about itself when it joins the fleet, and again on each new connection.
package struct WorkerRegistration: Hashable, Sendable {
    package let id: WorkerID
    package let hostname: String
    package let pid: Int32
    package let version: String
    package let startedAt: Timestamp
    package let labels: [String: String]
    package let slots: [TaskClass: Int]
    package let kinds: [String]
    /// Counts connections of this worker; a new connection registers again.
    package let connection: Int
    package let numbersInHand: [DispatchNumber]

    package init(
        id: WorkerID,
        hostname: String,
        pid: Int32,
        version: String,
        startedAt: Timestamp,
        labels: [String: String],
        slots: [TaskClass: Int],
        kinds: [String],
        connection: Int,
        numbersInHand: [DispatchNumber]
    ) {
        self.id = id
        self.hostname = hostname
        self.pid = pid
        self.version = version
        self.startedAt = startedAt
        self.labels = labels
        self.slots = slots
        self.kinds = kinds
        self.connection = connection
        self.numbersInHand = numbersInHand
    }
}

/// A worker's sign of life, every 15 s with jitter, on its own clock.
package struct Heartbeat: Hashable, Sendable {
    package let worker: WorkerID
    package let sentAt: Timestamp
    package let status: WorkerStatus
    package let running: [RunningAttempt]
    package let slotsUsed: [TaskClass: Int]
    /// Prefetched and not started.
    package let queuedTasks: Int
    package let tasksCompleted: Int
    package let tasksFailed: Int
    package let averageRunMs: Double
    /// Every number that was delivered and is not settled yet.
    package let numbersInHand: [DispatchNumber]

    package init(
        worker: WorkerID,
        sentAt: Timestamp,
        status: WorkerStatus,
        running: [RunningAttempt],
        slotsUsed: [TaskClass: Int],
        queuedTasks: Int,
        tasksCompleted: Int,
        tasksFailed: Int,
        averageRunMs: Double,
        numbersInHand: [DispatchNumber] = []
    ) {
        self.worker = worker
        self.sentAt = sentAt
        self.status = status
        self.running = running
        self.slotsUsed = slotsUsed
        self.queuedTasks = queuedTasks
        self.tasksCompleted = tasksCompleted
        self.tasksFailed = tasksFailed
        self.averageRunMs = averageRunMs
        self.numbersInHand = numbersInHand
    }
}

/// One attempt that runs now.
package struct RunningAttempt: Hashable, Sendable {
    package let task: TaskID
    package let number: DispatchNumber
    package let kind: String
    package let since: Timestamp
    package let progress: RunProgress

    package init(task: TaskID, number: DispatchNumber, kind: String, since: Timestamp, progress: RunProgress = RunProgress()) {
        self.task = task
        self.number = number
        self.kind = kind
        self.since = since
        self.progress = progress
    }
}

/// `quiet` takes nothing until it is told to; `lost` is the orchestrator's word after three missed beats, `stopped` the worker's last.
package enum WorkerStatus: String, CaseIterable, Hashable, Sendable {
    case healthy, degraded, critical, quiet, draining, stopped, lost
}

/// A worker as the record knows it.
package struct KnownWorker: Hashable, Sendable {
    package let registration: WorkerRegistration
    package let lastBeat: Heartbeat?
    package let lastSeenAt: Timestamp
    package let status: WorkerStatus

    package init(registration: WorkerRegistration, lastBeat: Heartbeat?, lastSeenAt: Timestamp, status: WorkerStatus) {
        self.registration = registration
        self.lastBeat = lastBeat
        self.lastSeenAt = lastSeenAt
        self.status = status
    }
}
