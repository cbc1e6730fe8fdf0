import AMQP
import BrokerAdapter
import Domain
import MemoryAdapters
import PrivateServers
import TestSupport
import Wire

/// Which broker carries the messages: every suite runs on each of them, and one that cannot start fails the run.
enum BrokerBackend: String, CaseIterable, Sendable {
    case memory, rabbitMQ

    static let available = allCases
}

/// One orchestrator and one worker at some broker, in the language of the ports alone.
struct Meeting: Sendable {
    let orchestrator: any OrchestratorBroker
    let worker: any WorkerBroker
    let drafts: Collected<Inbound<IntakeDraft>>
    let outcomes: Collected<Inbound<OutcomeMessage>>
    let fleet: Collected<Inbound<FleetMessage>>
    let dead: Collected<Inbound<DeadMessage>>
    let events: Collected<WorkEvent>
    /// Breaks every connection; only of a broker of one's own.
    let cut: @Sendable () async throws -> Void
    /// Somebody else takes one message of a lane and goes away without settling it.
    let vanish: @Sendable (Lane) async throws -> Void
    /// Some program publishes a draft under its priority's key.
    let submit: @Sendable (TaskDraft) async throws -> PublishAnswer?

    static let worker = WorkerID("w-1")

    /// What the worker got, in order.
    var deliveries: [WorkDelivery] {
        events.items.flatMap { event in
            guard case .deliveries(let deliveries) = event else { return [WorkDelivery]() }
            return deliveries
        }
    }

    var orders: [ControlOrder] {
        events.items.compactMap { event in
            guard case .order(let order) = event else { return nil }
            return order
        }
    }

    var connections: Int {
        events.items.count { event in
            guard case .connected = event else { return false }
            return true
        }
    }

    /// Messages that wait in a queue for a reader.
    func ready(in queue: String) async -> Int? {
        await orchestrator.depths().first { $0.name == queue }?.ready
    }

    func consumers(of queue: String) async -> Int? {
        await orchestrator.depths().first { $0.name == queue }?.consumers
    }
}

extension BrokerBackend {
    /// Runs `body` at a broker that others use, too, or at one of its own with lanes of that length.
    func with(ownLaneLength: Int? = nil, _ body: (Meeting) async throws -> Void) async throws {
        switch self {
        case .memory: try await Self.inMemory(ownLaneLength, body)
        case .rabbitMQ: try await Self.onServer(ownLaneLength, body)
        }
    }

    private static func inMemory(_ laneLength: Int?, _ body: (Meeting) async throws -> Void) async throws {
        var lengths = BrokerModel.Lengths()
        if let laneLength { lengths.lane = laneLength }
        let form = Cargo.TaskForm(contentType: WireFormat.protobuf.contentType) { TaskCodec.encode($0, as: .protobuf) }
        let broker = MemoryBroker(model: BrokerModel(lengths: lengths, taskForm: form))
        let orchestrator = MemoryOrchestratorBroker(broker)
        let worker = MemoryWorkerBroker(broker, worker: Meeting.worker)
        let meeting = Meeting(
            orchestrator: orchestrator,
            worker: worker,
            drafts: Collected(),
            outcomes: Collected(),
            fleet: Collected(),
            dead: Collected(),
            events: Collected(),
            cut: { broker.cutConnections() },
            vanish: { lane in
                let stranger = MemoryWorkerBroker(broker, worker: WorkerID("stranger"))
                await stranger.consume([lane: 1])
                await stranger.close()
            },
            submit: { MemoryDrafts(broker).publish($0, key: $0.priority?.lowercased() ?? "normal") }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await batch in orchestrator.intake.batches { meeting.drafts.append(batch) } }
            group.addTask { for await batch in orchestrator.outcomes.batches { meeting.outcomes.append(batch) } }
            group.addTask { for await batch in orchestrator.fleet.batches { meeting.fleet.append(batch) } }
            group.addTask { for await batch in orchestrator.dead.batches { meeting.dead.append(batch) } }
            group.addTask { for await event in worker.events { meeting.events.append([event]) } }
            do {
                try await body(meeting)
            } catch {
                group.cancelAll()
                throw error
            }
            await worker.close()
            await orchestrator.close()
            try await group.waitForAll()
        }
    }

    private static func onServer(_ laneLength: Int?, _ body: (Meeting) async throws -> Void) async throws {
        guard let laneLength else { return try await onStage(TestServers.shared.rabbitMQ().url, BrokerSettings(), cut: {}, body) }
        var lengths = Topology.Lengths()
        lengths.lane = laneLength
        var settings = BrokerSettings()
        settings.topology = Topology(lengths: lengths)
        let broker = try await TestServers.freshRabbitMQ()
        try await onStage(broker.url, settings, cut: { _ = try await broker.control(["close_all_connections", "test"]) }, body)
        await broker.stop()
    }

    private static func onStage(
        _ url: String,
        _ settings: BrokerSettings,
        cut: @escaping @Sendable () async throws -> Void,
        _ body: (Meeting) async throws -> Void
    ) async throws {
        try await Stage.with(url, settings: settings) { stage in
            try await eventually("the worker is connected", within: .seconds(10)) { stage.connections == 1 }
            try await body(
                Meeting(
                    orchestrator: stage.orchestrator,
                    worker: stage.worker,
                    drafts: stage.drafts,
                    outcomes: stage.outcomes,
                    fleet: stage.fleet,
                    dead: stage.dead,
                    events: stage.events,
                    cut: cut,
                    vanish: { lane in
                        try await stage.directly { connection in
                            _ = try await connection.consume(Queue.lane(lane), prefetch: 1)
                            for await event in connection.events {
                                if case .deliveries = event { return }
                            }
                        }
                    },
                    submit: { try await DraftPublisher(stage.endpoint, log: Stage.log) { Stage.time }.publish([$0]).first }
                )
            )
        }
    }
}
