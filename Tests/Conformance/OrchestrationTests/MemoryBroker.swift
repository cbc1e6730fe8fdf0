import Domain
import Synchronization

/// A broker in memory: answers publishes as the test says.
final class MemoryBroker: OrchestratorBroker {
    let intakeFeed = MemoryFeed<IntakeDraft>()
    let outcomeFeed = MemoryFeed<OutcomeMessage>()
    let fleetFeed = MemoryFeed<FleetMessage>()
    let deadFeed = MemoryFeed<DeadMessage>()

    var intake: any Feed<IntakeDraft> { intakeFeed }
    var outcomes: any Feed<OutcomeMessage> { outcomeFeed }
    var fleet: any Feed<FleetMessage> { fleetFeed }
    var dead: any Feed<DeadMessage> { deadFeed }

    private struct State {
        var published: [DispatchedTask] = []
        var health = BrokerHealth.connected
        /// Taken for the next publishes, one a task; afterwards everything is confirmed.
        var answers: [PublishAnswer] = []
        var marked: [OutcomeMarker] = []
        var markAnswers: [PublishAnswer] = []
        var keepsMarkers = false
        var orders: [SentOrder] = []
        /// Workers that are gone: what is sent to one is returned.
        var gone: Set<WorkerID> = []
    }

    /// An order and whom it was for.
    struct SentOrder: Hashable {
        let order: ControlOrder
        let address: ControlAddress
    }

    private let state = Mutex(State())
    /// Every publish, for a worker that follows.
    let publishedBatches: AsyncStream<[DispatchedTask]>
    private let follower: AsyncStream<[DispatchedTask]>.Continuation

    init() {
        (publishedBatches, follower) = AsyncStream.makeStream()
    }

    /// Ends the stream of publishes.
    func stop() { follower.finish() }

    var published: [DispatchedTask] { state.withLock { $0.published } }

    func set(_ health: BrokerHealth) { state.withLock { $0.health = health } }

    func answerNext(_ answers: PublishAnswer...) { state.withLock { $0.answers += answers } }

    func publish(_ tasks: [DispatchedTask]) async -> [PublishAnswer] {
        follower.yield(tasks)
        return state.withLock { state in
            state.published += tasks
            return tasks.map { _ in state.answers.isEmpty ? .confirmed : state.answers.removeFirst() }
        }
    }

    var orders: [SentOrder] { state.withLock { $0.orders } }

    func goes(_ worker: WorkerID) { state.withLock { _ = $0.gone.insert(worker) } }

    func order(_ order: ControlOrder, to address: ControlAddress) async -> PublishAnswer {
        state.withLock { state in
            state.orders.append(SentOrder(order: order, address: address))
            if case .worker(let worker) = address, state.gone.contains(worker) { return .returned(reason: "NO_ROUTE") }
            return .confirmed
        }
    }

    /// Every marker that was sent.
    var marked: [OutcomeMarker] { state.withLock { $0.marked } }

    /// Answers for the next markers; afterwards everything is confirmed.
    func answerNextMarkers(_ answers: PublishAnswer...) { state.withLock { $0.markAnswers += answers } }

    /// From now on markers do not come back.
    func keepMarkers() { state.withLock { $0.keepsMarkers = true } }

    func mark(_ marker: OutcomeMarker) async -> PublishAnswer {
        let (answer, comesBack) = state.withLock { state in
            state.marked.append(marker)
            return (state.markAnswers.isEmpty ? PublishAnswer.confirmed : state.markAnswers.removeFirst(), !state.keepsMarkers)
        }
        if answer == .confirmed, comesBack { outcomeFeed.deliver(.marker(marker)) }
        return answer
    }

    func ready(in lane: Lane) async -> Int? { 0 }

    func depths() async -> [QueueDepth] { [QueueDepth(name: "dead", ready: 0, consumers: 1)] }

    func health() async -> BrokerHealth { state.withLock { $0.health } }
}
