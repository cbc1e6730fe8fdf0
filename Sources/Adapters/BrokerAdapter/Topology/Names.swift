package import Domain

/// Names of exchanges.
package enum Exchange {
    package static let intake = "flotilla.intake"
    /// Takes what `intake` has no queue for.
    package static let intakeOther = "flotilla.intake.other"
    package static let work = "flotilla.work"
    package static let outcomes = "flotilla.outcomes"
    package static let fleet = "flotilla.fleet"
    /// Orders to workers, by `all` or `worker.<id>`.
    package static let control = "flotilla.control"
    /// For listeners outside, who bind queues of their own.
    package static let events = "flotilla.events"
    package static let dead = "flotilla.dead"
}

/// Names of queues.
package enum Queue {
    package static let outcomes = "outcomes"
    package static let fleet = "fleet"
    package static let dead = "dead"

    package static func intake(_ priority: Priority) -> String { "intake.\(priority.word)" }

    package static func lane(_ lane: Lane) -> String { "work.\(lane)" }

    /// Every queue whose depth is watched.
    package static let all =
        Lane.all.map(lane) + Priority.allCases.map(intake) + [outcomes, fleet, dead]

    /// What a missing queue means to queued tasks; `nil`: nothing.
    static func observed(_ queue: String) -> ObservedQueue? {
        queue == outcomes ? .outcomes : lanes[queue].map { .lane($0) }
    }

    static let lanes = Dictionary(uniqueKeysWithValues: Lane.all.map { (lane($0), $0) })
    static let intakes = Set(Priority.allCases.map(intake))
}

/// Headers and properties of Flotilla's messages.
package enum MessageKey {
    package static let number = "x-number"
    package static let attempt = "x-attempt"
    /// Why a worker moved a message to `flotilla.dead`: a word of `LetterReason`.
    package static let reason = "x-flotilla-reason"
    /// What was wrong, for people.
    package static let explanation = "x-flotilla-explanation"
    /// The queue it came from.
    package static let queue = "x-flotilla-queue"

    /// Where the message belongs in its caller's trace.
    package static let traceParent = "traceparent"

    static let application = "flotilla"
}
