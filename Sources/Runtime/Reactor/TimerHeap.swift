/// Scheduled bodies in the order of their deadlines.
///
/// A cancelled one is skipped when its entry surfaces; the heap is rebuilt when cancelled entries outnumber the
/// living.
struct TimerHeap {
    private struct Entry {
        let deadline: UInt64
        let number: UInt64

        static func < (left: Entry, right: Entry) -> Bool {
            (left.deadline, left.number) < (right.deadline, right.number)
        }
    }

    private var entries: [Entry] = []
    private var bodies: [UInt64: () -> Void] = [:]
    private var lastNumber: UInt64 = 0

    var count: Int { bodies.count }

    /// Adds a timer; `deadline` is in nanoseconds of the monotonic clock.
    mutating func add(deadline: UInt64, _ body: @escaping () -> Void) -> TimerToken {
        lastNumber += 1
        bodies[lastNumber] = body
        entries.append(Entry(deadline: deadline, number: lastNumber))
        siftUp(from: entries.count - 1)
        return TimerToken(number: lastNumber)
    }

    mutating func cancel(_ token: TimerToken) {
        guard bodies.removeValue(forKey: token.number) != nil else { return }
        if entries.count > 64, entries.count > 2 * bodies.count { compact() }
    }

    /// Deadline of the first living timer.
    mutating func next() -> UInt64? {
        while let first = entries.first {
            if bodies[first.number] != nil { return first.deadline }
            removeFirst()
        }
        return nil
    }

    /// Takes one timer that is due.
    mutating func takeDue(now: UInt64) -> (() -> Void)? {
        while let deadline = next(), deadline <= now, let first = entries.first {
            removeFirst()
            if let body = bodies.removeValue(forKey: first.number) { return body }
        }
        return nil
    }

    mutating func removeAll() {
        entries = []
        bodies = [:]
    }

    private mutating func compact() {
        entries = entries.filter { bodies[$0.number] != nil }.sorted(by: <)
    }

    private mutating func removeFirst() {
        guard let last = entries.popLast(), !entries.isEmpty else { return }
        entries[0] = last
        var index = 0
        while true {
            var smallest = index
            for child in [2 * index + 1, 2 * index + 2] where child < entries.count && entries[child] < entries[smallest] {
                smallest = child
            }
            if smallest == index { return }
            entries.swapAt(index, smallest)
            index = smallest
        }
    }

    private mutating func siftUp(from start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard entries[index] < entries[parent] else { return }
            entries.swapAt(index, parent)
            index = parent
        }
    }
}
