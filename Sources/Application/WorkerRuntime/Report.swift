import Domain

/// One outcome on its way to the orchestrator.
struct Report: Sendable {
    let outcome: Outcome
    /// The delivery to settle once it is confirmed; `nil` for *started*.
    let attempt: Attempt?
    /// Estimated bytes on the wire.
    let weight: Int

    init(outcome: Outcome, attempt: Attempt?) {
        self.outcome = outcome
        self.attempt = attempt
        weight =
            250 + Self.weight(of: outcome.verdict) + Self.weight(of: outcome.result)
            + (outcome.device?.observations.reduce(0) { $0 + $1.weight } ?? 0)
    }

    /// Rejected, so that the broker moves the original to the dead-letter queue: the failure is final or the budget used up.
    var isDead: Bool {
        guard case .failed(let fault) = outcome.verdict, let attempt else { return false }
        return !fault.retryable || attempt.task.attempt >= attempt.task.maxAttempts
    }

    /// The most that is kept of an attempt's small facts.
    static let resultBytesMax = 64 * 1024

    /// The most that is kept of a fault's message, the mark of the cut included.
    static let messageBytesMax = 4096

    /// A fault whose message fits: an outcome that no reader takes would be published again for ever.
    static func kept(_ fault: TaskFault) -> TaskFault {
        guard fault.message.utf8.count > messageBytesMax else { return fault }
        let mark = "…"
        var bytes = messageBytesMax - mark.utf8.count
        var cut = String(fault.message.utf8.prefix(bytes))
        // At most three bytes of a character are cut off before its beginning.
        while cut == nil, bytes > 0 {
            bytes -= 1
            cut = String(fault.message.utf8.prefix(bytes))
        }
        return TaskFault(fault.errorClass, (cut ?? "") + mark, retryable: fault.retryable, retryAfter: fault.retryAfter)
    }

    private static func weight(of verdict: Verdict) -> Int {
        guard case .failed(let fault) = verdict else { return 0 }
        return fault.message.utf8.count
    }

    static func weight(of payload: Payload) -> Int {
        payload.reduce(0) { $0 + $1.key.utf8.count + 8 + weight(of: $1.value) }
    }

    private static func weight(of value: JSONValue) -> Int {
        switch value {
        case .null, .bool: 4
        case .number: 12
        case .text(let text): text.utf8.count + 4
        case .list(let list): list.reduce(4) { $0 + weight(of: $1) }
        case .object(let object): 4 + weight(of: object)
        }
    }
}

extension ONUObservation {
    /// Estimated bytes on the wire.
    var weight: Int {
        let texts = [port, serial, mac, name, description, lastDownCause]
        return 120 + index.utf8.count + texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) }
    }
}
