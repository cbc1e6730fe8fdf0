/// How urgent a task is: one of eight levels, highest first.
package enum Priority: Int16, CaseIterable, Hashable, Comparable, Sendable {
    case emergency, critical, urgent, high, normal, low, background, maintenance

    /// Reads the word in any case.
    package init?(word: String) {
        guard let match = Self.byWord[word] ?? Self.byWord[word.lowercased()] else { return nil }
        self = match
    }

    /// The lower-case word of `product.md`, as written in messages, queues and pages.
    package var word: String { Self.words[Int(rawValue)] }

    /// Made once: printing a case asks the runtime for its name each time, and words are written for every message.
    private static let words = allCases.map { "\($0)" }
    private static let byWord = Dictionary(uniqueKeysWithValues: zip(words, allCases))

    /// More urgent is less: `emergency < maintenance`, so that sorting puts the most urgent first.
    package static func < (left: Priority, right: Priority) -> Bool {
        left.rawValue < right.rawValue
    }

    /// All words, for messages that say what is allowed.
    package static let allowed = allCases.map(\.word).joined(separator: ", ")
}
