/// Which published messages of one channel still wait for their confirm.
///
/// Pure: numbers in, verdicts out.
///
/// Sequence numbers start at 1 as the broker counts them. The ledger spans at most `window` numbers between the
/// lowest open one and the next: a ring, no allocation per message.
struct ConfirmLedger<Token> {
    enum Verdict: Equatable {
        case confirmed
        case nacked
        case returned(code: UInt16, text: String)
    }

    private struct Entry {
        let token: Token
        /// Empty for a message that cannot come back.
        let messageID: String
        var returned: (code: UInt16, text: String)?
    }

    private var ring: [Entry?]
    /// The lowest number that may be open.
    private var lowest: UInt64 = 1
    private var next: UInt64 = 1
    private(set) var openCount = 0

    /// - Parameter window: a power of two.
    init(window: Int) {
        precondition(window > 0 && window & (window - 1) == 0, "the window must be a power of two")
        ring = Array(repeating: nil, count: window)
    }

    /// How many more messages may be recorded now.
    var room: Int { ring.count - Int(next - lowest) }

    /// Notes that the next message was sent.
    ///
    /// By `messageID` a return finds it; empty when it is not mandatory.
    mutating func record(_ token: Token, messageID: String) {
        precondition(room > 0, "more unconfirmed messages than the window holds")
        ring[slot(next)] = Entry(token: token, messageID: messageID, returned: nil)
        next += 1
        openCount += 1
    }

    /// Notes a return.
    ///
    /// The broker sends it before the confirm of the same message, but it names no number, so the oldest open message
    /// of that id that was not returned yet is meant.
    /// - Returns: `false` when no open message has the id.
    mutating func noteReturn(messageID: String, code: UInt16, text: String) -> Bool {
        guard !messageID.isEmpty else { return false }
        for number in lowest..<next {
            guard let entry = ring[slot(number)], entry.returned == nil, entry.messageID == messageID else { continue }
            ring[slot(number)]?.returned = (code, text)
            return true
        }
        return false
    }

    /// Takes a confirm: of one number, or with `multiple` of all open ones up to and with it (0 means all).
    ///
    /// - Returns: `false` when the number was never sent or is settled: nothing changed.
    mutating func settle(_ number: UInt64, multiple: Bool, accepted: Bool, _ resolve: (Token, Verdict) -> Void) -> Bool {
        guard number < next else { return false }
        guard multiple else {
            guard number >= lowest, close(number, accepted, resolve) else { return false }
            advance()
            return true
        }
        let last = number == 0 ? next - 1 : number
        guard last >= lowest else { return false }
        for open in lowest...last { _ = close(open, accepted, resolve) }
        advance()
        return true
    }

    /// Gives up on everything that is open, oldest first.
    mutating func abandonAll(_ resolve: (Token) -> Void) {
        for number in lowest..<next {
            if let entry = ring[slot(number)] { resolve(entry.token) }
            ring[slot(number)] = nil
        }
        lowest = next
        openCount = 0
    }

    private mutating func close(_ number: UInt64, _ accepted: Bool, _ resolve: (Token, Verdict) -> Void) -> Bool {
        guard let entry = ring[slot(number)] else { return false }
        ring[slot(number)] = nil
        openCount -= 1
        if !accepted {
            resolve(entry.token, .nacked)
        } else if let returned = entry.returned {
            resolve(entry.token, .returned(code: returned.code, text: returned.text))
        } else {
            resolve(entry.token, .confirmed)
        }
        return true
    }

    private mutating func advance() {
        while lowest < next, ring[slot(lowest)] == nil { lowest += 1 }
    }

    private func slot(_ number: UInt64) -> Int {
        Int(truncatingIfNeeded: number) & (ring.count - 1)
    }
}
