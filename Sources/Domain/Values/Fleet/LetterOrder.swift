/// What shall be done with letters.
package struct LetterOrder: Hashable, Sendable {
    package enum Verb: String, CaseIterable, Hashable, Sendable {
        case retry, drop

        package static let allowed = allCases.map(\.rawValue).joined(separator: ", ")
    }

    package enum Selection: Hashable, Sendable {
        case ids([Int64])
        /// Open letters, unless the filter names another state.
        case filter(LetterFilter)
    }

    package let verb: Verb
    package let selection: Selection
    /// A retry's own priority; `nil`: that of the dead task.
    package let priority: Priority?
    /// A retry's own payload, for one letter; `nil`: that of the dead task.
    package let payload: Payload?
    /// Letters a second at most; `nil`: as fast as it goes.
    package let perSecond: Double?

    package init(
        _ verb: Verb,
        _ selection: Selection,
        priority: Priority? = nil,
        payload: Payload? = nil,
        perSecond: Double? = nil
    ) {
        self.verb = verb
        self.selection = selection
        self.priority = priority
        self.payload = payload
        self.perSecond = perSecond
    }

    /// What a rate may be.
    package static let rates = 0.01...100_000.0
}

/// What was done, or would be, with one letter.
package struct LetterAnswer: Hashable, Sendable {
    package enum Word: Hashable, Sendable {
        /// Admitted (or, in a dry run, to be admitted) as a new task.
        case retried(as: TaskID?)
        case dropped
        case notFound
        case alreadyRetried(as: TaskID?)
        /// There is no task to try again: the message could not be read, or the task is kept no longer.
        case noTask
        /// A unique key of the task is held by this live task.
        case keyHeld(by: TaskID)
        /// Only open letters can be dropped.
        case notOpen(LetterState)

        /// Whether the letter was, or would be, closed by it.
        package var isDone: Bool {
            switch self {
            case .retried, .dropped: true
            case .notFound, .alreadyRetried, .noTask, .keyHeld, .notOpen: false
            }
        }
    }

    package let letter: Int64
    package let kind: String?
    package let reason: LetterReason?
    package let word: Word

    package init(letter: Int64, kind: String?, reason: LetterReason?, word: Word) {
        self.letter = letter
        self.kind = kind
        self.reason = reason
        self.word = word
    }
}

/// What an order would do; nothing was written.
package struct LetterPlan: Hashable, Sendable {
    /// Obstacles that a plan names one by one.
    package static let obstaclesMax = 100

    package let verb: LetterOrder.Verb
    /// The letters that would be closed.
    package let closes: LetterTally
    /// The letters that would be left as they are.
    package let leaves: Int
    /// Why, for the first of them.
    package let obstacles: [LetterAnswer]

    package init(verb: LetterOrder.Verb, closes: LetterTally, leaves: Int, obstacles: [LetterAnswer]) {
        self.verb = verb
        self.closes = closes
        self.leaves = leaves
        self.obstacles = obstacles
    }
}
