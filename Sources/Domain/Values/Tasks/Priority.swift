/// How urgent a task is: one of eight levels, highest first.
package enum Priority: Int16, CaseIterable, Hashable, Comparable, Sendable {
    case emergency, critical, urgent, high, normal, low, background, maintenance

    /// Reads the word in any case.
    package init?(word: String) {
        guard let match = Self.allCases.first(where: { $0.word == word.lowercased() }) else { return nil }
        self = match
    }

    /// The lower-case word of `product.md`, as written in messages, queues and pages.
    package var word: String { "\(self)" }

    /// More urgent is less: `emergency < maintenance`, so that sorting puts the most urgent first.
    package static func < (left: Priority, right: Priority) -> Bool {
        left.rawValue < right.rawValue
    }

    /// All words, for messages that say what is allowed.
    package static let allowed = allCases.map(\.word).joined(separator: ", ")
}
