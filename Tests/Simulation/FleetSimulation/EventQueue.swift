/// What happens when: the earliest first, and of equals the one that was entered first.
struct EventQueue {
    private struct Entry {
        let at: Duration
        let place: UInt64
        let body: () -> Void

        func comes(before other: Entry) -> Bool { at == other.at ? place < other.place : at < other.at }
    }

    /// A binary heap.
    private var entries: [Entry] = []
    private var lastPlace: UInt64 = 0

    mutating func add(at time: Duration, _ body: @escaping () -> Void) {
        lastPlace += 1
        entries.append(Entry(at: time, place: lastPlace, body: body))
        var child = entries.count - 1
        while child > 0, entries[child].comes(before: entries[(child - 1) / 2]) {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() -> (at: Duration, body: () -> Void)? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        guard !entries.isEmpty else { return (first.at, first.body) }
        entries[0] = last
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < entries.count }
            guard let child = children.min(by: { entries[$0].comes(before: entries[$1]) }), entries[child].comes(before: entries[parent])
            else { break }
            entries.swapAt(parent, child)
            parent = child
        }
        return (first.at, first.body)
    }
}
