/// The kind of resource a task needs; a worker offers slots per class.
package enum TaskClass: Int16, CaseIterable, Hashable, Sendable {
    case cpu, io, memory, network, general

    /// Reads the word in any case.
    package init?(word: String) {
        guard let match = Self.byWord[word] ?? Self.byWord[word.lowercased()] else { return nil }
        self = match
    }

    /// The lower-case word, as written in messages, queues and pages.
    package var word: String { Self.words[Int(rawValue)] }

    /// Made once: printing a case asks the runtime for its name each time, and words are written for every message.
    private static let words = allCases.map { "\($0)" }
    private static let byWord = Dictionary(uniqueKeysWithValues: zip(words, allCases))

    /// All words, for messages that say what is allowed.
    package static let allowed = allCases.map(\.word).joined(separator: ", ")
}

/// One work queue: a class at a priority.
package struct Lane: Hashable, Sendable, CustomStringConvertible {
    package let taskClass: TaskClass
    package let priority: Priority

    package init(_ taskClass: TaskClass, _ priority: Priority) {
        self.taskClass = taskClass
        self.priority = priority
    }

    /// Every lane there is, most urgent first within a class.
    package static let all = TaskClass.allCases.flatMap { taskClass in Priority.allCases.map { Lane(taskClass, $0) } }

    /// `network.high`; the queue is `work.network.high`.
    package var description: String { "\(taskClass.word).\(priority.word)" }
}
