/// What remembers what was observed of the broker: how far the outcomes were read, and which queues may have lost messages.
package protocol ObservationRecord: Sendable {
    /// Notes markers that came back; the caller has recorded everything before them.
    func note(_ markers: [OutcomeMarker], now: Timestamp) async throws(RecordError)

    /// The largest value of an observer that has come back; `nil`: none yet.
    func lastMarker(of observer: String) async throws(RecordError) -> Int64?

    /// Opens a case per queue: whatever was queued up to now may be lost. A queue that is made anew once more begins again.
    func noteMadeAnew(_ queues: [ObservedQueue], now: Timestamp) async throws(RecordError)

    /// Opens a case for a lane whose numbers up to `horizon` were overtaken; one that is open already reaches as far as the later of both.
    func noteOvertaken(_ lane: Lane, upTo horizon: DispatchNumber, now: Timestamp) async throws(RecordError)

    /// Takes open cases for `span`, so that the instances do not do the same work; one that died is replaced after it.
    func claimCases(by observer: String, for span: Duration, now: Timestamp) async throws(RecordError) -> [LossCase]

    /// Closes a case, unless its queue was made anew meanwhile.
    func settle(_ settled: LossCase, now: Timestamp) async throws(RecordError)

    /// The last number that was given, and how many numbers up to `horizon` (`nil`: all) are queued, by lane.
    func queuedNumbers(upTo horizon: DispatchNumber?) async throws(RecordError) -> QueuedNumbers

    /// Confirmed numbers of a lane up to `horizon` that no live worker has in hand, oldest first, without the newest `ready`: these lie
    /// in the lane. Watched ones are left to their watch.
    func missing(in lane: Lane, upTo horizon: DispatchNumber, ready: Int, limit: Int) async throws(RecordError) -> [MissingNumber]

    /// When the live worker that was heard least recently was heard; `nil`: there is none.
    func oldestBeat() async throws(RecordError) -> Timestamp?

    /// Leaves numbers that are void: their tasks wait again, due at once, uncharged. One whose lease is held is watched.
    func release(_ numbers: [(number: MissingNumber, answer: VoidAnswer)], judge: OutcomeJudge, now: Timestamp) async throws(RecordError)
        -> RecordSummary
}

/// A queue whose loss means that queued tasks may be lost with it.
package enum ObservedQueue: Hashable, Sendable, CustomStringConvertible {
    case lane(Lane)
    /// A confirmed outcome may have been lost: every lane is concerned.
    case outcomes

    package init?(_ text: String) {
        if text == Self.outcomes.description {
            self = .outcomes
        } else {
            guard let lane = Lane.all.first(where: { $0.description == text }) else { return nil }
            self = .lane(lane)
        }
    }

    package var description: String {
        switch self {
        case .lane(let lane): lane.description
        case .outcomes: "outcomes"
        }
    }

    package func concerns(_ lane: Lane) -> Bool {
        switch self {
        case .lane(let own): own == lane
        case .outcomes: true
        }
    }
}

/// A reason to ask where the numbers of a queue are.
package struct LossCase: Hashable, Sendable {
    package enum Reason: String, CaseIterable, Hashable, Sendable {
        /// The queue was missing and had to be made anew.
        case madeAnew = "made_anew"
        /// Many later numbers of the lane have left already.
        case overtaken
    }

    package let queue: ObservedQueue
    package let reason: Reason
    /// The last number that is concerned.
    package let horizon: DispatchNumber
    package let openedAt: Timestamp

    package init(queue: ObservedQueue, reason: Reason, horizon: DispatchNumber, openedAt: Timestamp) {
        self.queue = queue
        self.reason = reason
        self.horizon = horizon
        self.openedAt = openedAt
    }
}

/// A queued number that no live worker has in hand.
package struct MissingNumber: Hashable, Sendable {
    package let task: TaskID
    package let number: DispatchNumber
    package let key: ExclusionKey?
    /// It was reported started.
    package let isStarted: Bool

    package init(task: TaskID, number: DispatchNumber, key: ExclusionKey?, isStarted: Bool) {
        self.task = task
        self.number = number
        self.key = key
        self.isStarted = isStarted
    }
}

/// How many numbers are queued, and how far they have been given.
package struct QueuedNumbers: Hashable, Sendable {
    package let last: DispatchNumber
    package let byLane: [Lane: Int]

    package init(last: DispatchNumber, byLane: [Lane: Int]) {
        self.last = last
        self.byLane = byLane
    }
}
