/// What became of one task that was to be cancelled or moved.
package struct SteeringShape: Codable, Hashable, Sendable {
    package let id: String
    /// `cancelled`, `cancelling` (its run is told to stop), `moved`, or the state it had reached before.
    package let state: String

    package init(id: String, state: String) {
        self.id = id
        self.state = state
    }
}

/// The body of a cancellation.
package struct CancelShape: Codable, Hashable, Sendable {
    package enum CodingKeys: String, CodingKey, CaseIterable {
        case reason
    }

    /// For people: shown with the task.
    package let reason: String?

    package init(reason: String?) {
        self.reason = reason
    }
}

/// The body of a change of priority.
package struct ReprioritizeShape: Codable, Hashable, Sendable {
    package enum CodingKeys: String, CodingKey, CaseIterable {
        case priority
    }

    package let priority: String

    package init(priority: String) {
        self.priority = priority
    }
}
