/// Things to do at a time: the earliest first, equal times in the order of arrival.
struct DueHeap<Element: Sendable>: Sendable {
    private struct Entry: Sendable {
        var due: Duration
        var turn: UInt64
        var element: Element

        func isBefore(_ other: Entry) -> Bool {
            due == other.due ? turn < other.turn : due < other.due
        }
    }

    private var entries: [Entry] = []
    private var turn: UInt64 = 0

    var nextDue: Duration? { entries.first?.due }

    mutating func push(_ element: Element, due: Duration) {
        turn += 1
        entries.append(Entry(due: due, turn: turn, element: element))
        var child = entries.count - 1
        while child > 0, entries[child].isBefore(entries[(child - 1) / 2]) {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the earliest element when its time has come.
    mutating func pop(at now: Duration) -> Element? {
        guard let first = entries.first, first.due <= now else { return nil }
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count && entries[child].isBefore(entries[least]) {
                least = child
            }
            guard least != parent else { return first.element }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
