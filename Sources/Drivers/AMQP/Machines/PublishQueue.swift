/// The batches that are being published, in the order of their calls, and the ledger of what was sent.
///
/// Touched by the connection's thread only.
struct PublishQueue {
    /// Names one message of one batch.
    struct Token {
        let batch: PublishBatch
        let index: Int
    }

    /// Batches that still wait for a result, by ticket.
    private var batches: [UInt64: PublishBatch] = [:]
    /// Tickets of batches with unsent messages, in order, from `head` on.
    private var waiting: [UInt64] = []
    private var head = 0
    private var lastTicket: UInt64 = 0
    private var ledger = ConfirmLedger<Token>(window: AMQPSettings.unconfirmedMax)
    /// When the broker last confirmed something, or the first message after a pause was sent.
    private(set) var lastProgress: ContinuousClock.Instant = .now

    var isEmpty: Bool { batches.isEmpty }
    var unconfirmedCount: Int { ledger.openCount }

    mutating func nextTicket() -> UInt64 {
        lastTicket += 1
        return lastTicket
    }

    mutating func append(_ batch: PublishBatch) {
        batches[batch.ticket] = batch
        waiting.append(batch.ticket)
    }

    /// The message to send next, if the window has room.
    mutating func nextToSend() -> Token? {
        guard ledger.room > 0 else { return nil }
        while head < waiting.count {
            if let batch = batches[waiting[head]], batch.nextIndex < batch.messages.count {
                defer { batch.nextIndex += 1 }
                return Token(batch: batch, index: batch.nextIndex)
            }
            head += 1
            compact()
        }
        return nil
    }

    mutating func sent(_ token: Token, messageID: String, now: ContinuousClock.Instant) {
        if ledger.openCount == 0 { lastProgress = now }
        ledger.record(token, messageID: messageID)
    }

    mutating func noteReturn(messageID: String, code: UInt16, text: String) -> Bool {
        ledger.noteReturn(messageID: messageID, code: code, text: text)
    }

    /// - Returns: `false` for a number that is not open.
    mutating func settle(
        _ number: UInt64,
        multiple: Bool,
        accepted: Bool,
        now: ContinuousClock.Instant,
        _ count: (PublishResult) -> Void
    ) -> Bool {
        var finished: [UInt64] = []
        let known = ledger.settle(number, multiple: multiple, accepted: accepted) { token, verdict in
            let result = PublishResult(verdict)
            count(result)
            if token.batch.resolve(token.index, result) { finished.append(token.batch.ticket) }
        }
        for ticket in finished { batches[ticket] = nil }
        if known { lastProgress = now }
        return known
    }

    mutating func resolve(_ token: Token, _ result: PublishResult) {
        if token.batch.resolve(token.index, result) { batches[token.batch.ticket] = nil }
    }

    /// The broker takes messages again: what waited must not look late.
    mutating func restartClock(now: ContinuousClock.Instant) {
        lastProgress = now
    }

    /// Answers one call; what it sent stays in the ledger until the broker tells.
    ///
    /// Returns how many messages it left open.
    mutating func giveUp(ticket: UInt64, _ reason: UnconfirmedReason) -> Int {
        batches.removeValue(forKey: ticket)?.resolveRest(reason) ?? 0
    }

    /// Answers the calls that began before `deadline`.
    mutating func giveUp(startedBefore deadline: ContinuousClock.Instant, _ reason: UnconfirmedReason) -> Int {
        let late = batches.values.filter { $0.started < deadline }
        return late.reduce(0) { $0 + giveUp(ticket: $1.ticket, reason) }
    }

    /// The channel is gone: what was sent on it is unknown; what was not sent yet goes out on the next one.
    mutating func channelLost(_ reason: UnconfirmedReason) -> Int {
        var lost: [Token] = []
        ledger.abandonAll { lost.append($0) }
        for token in lost { resolve(token, .unconfirmed(reason)) }
        ledger = ConfirmLedger(window: AMQPSettings.unconfirmedMax)
        return lost.count
    }

    /// The connection is gone: nobody waits any longer.
    mutating func failAll(_ reason: UnconfirmedReason) -> Int {
        let count = batches.values.reduce(0) { $0 + $1.resolveRest(reason) }
        batches = [:]
        waiting = []
        head = 0
        ledger = ConfirmLedger(window: AMQPSettings.unconfirmedMax)
        return count
    }

    private mutating func compact() {
        guard head > 64, head * 2 > waiting.count else { return }
        waiting.removeFirst(head)
        head = 0
    }
}

extension PublishResult {
    init(_ verdict: ConfirmLedger<PublishQueue.Token>.Verdict) {
        switch verdict {
        case .confirmed: self = .confirmed
        case .nacked: self = .nacked
        case .returned(let code, let text): self = .returned(code: code, text: text)
        }
    }
}
