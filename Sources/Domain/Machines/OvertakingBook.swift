/// Finds how far the numbers of a lane have been overtaken, without knowing any of them.
///
/// A mark is the last number that was given at some time. What is queued in the lane then is at most `queued` numbers, so once `queued` and
/// `overtaking` more have left the lane, at least `overtaking` of those were given after the mark.
package struct OvertakingBook: Sendable {
    private struct Mark {
        let highest: DispatchNumber
        /// As many must have left the lane.
        let leftNeeded: Int
    }

    private struct Row {
        var left = 0
        var leftAtMark: Int?
        /// Oldest first.
        var marks: [Mark] = []
    }

    /// Marks that a lane keeps at most; while there are so many no new one is made.
    private static let marksMax = 16

    /// How many later numbers of the lane must have left.
    private let overtaking: Int
    private var rows: [Lane: Row] = [:]

    package init(overtaking: Int = 2000) {
        self.overtaking = overtaking
    }

    /// Numbers left their lanes.
    package mutating func left(_ counts: [Lane: Int]) {
        for (lane, count) in counts where count > 0 { rows[lane, default: Row()].left += count }
    }

    /// Lanes that move and have no recent mark.
    package var lanesToMark: Set<Lane> {
        Set(rows.filter { $1.marks.count < Self.marksMax && $1.left - ($1.leftAtMark ?? -overtaking) >= overtaking / 4 }.keys)
    }

    /// Notes how far numbers had been given, and how many are queued in each lane, in that order or at once.
    package mutating func mark(_ queued: QueuedNumbers) {
        for lane in lanesToMark {
            guard var row = rows[lane] else { continue }
            row.marks.append(Mark(highest: queued.last, leftNeeded: row.left + queued.byLane[lane, default: 0] + overtaking))
            row.leftAtMark = row.left
            rows[lane] = row
        }
    }

    /// Up to which number each lane was overtaken since the last call; these marks are forgotten.
    package mutating func overtaken() -> [Lane: DispatchNumber] {
        var found: [Lane: DispatchNumber] = [:]
        for (lane, row) in rows {
            guard let last = row.marks.last(where: { row.left >= $0.leftNeeded }) else { continue }
            found[lane] = last.highest
            rows[lane]?.marks.removeAll { row.left >= $0.leftNeeded }
        }
        return found
    }
}
