import Domain
import Orchestration
import TestSupport
import Testing

@Suite("Steering desk", .timeLimit(.minutes(1)))
struct SteeringDeskTests {
    private let key = ExclusionKey("olt:1")

    private func run() -> CancelledRun {
        CancelledRun(task: TaskID(high: 1, low: 2), number: DispatchNumber(7), reason: "told to")
    }

    @Test("a cancellation is written down first, then told to the workers")
    func cancel() async throws {
        try await Harness.run { harness throws in
            let run = run()
            var report = EndingReport()
            report.answers = [run.task: .ending]
            report.orders = [run]
            await harness.record.plan(report: report)
            #expect(try await harness.desk.cancel([run.task], reason: "told to") == [run.task: .ending])
            #expect(await harness.record.ended.map(\.ending) == [Ending(.cancelled, reason: "told to")])
            #expect(harness.broker.orders.map(\.order) == [.cancel([run])])
        }
    }

    @Test("runs whose deadline has passed are told to stop")
    func overdue() async throws {
        try await Harness.run { harness throws in
            let run = run()
            var report = EndingReport()
            report.answers = [run.task: .ending]
            report.orders = [run]
            await harness.record.plan(overdue: [report])
            try await eventually("the order is out") { harness.broker.orders.map(\.order) == [.cancel([run])] }
        }
    }

    @Test("a number with a key is left only when the lease store calls it void")
    func reprioritize() async throws {
        let key = try #require(key)
        try await Harness.run { harness throws in
            let number = DispatchNumber(7)
            let id = TaskID(high: 1, low: 2)
            await harness.record.plan(moves: [.voidFirst(number, key), .moved(left: nil, from: nil)])
            harness.leases.answerNext(.success(.void(wasGranted: false)))
            #expect(try await harness.desk.reprioritize(id, to: .high) == .moved(left: nil, from: nil))
            #expect(await harness.record.moves == [nil, number])

            await harness.record.plan(moves: [.voidFirst(number, key)])
            harness.leases.answerNext(.success(.held(for: .seconds(9))))
            #expect(try await harness.desk.reprioritize(id, to: .high) == .running)

            await harness.record.plan(moves: [.voidFirst(number, key)])
            harness.leases.answerNext(.failure(.silent(operation: "void", reason: "away")))
            await #expect(throws: SteeringError.lease(.silent(operation: "void", reason: "away"))) {
                try await harness.desk.reprioritize(id, to: .high)
            }
        }
    }

    @Test("tasks that no living worker can run are counted")
    func unroutable() async throws {
        try await Harness.run { harness throws in
            await harness.record.plan(demand: [Demand(kind: "noop", taskClass: .cpu, count: 3)])
            try await eventually("it is counted") { try await harness.desk.overview().counters.unroutable == 3 }
        }
    }
}
