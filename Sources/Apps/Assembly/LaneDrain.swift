import BrokerAdapter
package import Domain
import Logging

/// Fills all lanes with tasks that do nothing, and counts what a worker makes of them: the orchestrator's side of a worker's bench.
package struct LaneDrain: Sendable {
    /// What became of the tasks.
    package struct Drained: Hashable, Sendable {
        /// When the first attempt began, by the worker's wall clock.
        package let began: Timestamp
        /// When the last outcome had arrived, by the wall clock of the same host.
        package let ended: Timestamp
        /// Messages that carried the outcomes.
        package let messages: Int

        package var seconds: Double { Double(ended.microseconds - began.microseconds) / 1e6 }
    }

    /// As many as the lanes take.
    package static let tasksMax = Lane.all.count * perLaneMax
    private static let perLaneMax = 2_900
    private static let publishAtOnce = 1_000

    private let url: String
    private let tasks: Int
    private let patience: Duration

    package init(brokerURL: String, tasks: Int, patience: Duration) {
        url = brokerURL
        self.tasks = tasks
        self.patience = patience
    }

    /// Publishes the tasks with confirm, calls `filled`, and waits for one succeeded outcome of each.
    package func run(filled: @escaping @Sendable () async throws -> Void) async throws -> Drained {
        let log = Logger(label: "flotilla.bench") { _ in SwiftLogNoOpLogHandler() }
        let link = try ServerLink(logger: log)
        let broker = AMQPOrchestratorBroker(
            try link.broker(url: url),
            name: "flotilla bench",
            log: log,
            onMissing: { _ in true },
            now: TimeSource.system.wall
        )
        let drained = try await withThrowingTaskGroup(of: Drained?.self) { group in
            group.addTask {
                await broker.run()
                return nil
            }
            group.addTask {
                for await batch in broker.fleet.batches { broker.fleet.settle(batch.map(\.handle), .acknowledge) }
                return nil
            }
            group.addTask {
                try await connected(broker)
                try await fill(broker)
                try await filled()
                return try await count(broker)
            }
            group.addTask {
                try await Task.sleep(for: patience)
                throw StartupError("the worker did not end \(tasks) tasks within \(patience)")
            }
            defer { group.cancelAll() }
            while let answer = try await group.next() {
                guard let answer else { continue }
                await broker.close()
                return answer as Drained?
            }
            return nil
        }
        link.stop()
        guard let drained else { throw StartupError("the connection to the broker ended") }
        return drained
    }

    private func connected(_ broker: AMQPOrchestratorBroker) async throws {
        while await broker.health() != .connected { try await Task.sleep(for: .milliseconds(20)) }
    }

    private func fill(_ broker: AMQPOrchestratorBroker) async throws {
        var chance = SystemRandomNumberGenerator()
        var next = 0
        while next < tasks {
            let end = min(tasks, next + Self.publishAtOnce)
            let some = (next..<end).map { place in
                let lane = Lane.all[place % Lane.all.count]
                return DispatchedTask(
                    id: TaskID(at: TimeSource.system.wall(), using: &chance),
                    number: DispatchNumber(Int64(place + 1)),
                    attempt: 1,
                    maxAttempts: 5,
                    kind: "noop",
                    payload: [:],
                    priority: lane.priority,
                    taskClass: lane.taskClass,
                    exclusionKey: nil,
                    timeout: .seconds(60),
                    device: nil
                )
            }
            if let bad = await broker.publish(some).first(where: { $0 != .confirmed }) {
                throw StartupError("the broker did not take a task: \(bad)")
            }
            next = end
        }
    }

    private func count(_ broker: AMQPOrchestratorBroker) async throws -> Drained {
        var began = Timestamp(microseconds: .max)
        var seen: Set<DispatchNumber> = []
        var messages = 0
        for await batch in broker.outcomes.batches {
            for message in batch {
                guard case .success(.outcomes(let outcomes)) = message.content else { continue }
                messages += 1
                for outcome in outcomes {
                    guard outcome.verdict == .succeeded, seen.insert(outcome.number).inserted else {
                        throw StartupError("number \(outcome.number.value) ended as \(outcome.verdict), or twice")
                    }
                    began = min(began, outcome.startedAt ?? began)
                }
            }
            broker.outcomes.settle(batch.map(\.handle), .acknowledge)
            if seen.count == tasks { return Drained(began: began, ended: TimeSource.system.wall(), messages: messages) }
        }
        throw StartupError("the outcomes ended after \(seen.count) of \(tasks)")
    }
}
