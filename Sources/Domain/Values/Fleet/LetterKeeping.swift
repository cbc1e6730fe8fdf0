/// How many letters are kept, and how long their evidence.
package struct LetterKeeping: Hashable, Sendable {
    /// The newest so many of each class; those without a task count as a class of their own.
    package var perClass = 1000
    /// The newest so many of these kinds, which then do not count for their class.
    package var perKind: [String: Int] = [:]
    /// Evidence without a letter is kept so long.
    package var evidenceFor: Duration = .seconds(7 * 86_400)
    /// And at most so many of it.
    package var evidenceMax = 100_000
    /// Finished batches.
    package var batchesMax = 1000

    package init() {}
}

/// Letters of one class or kind that were removed to keep the number of letters bounded.
package struct LetterTrim: Hashable, Sendable {
    package enum Group: Hashable, Sendable, CustomStringConvertible {
        /// `nil`: of messages that never became tasks.
        case taskClass(TaskClass?)
        case kind(String)

        package var description: String {
            switch self {
            case .taskClass(let taskClass): "class \(taskClass?.word ?? "unknown")"
            case .kind(let kind): "kind \(kind)"
            }
        }
    }

    package let group: Group
    package let removed: Int
    /// Of them, those that nobody had retried or dropped.
    package let open: Int

    package init(group: Group, removed: Int, open: Int) {
        self.group = group
        self.removed = removed
        self.open = open
    }
}
