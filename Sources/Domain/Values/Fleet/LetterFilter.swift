/// Which letters: every part that is set must fit.
package struct LetterFilter: Hashable, Sendable {
    package var state: LetterState?
    package var reason: LetterReason?
    package var kind: String?
    package var taskClass: TaskClass?
    package var errorClass: String?
    package var olt: OLTID?
    /// Died before this time: older.
    package var diedBefore: Timestamp?
    /// Died at this time or later: newer.
    package var diedFrom: Timestamp?
    /// Part of the message, in any case; at least three characters.
    package var text: String?
    /// Items a page at most, 1…1000.
    package var limit = 50
    /// Where the page before ended; the text of a `LetterPlace`.
    package var cursor: String?

    package init() {}

    /// Fewer characters are found by no index.
    package static let textMin = 3
}

extension LetterFilter {
    /// Verbs mean open letters, unless another state is named.
    package var forVerbs: LetterFilter {
        var filter = self
        filter.state = state ?? .dead
        filter.cursor = nil
        return filter
    }
}

/// A place in the list of letters, which is sorted by the time of death, newest first.
package struct LetterPlace: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let diedAt: Timestamp
    package let id: Int64

    package init(diedAt: Timestamp, id: Int64) {
        self.diedAt = diedAt
        self.id = id
    }

    /// Reads what `description` wrote.
    package init?(_ text: String) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, let time = Int64(parts[0]), let id = Int64(parts[1]) else { return nil }
        self.init(diedAt: Timestamp(microseconds: time), id: id)
    }

    package var description: String { "\(diedAt.microseconds)_\(id)" }

    package static func < (left: LetterPlace, right: LetterPlace) -> Bool { (left.diedAt, left.id) < (right.diedAt, right.id) }
}

/// How many letters there are of each reason and kind.
package struct LetterTally: Hashable, Sendable {
    package var byReason: [LetterReason: Int] = [:]
    /// By kind; letters of messages that could not be read are under "".
    package var byKind: [String: Int] = [:]
    package var total = 0
    /// Not so: there are more than were counted.
    package var isExact = true

    package init() {}

    package mutating func add(_ count: Int, _ reason: LetterReason, kind: String?) {
        byReason[reason, default: 0] += count
        byKind[kind ?? "", default: 0] += count
        total += count
    }
}
