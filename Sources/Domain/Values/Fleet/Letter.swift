/// One dead letter: a task that will not be tried again by itself, or a message that could not become a task.
package struct Letter: Hashable, Sendable {
    package let id: Int64
    /// `nil` for a message that could not be read.
    package let task: TaskID?
    package let number: DispatchNumber?
    package let kind: String?
    package let taskClass: TaskClass?
    package let priority: Priority?
    package let olt: OLTID?
    package let reason: LetterReason
    package let errorClass: String?
    package let message: String
    package let attempts: Int
    package let firstDiedAt: Timestamp
    package let lastDiedAt: Timestamp
    package let retriedAs: TaskID?
    package let state: LetterState
    /// The original message, when it could not be read or came back on the dead-letter queue.
    package let body: [UInt8]?
    package let contentType: String?

    package init(
        id: Int64,
        task: TaskID?,
        number: DispatchNumber?,
        kind: String?,
        taskClass: TaskClass? = nil,
        priority: Priority? = nil,
        olt: OLTID? = nil,
        reason: LetterReason,
        errorClass: String?,
        message: String,
        attempts: Int,
        firstDiedAt: Timestamp,
        lastDiedAt: Timestamp,
        retriedAs: TaskID?,
        state: LetterState,
        body: [UInt8]?,
        contentType: String?
    ) {
        self.id = id
        self.task = task
        self.number = number
        self.kind = kind
        self.taskClass = taskClass
        self.priority = priority
        self.olt = olt
        self.reason = reason
        self.errorClass = errorClass
        self.message = message
        self.attempts = attempts
        self.firstDiedAt = firstDiedAt
        self.lastDiedAt = lastDiedAt
        self.retriedAs = retriedAs
        self.state = state
        self.body = body
        self.contentType = contentType
    }
}

/// Why a letter was written; stable words.
package enum LetterReason: String, CaseIterable, Hashable, Sendable {
    case final, exhausted
    case timedOut = "timed_out"
    case workerLost = "worker_lost"
    case unrecordable
    case poison
    case undecodable
    case tooLarge = "too_large"
    case unknownKind = "unknown_kind"
    case invalidPayload = "invalid_payload"
    case invalidDraft = "invalid_draft"

    package static let allowed = allCases.map(\.rawValue).joined(separator: ", ")
}

package enum LetterState: String, CaseIterable, Hashable, Sendable {
    case dead, retrying, retried, dropped

    package static let allowed = allCases.map(\.rawValue).joined(separator: ", ")
}

/// A message that never became a task, on its way to the archive with its bytes.
package struct UnreadableMessage: Hashable, Sendable {
    package let body: [UInt8]
    package let contentType: String?
    package let reason: LetterReason
    /// What was wrong and what is allowed.
    package let explanation: String
    /// The queue it came from.
    package let queue: String

    package init(body: [UInt8], contentType: String?, reason: LetterReason, explanation: String, queue: String) {
        self.body = body
        self.contentType = contentType
        self.reason = reason
        self.explanation = explanation
        self.queue = queue
    }
}
