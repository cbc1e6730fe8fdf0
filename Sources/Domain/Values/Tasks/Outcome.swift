/// What one run of a task reports, under the number it ran with.
package struct Outcome: Hashable, Sendable {
    package let task: TaskID
    package let number: DispatchNumber
    package let attempt: Int
    package let worker: WorkerID
    package let run: RunToken
    package let verdict: Verdict
    /// When the kind's work began; `nil` when it never did (deferred, seen).
    package let startedAt: Timestamp?
    package let finishedAt: Timestamp
    /// How often the broker delivered the message before (`x-delivery-count`).
    package let redeliveries: Int
    /// Small facts about the attempt, kept with it (≤ 64 KiB).
    package let result: Payload
    /// What was read from a device; takes effect in the outcome's transaction, or not at all.
    package let device: DeviceResult?
    /// How many numbered parts were published before this outcome (same number), 0 when the device result is whole here.
    package let parts: Int
    /// This run's place in the caller's trace; `nil`: the task has none.
    package let traceParent: TraceParent?

    package init(
        task: TaskID,
        number: DispatchNumber,
        attempt: Int,
        worker: WorkerID,
        run: RunToken,
        verdict: Verdict,
        startedAt: Timestamp?,
        finishedAt: Timestamp,
        redeliveries: Int = 0,
        result: Payload = [:],
        device: DeviceResult? = nil,
        parts: Int = 0,
        traceParent: TraceParent? = nil
    ) {
        self.task = task
        self.number = number
        self.attempt = attempt
        self.worker = worker
        self.run = run
        self.verdict = verdict
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.redeliveries = redeliveries
        self.result = result
        self.device = device
        self.parts = parts
        self.traceParent = traceParent
    }
}

/// How a run ended, or that it began.
package enum Verdict: Hashable, Sendable {
    /// Not an end: the attempt takes longer than 250 ms, or holds a lease.
    case started
    case succeeded
    case failed(TaskFault)
    /// Not run; the number will never be granted. Back to waiting, uncharged.
    case deferred(Deferral)
    /// Cut off by a drain or a lost lease. Back to waiting, uncharged.
    case interrupted(reason: String)
    /// The number had its answer before; changes no state but sets the row's watch.
    case seen(Seen)
    /// A task without a key whose delivery was returned three times: it was not run.
    case suspect

    /// The word of `product.md`, as stored and shown.
    package var word: String {
        switch self {
        case .started: "started"
        case .succeeded: "succeeded"
        case .failed: "failed"
        case .deferred: "deferred"
        case .interrupted: "interrupted"
        case .seen: "seen"
        case .suspect: "suspect"
        }
    }
}

/// Why an attempt failed.
package struct TaskFault: Error, Hashable, Sendable {
    /// A stable word to filter by such as `device_silent`, `timed_out`, `worker_lost`.
    package let errorClass: String
    /// For people; names the operation and the device, never a secret.
    package let message: String
    /// `false`: final, trying again cannot help.
    package let retryable: Bool
    /// The device or the operation asks not to be tried earlier.
    package let retryAfter: Duration?

    package init(_ errorClass: String, _ message: String, retryable: Bool, retryAfter: Duration? = nil) {
        self.errorClass = errorClass
        self.message = message
        self.retryable = retryable
        self.retryAfter = retryAfter
    }

    package static func timedOut(after: Duration) -> TaskFault {
        TaskFault("timed_out", "the attempt did not end within \(after)", retryable: true)
    }

    package static let workerLost = TaskFault("worker_lost", "the worker was lost while it ran the task", retryable: true)
}

/// Why a delivery was not run, and when to try again.
package struct Deferral: Hashable, Sendable {
    package enum Reason: String, CaseIterable, Hashable, Sendable {
        /// Another number holds the key's lease.
        case busy
        /// Prefetched but not started in time, or the worker drains.
        case handedBack = "handed_back"
        /// The lease store did not answer.
        case leaseStoreSilent = "lease_store_silent"
        /// The worker cannot run the kind.
        case notCapable = "not_capable"
    }

    package let reason: Reason
    /// Not before this long from now; `nil`: by the deferral's own backoff.
    package let retryAfter: Duration?

    package init(_ reason: Reason, retryAfter: Duration? = nil) {
        self.reason = reason
        self.retryAfter = retryAfter
    }
}

/// What the lease scripts know about a number that had its answer before.
package struct Seen: Hashable, Sendable {
    package enum Answer: String, CaseIterable, Hashable, Sendable {
        case granted, void, deferred
        /// Smaller than the key's highest.
        case older
    }

    package let answer: Answer
    /// The key's highest number; above a current number means the database was restored.
    package let highest: DispatchNumber
    /// How long the lease of this number still runs; `nil` when it holds none.
    package let leaseLeft: Duration?

    package init(_ answer: Answer, highest: DispatchNumber, leaseLeft: Duration?) {
        self.answer = answer
        self.highest = highest
        self.leaseLeft = leaseLeft
    }
}
