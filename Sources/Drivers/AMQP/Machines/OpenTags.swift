/// Which deliveries of one channel are in hand.
///
/// Pure.
///
/// Tags come in ascending order from 1. A bit each between the lowest open one and the last: a task that is held for
/// hours while a million others pass costs 125 KB.
struct OpenTags {
    private var words: [UInt64] = []
    /// Index into `words` of the first one that still matters.
    private var head = 0
    /// The tag of the first bit of `words[0]`.
    private var base: UInt64 = 0
    private(set) var count = 0

    /// The lowest open tag; `nil` when nothing is in hand.
    var lowest: UInt64? {
        guard count > 0 else { return nil }
        var index = head
        while words[index] == 0 { index += 1 }
        return base + UInt64(index * 64 + words[index].trailingZeroBitCount)
    }

    mutating func insert(_ tag: UInt64) {
        if count == 0 {
            words.removeAll(keepingCapacity: true)
            head = 0
            base = tag & ~63
        }
        guard tag >= base else { return }
        let index = Int((tag - base) / 64)
        while words.count <= index { words.append(0) }
        let bit = UInt64(1) << (tag % 64)
        guard words[index] & bit == 0 else { return }
        words[index] |= bit
        count += 1
    }

    /// - Returns: whether the tag was open.
    mutating func remove(_ tag: UInt64) -> Bool {
        guard tag >= base, count > 0 else { return false }
        let index = Int((tag - base) / 64)
        let bit = UInt64(1) << (tag % 64)
        guard index < words.count, words[index] & bit != 0 else { return false }
        words[index] &= ~bit
        count -= 1
        forgetSettledWords()
        return true
    }

    private mutating func forgetSettledWords() {
        while head < words.count, words[head] == 0 { head += 1 }
        guard head > 64, head * 2 > words.count else { return }
        words.removeFirst(head)
        base += UInt64(head * 64)
        head = 0
    }
}
