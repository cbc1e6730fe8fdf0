package import Domain

/// Names of queues, as the broker shows them.
package enum QueueName {
    package static let outcomes = "outcomes"
    package static let fleet = "fleet"
    package static let dead = "dead"
    static let intakePrefix = "intake."

    package static func intake(_ priority: Priority) -> String { "\(intakePrefix)\(priority.word)" }

    package static func lane(_ lane: Lane) -> String { "work.\(lane)" }

    package static let intakes = Priority.allCases.map(intake)
    package static let all = Lane.all.map(lane) + intakes + [outcomes, fleet, dead]

    static let lanes = Dictionary(uniqueKeysWithValues: Lane.all.map { (lane($0), $0) })
}
