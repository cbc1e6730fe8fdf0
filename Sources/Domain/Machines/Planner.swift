/// Lays operations out on one OLT's time: one at a time, each near the time it is due, discovery first.
package struct Planner: Sendable {
    /// What is to be laid out.
    package struct Wish: Hashable, Sendable {
        package let operation: OperationType
        package let due: Timestamp
        package let takes: Duration

        package init(_ operation: OperationType, due: Timestamp, takes: Duration) {
            self.operation = operation
            self.due = due
            self.takes = takes
        }
    }

    package struct Placed: Hashable, Sendable {
        package let operation: OperationType
        package let at: Timestamp
        package let takes: Duration
    }

    package struct Layout: Hashable, Sendable {
        /// By time.
        package var placed: [Placed] = []
        /// What found no place, by operation.
        package var skipped: [OperationType: Int] = [:]
    }

    /// Everything is laid within it.
    private let window: Range<Timestamp>
    /// Idle time between two operations.
    private let gap: Duration
    /// Taken time, by its begin; spans do not overlap.
    private var taken: [Range<Timestamp>] = []

    package init(window: Range<Timestamp>, gap: Duration) {
        self.window = window
        self.gap = gap
    }

    /// Keeps a span free for what has its place already.
    package mutating func keep(_ at: Timestamp, for span: Duration) {
        take(at..<(at + span + gap))
    }

    /// Gives each wish the first free place at or behind its time, else the last one before it; the ranks first go first.
    ///
    /// A wish without a place is skipped: so the lower ranks give way.
    package mutating func lay(_ wishes: [Wish]) -> Layout {
        var layout = Layout()
        for wish in wishes.sorted(by: { ($0.operation.rank, $0.due) < ($1.operation.rank, $1.due) }) {
            guard let at = place(wish) else {
                layout.skipped[wish.operation, default: 0] += 1
                continue
            }
            take(at..<(at + wish.takes + gap))
            layout.placed.append(Placed(operation: wish.operation, at: at, takes: wish.takes))
        }
        layout.placed.sort { ($0.at, $0.operation.rank) < ($1.at, $1.operation.rank) }
        return layout
    }

    private func place(_ wish: Wish) -> Timestamp? {
        let needs = wish.takes + gap
        // The last operation of a period needs no gap behind it.
        let latest = window.upperBound - wish.takes
        var candidate = max(wish.due, window.lowerBound)
        let behind = firstTaken(endingAfter: candidate)
        for span in taken[behind...] {
            if span.lowerBound >= candidate + needs { break }
            candidate = max(candidate, span.upperBound)
        }
        if candidate <= latest { return candidate }
        candidate = min(min(wish.due, latest), window.upperBound - needs)
        for span in taken[..<min(firstTaken(endingAfter: candidate + needs) + 1, taken.count)].reversed()
        where span.lowerBound < candidate + needs {
            if span.upperBound <= candidate { break }
            candidate = span.lowerBound - needs
        }
        return candidate >= window.lowerBound ? candidate : nil
    }

    private func firstTaken(endingAfter time: Timestamp) -> Int {
        var low = 0
        var high = taken.count
        while low < high {
            let middle = (low + high) / 2
            if taken[middle].upperBound > time { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Spans that are kept may overlap (what is emitted twice as long as expected); they are joined.
    private mutating func take(_ span: Range<Timestamp>) {
        let first = firstTaken(endingAfter: span.lowerBound)
        var joined = span
        var last = first
        while last < taken.count, taken[last].lowerBound < joined.upperBound {
            joined = min(joined.lowerBound, taken[last].lowerBound)..<max(joined.upperBound, taken[last].upperBound)
            last += 1
        }
        taken.replaceSubrange(first..<last, with: [joined])
    }
}
