/// An order on many letters that is worked on in small transactions.
///
/// running → done, or running → stopped.
package struct LetterBatch: Hashable, Sendable {
    package enum State: String, CaseIterable, Hashable, Sendable {
        case running, stopped, done
    }

    package let id: Int64
    package let order: LetterOrder
    package let state: State
    /// Letters that fitted when it began.
    package let total: Int
    /// Letters it closed so far.
    package let done: Int
    /// Letters it met and left as they are.
    package let leftOpen: Int
    package let createdAt: Timestamp
    package let updatedAt: Timestamp
    package let finishedAt: Timestamp?

    package init(
        id: Int64,
        order: LetterOrder,
        state: State,
        total: Int,
        done: Int,
        leftOpen: Int,
        createdAt: Timestamp,
        updatedAt: Timestamp,
        finishedAt: Timestamp?
    ) {
        self.id = id
        self.order = order
        self.state = state
        self.total = total
        self.done = done
        self.leftOpen = leftOpen
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.finishedAt = finishedAt
    }
}

/// What one look for batches did.
package enum LetterBatchStep: Hashable, Sendable {
    /// One transaction's worth of a batch.
    case worked(batch: Int64, verb: LetterOrder.Verb, done: Int, leftOpen: Int, isOver: Bool)
    /// The batches that run have a rate, and the next may go on then.
    case later(Timestamp)
    /// No batch runs, or others work on all that do.
    case idle
}

/// How many letters go into the next transaction of a batch, and when the one after it may begin.
package struct LetterPace: Hashable, Sendable {
    package let perSecond: Double?
    package let chunkMax: Int

    package init(perSecond: Double?, chunkMax: Int) {
        self.perSecond = perSecond
        self.chunkMax = chunkMax
    }

    /// A fifth of a second's worth, so that a rate is smooth; at least one.
    package var chunk: Int {
        guard let perSecond else { return chunkMax }
        return Int(min(Double(chunkMax), max(1, perSecond / 5)))
    }

    /// When the next chunk may begin after `count` letters; time that was missed is not made up for.
    package func next(after count: Int, now: Timestamp) -> Timestamp {
        guard let perSecond else { return now }
        return now + .microseconds(Int64(Double(count) / perSecond * 1_000_000))
    }
}
