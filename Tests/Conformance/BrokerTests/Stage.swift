import AMQP
import BrokerAdapter
import Domain
import Logging
import Synchronization

/// One orchestrator and one worker at a broker, and everything they were told.
final class Stage: Sendable {
    let endpoint: AMQPEndpoint
    let settings: BrokerSettings
    let orchestrator: AMQPOrchestratorBroker
    let worker: AMQPWorkerBroker

    let drafts = Collected<Inbound<IntakeDraft>>()
    let outcomes = Collected<Inbound<OutcomeMessage>>()
    let fleet = Collected<Inbound<FleetMessage>>()
    let dead = Collected<Inbound<DeadMessage>>()
    let events = Collected<WorkEvent>()
    /// Queues that the orchestrator found missing.
    let missed: Collected<ObservedQueue>
    /// What both sides warned of.
    let heard: Collected<String>

    static let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    static let time = Timestamp(microseconds: 1_795_228_800_000_000)

    private init(url: String, settings: BrokerSettings, heard: Collected<String>) throws {
        endpoint = try AMQPEndpoint(url: url)
        self.settings = settings
        self.heard = heard
        let missed = Collected<ObservedQueue>()
        self.missed = missed
        let log = Logger(label: "test") { _ in LogEar(heard) }
        orchestrator = AMQPOrchestratorBroker(
            endpoint,
            name: "orchestrator",
            settings: settings,
            log: log,
            onMissing: { queues in
                missed.append(queues)
                return true
            },
            now: { Stage.time }
        )
        worker = AMQPWorkerBroker(endpoint, name: "worker", worker: WorkerID("w-1"), settings: settings, log: log) { Stage.time }
    }

    /// Runs both sides during `body`; every queue is empty at its start.
    static func with(_ url: String, settings: BrokerSettings = BrokerSettings(), purges: Bool = true, _ body: (Stage) async throws -> Void)
        async throws
    {
        let stage = try Stage(url: url, settings: settings, heard: Collected())
        if purges {
            try await stage.directly { connection in
                try await settings.topology.declare(on: connection)
                for queue in Queue.all { _ = try await connection.purge(queue: queue) }
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await stage.orchestrator.run() }
            group.addTask { await stage.worker.run() }
            group.addTask { for await batch in stage.orchestrator.intake.batches { stage.drafts.append(batch) } }
            group.addTask { for await batch in stage.orchestrator.outcomes.batches { stage.outcomes.append(batch) } }
            group.addTask { for await batch in stage.orchestrator.fleet.batches { stage.fleet.append(batch) } }
            group.addTask { for await batch in stage.orchestrator.dead.batches { stage.dead.append(batch) } }
            group.addTask { for await event in stage.worker.events { stage.events.append([event]) } }
            do {
                try await body(stage)
            } catch {
                group.cancelAll()
                throw error
            }
            await stage.worker.close()
            await stage.orchestrator.close()
            try await group.waitForAll()
        }
    }

    /// Something that neither side does, over a connection of its own.
    func directly<Answer: Sendable>(_ body: (AMQPConnection) async throws -> Answer) async throws -> Answer {
        let connection = try await AMQPConnection.open(endpoint, name: "test", logger: Self.log)
        do {
            let answer = try await body(connection)
            await connection.close()
            return answer
        } catch {
            await connection.close()
            throw error
        }
    }

    /// What the worker got, in order.
    var deliveries: [WorkDelivery] {
        events.items.flatMap { event in
            guard case .deliveries(let deliveries) = event else { return [WorkDelivery]() }
            return deliveries
        }
    }

    var connections: Int {
        events.items.count { event in
            guard case .connected = event else { return false }
            return true
        }
    }

    /// Messages that are ready, as a third party sees them; what nobody settled is among them once its reader is gone.
    func ready(in queue: String) async throws -> Int {
        try await directly { try await $0.passive(queue).ready }
    }

    static func task(_ number: Int64, lane: Lane = Lane(.network, .high)) -> DispatchedTask {
        DispatchedTask(
            id: TaskID(high: 0x0193_F1A2_7C3E_7B64, low: 0x9D0C_0000_0000_0000 | UInt64(number)),
            number: DispatchNumber(number),
            attempt: 1,
            maxAttempts: 5,
            kind: "noop",
            payload: ["note": .text("task \(number)")],
            priority: lane.priority,
            taskClass: lane.taskClass,
            exclusionKey: nil,
            timeout: .seconds(30),
            device: nil
        )
    }

    static let beat = Heartbeat(
        worker: WorkerID("w"),
        sentAt: time,
        status: .healthy,
        running: [],
        slotsUsed: [:],
        queuedTasks: 0,
        tasksCompleted: 0,
        tasksFailed: 0,
        averageRunMs: 0
    )

    static func outcome(of task: DispatchedTask, _ verdict: Verdict = .succeeded) -> Outcome {
        Outcome(
            task: task.id,
            number: task.number,
            attempt: task.attempt,
            worker: WorkerID("w-1"),
            run: RunToken(7),
            verdict: verdict,
            startedAt: time,
            finishedAt: time
        )
    }
}
