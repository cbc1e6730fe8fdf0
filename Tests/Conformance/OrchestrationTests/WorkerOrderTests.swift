import Domain
import Orchestration
import TestSupport
import Testing

@Suite("Orders to workers", .timeLimit(.minutes(2)))
struct WorkerOrderTests {
    private let worker = WorkerID("w-1")
    private let runs = [
        CancelledRun(task: TaskID(high: 1, low: 1), number: nil, reason: "by hand"),
        CancelledRun(task: TaskID(high: 1, low: 2), number: DispatchNumber(7), reason: "recalled"),
    ]

    private func registration(_ worker: WorkerID) -> WorkerRegistration {
        WorkerRegistration(
            id: worker,
            hostname: "host",
            pid: 1,
            version: "0",
            startedAt: Harness.time.wall(),
            labels: [:],
            slots: [.general: 1],
            kinds: ["noop"],
            connection: 1,
            numbersInHand: []
        )
    }

    @Test("who registers is told what was cancelled within the hour; a beat is told nothing")
    func welcome() async throws {
        try await Harness.run { harness in
            harness.cancelled.set(runs)
            harness.broker.fleetFeed.deliver(.registration(registration(worker)))
            try await eventually("it is told") {
                harness.broker.orders == [MemoryBroker.SentOrder(order: .cancel(runs), address: .worker(worker))]
            }
            #expect(harness.cancelled.asked.count == 1)
            let age = Harness.time.wall().microseconds - (harness.cancelled.asked.first?.microseconds ?? 0)
            #expect((3_600_000_000...3_700_000_000).contains(age))
            #expect(harness.broker.fleetFeed.acknowledged == [1])
        }
    }

    @Test("nothing cancelled is no order, and a record that fails does not stop registrations")
    func nothing() async throws {
        try await Harness.run { harness in
            harness.broker.fleetFeed.deliver(.registration(registration(worker)))
            try await eventually("the first is noted") { harness.cancelled.asked.count == 1 }
            harness.cancelled.set(runs)
            harness.cancelled.fail(times: 1)
            harness.broker.fleetFeed.deliver(.registration(registration(worker)))
            try await eventually("the second is asked for") { harness.cancelled.asked.count == 2 }
            harness.broker.fleetFeed.deliver(.registration(registration(worker)))
            try await eventually("the third is told") { harness.broker.orders.count == 1 }
            #expect(harness.broker.fleetFeed.acknowledged == [1, 2, 3])
        }
    }
}
