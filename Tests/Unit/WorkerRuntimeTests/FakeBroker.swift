import Domain
import Synchronization

/// A broker in memory: keeps a journal of what a worker did, in order, and answers as it is told.
final class FakeBroker: WorkerBroker {
    private struct State {
        var answers: [PublishAnswer] = []
        var isConnected = true
        var outcomes: [Outcome] = []
        var messages: [OutcomeMessage] = []
        var acknowledged: [DeliveryHandle] = []
        var rejected: [DeliveryHandle] = []
        var told: [FleetMessage] = []
        var lanes: [Lane: Int] = [:]
        var prefetches: [Lane: [Int]] = [:]
        var isConsuming = false
        var isClosed = false
        var deadIsFull = false
        var held: CheckedContinuation<Void, Never>?
        var holdsConfirms = false
    }

    let events: AsyncStream<WorkEvent>
    private let line: AsyncStream<WorkEvent>.Continuation
    private let state = Mutex(State())
    private let journal: Journal

    init(journal: Journal) {
        self.journal = journal
        (events, line) = AsyncStream.makeStream()
    }

    // MARK: What the test does

    func emit(_ event: WorkEvent) { line.yield(event) }

    /// The next messages are answered so; then everything is confirmed.
    func answerNext(_ answers: [PublishAnswer]) { state.withLock { $0.answers = answers } }

    func deadQueueFillsUp() { state.withLock { $0.deadIsFull = true } }

    /// Confirms wait until `confirm()`.
    func holdConfirms() { state.withLock { $0.holdsConfirms = true } }

    func confirm() {
        let held = state.withLock { state in
            state.holdsConfirms = false
            return state.held.take()
        }
        held?.resume()
    }

    // MARK: What the test sees

    var outcomes: [Outcome] { state.withLock { $0.outcomes } }
    var ends: [Outcome] { outcomes.filter { $0.verdict != .started } }
    var messages: [OutcomeMessage] { state.withLock { $0.messages } }
    var acknowledged: [DeliveryHandle] { state.withLock { $0.acknowledged } }
    var rejected: [DeliveryHandle] { state.withLock { $0.rejected } }
    var told: [FleetMessage] { state.withLock { $0.told } }
    var lanes: [Lane: Int] { state.withLock { $0.lanes } }
    var prefetches: [Lane: [Int]] { state.withLock { $0.prefetches } }
    var isConsuming: Bool { state.withLock { $0.isConsuming } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    // MARK: WorkerBroker

    func consume(_ lanes: [Lane: Int]) async {
        state.withLock { state in
            state.lanes = lanes
            state.isConsuming = true
        }
    }

    func setPrefetch(_ prefetch: Int, for lane: Lane) async {
        state.withLock { $0.prefetches[lane, default: []].append(prefetch) }
    }

    func stopConsuming() async {
        state.withLock { $0.isConsuming = false }
        journal.note("stop consuming")
    }

    func report(_ message: OutcomeMessage) async -> PublishAnswer {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                guard state.holdsConfirms, state.held == nil else { return false }
                state.held = continuation
                return true
            }
            if !isHeld { continuation.resume() }
        }
        let answer = state.withLock { state in
            state.messages.append(message)
            let answer = state.answers.isEmpty ? PublishAnswer.confirmed : state.answers.removeFirst()
            if answer == .confirmed, case .outcomes(let outcomes) = message { state.outcomes += outcomes }
            return answer
        }
        switch message {
        case .outcomes(let outcomes):
            for outcome in outcomes {
                journal.note("\(answer == .confirmed ? "outcome" : "unconfirmed") \(outcome.number) \(outcome.verdict.word)")
            }
        case .marker: journal.note("marker")
        case .part(let part): journal.note("part \(part.number) \(part.index)")
        }
        return answer
    }

    func settle(_ handles: [DeliveryHandle], _ settlement: Settlement) {
        state.withLock { state in
            switch settlement {
            case .acknowledge: state.acknowledged += handles
            case .reject: state.rejected += handles
            }
        }
        for handle in handles { journal.note("\(settlement) #\(handle.tag)") }
    }

    func tell(_ message: FleetMessage) async -> PublishAnswer {
        state.withLock { $0.told.append(message) }
        return .confirmed
    }

    func deadQueueIsNearlyFull() async -> Bool { state.withLock { $0.deadIsFull } }

    func close() async {
        state.withLock { $0.isClosed = true }
        confirm()
        line.finish()
    }
}

/// What happened, in order, over all fakes of a test.
final class Journal: Sendable {
    private let lines = Mutex<[String]>([])

    func note(_ line: String) { lines.withLock { $0.append(line) } }

    var all: [String] { lines.withLock { $0 } }
}
