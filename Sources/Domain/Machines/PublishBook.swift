/// Which numbers are in hand: taken → confirmed → noted, or forgotten on the way.
package struct PublishBook: Sendable {
    private var inHand: Set<DispatchNumber> = []
    /// Those of which another copy was published before.
    private var copies: Set<DispatchNumber> = []
    private var toNote: [DispatchNumber] = []

    package init() {}

    /// Takes a number; `again`: another copy of it was published before.
    ///
    /// - Returns: false when the number is in hand already.
    package mutating func take(_ number: DispatchNumber, again: Bool) -> Bool {
        guard inHand.insert(number).inserted else { return false }
        if again { copies.insert(number) }
        return true
    }

    /// The broker has the number: it is written down next.
    package mutating func confirm(_ number: DispatchNumber) {
        toNote.append(number)
    }

    /// The number is nobody's business here any more.
    package mutating func forget(_ number: DispatchNumber) {
        inHand.remove(number)
        copies.remove(number)
    }

    /// The broker did not take a number: a copy is forgotten.
    ///
    /// - Returns: false when this was the only copy, which stays in hand.
    package mutating func forgetCopy(_ number: DispatchNumber) -> Bool {
        guard copies.contains(number) else { return false }
        forget(number)
        return true
    }

    /// The numbers to write down; they stay in hand until they are.
    package func confirmed() -> [DispatchNumber] { toNote }

    /// They are written down, and in hand no longer.
    package mutating func noted(_ numbers: [DispatchNumber]) {
        for number in numbers { forget(number) }
        toNote.removeFirst(numbers.count)
    }
}
