import AMQP
import BrokerAdapter
import Domain
import PrivateServers
import TestSupport
import Testing

extension AtTheBroker {
    @Suite("Orders reach workers")
    struct ControlTests {
        private static let worker = WorkerID("w-1")
        private static let task = TaskID(high: 7, low: 9)
        private static let orders: [ControlOrder] = [
            .cancel([
                CancelledRun(task: task, number: DispatchNumber(5), reason: "by hand"),
                CancelledRun(task: task, number: nil, reason: "by hand"),
            ]),
            .drain, .quiet, .resume, .setLogLevel("debug"), .ping,
        ]

        @Test("every order arrives as it was sent, in order, by the worker's name and by all")
        func everyOrder() async throws {
            try await Stage.with(TestServers.shared.rabbitMQ().url) { stage in
                try await eventually("the worker is connected", within: .seconds(10)) { stage.connections == 1 }
                for order in Self.orders {
                    #expect(await stage.orchestrator.order(order, to: .worker(Self.worker)) == .confirmed)
                    #expect(await stage.orchestrator.order(order, to: .all) == .confirmed)
                }

                try await eventually("all orders", within: .seconds(10)) { stage.orders.count >= Self.orders.count * 2 }
                #expect(stage.orders == Self.orders.flatMap { [$0, $0] })
            }
        }

        @Test("a long list of cancelled runs arrives whole, in messages that a worker reads")
        func longList() async throws {
            let reason = String(repeating: "r", count: 500)
            let runs = (1...2_500).map { CancelledRun(task: Self.task, number: DispatchNumber($0), reason: reason) }
            try await Stage.with(TestServers.shared.rabbitMQ().url) { stage in
                try await eventually("the worker is connected", within: .seconds(10)) { stage.connections == 1 }
                #expect(await stage.orchestrator.order(.cancel(runs), to: .worker(Self.worker)) == .confirmed)

                try await eventually("three orders", within: .seconds(10)) { stage.orders.count == 3 }
                let arrived = stage.orders.flatMap { order -> [CancelledRun] in if case .cancel(let runs) = order { runs } else { [] } }
                #expect(arrived == runs)
            }
        }

        @Test("an order to a worker that is not there comes back, and so does one to all when nobody is there")
        func nobody() async throws {
            try await Stage.with(TestServers.shared.rabbitMQ().url) { stage in
                try await eventually("the worker is connected", within: .seconds(10)) { stage.connections == 1 }
                let answer = await stage.orchestrator.order(.ping, to: .worker(WorkerID("somebody-else")))
                #expect(Self.isReturned(answer))

                await stage.worker.close()

                #expect(Self.isReturned(await stage.orchestrator.order(.ping, to: .worker(Self.worker))))
                #expect(Self.isReturned(await stage.orchestrator.order(.ping, to: .all)))
            }
        }

        @Test("orders arrive while nothing is consumed, and after the consumers were stopped")
        func whileQuiet() async throws {
            try await Stage.with(TestServers.shared.rabbitMQ().url) { stage in
                await stage.worker.consume([Lane(.general, .normal): 2])
                try await eventually("the lane is consumed", within: .seconds(10)) {
                    await stage.orchestrator.depths().contains { $0.name == Queue.lane(Lane(.general, .normal)) && $0.consumers == 1 }
                }
                await stage.worker.stopConsuming()
                #expect(await stage.orchestrator.order(.resume, to: .worker(Self.worker)) == .confirmed)

                try await eventually("the order", within: .seconds(10)) { stage.orders == [.resume] }
            }
        }

        @Test("a new connection listens under a queue of its own; orders reach it once")
        func reconnect() async throws {
            let broker = try await TestServers.freshRabbitMQ()
            try await Stage.with(broker.url) { stage in
                try await eventually("the worker is connected", within: .seconds(10)) { stage.connections == 1 }
                _ = try await broker.control(["close_all_connections", "test"])
                try await eventually("it is connected again", within: .seconds(20)) { stage.connections >= 2 }

                try await eventually("an order arrives", within: .seconds(20), poll: .milliseconds(200)) {
                    _ = await stage.orchestrator.order(.ping, to: .worker(Self.worker))
                    return !stage.orders.isEmpty
                }
                let before = stage.orders.count
                #expect(await stage.orchestrator.order(.quiet, to: .all) == .confirmed)
                try await eventually("the last order", within: .seconds(10)) { stage.orders.last == .quiet }
                #expect(stage.orders.count >= before + 1 && stage.orders.count { $0 == .quiet } == 1)
            }
            await broker.stop()
        }

        @Test("a worker whose control queue somebody deleted declares it again")
        func deletedQueue() async throws {
            let broker = try await TestServers.freshRabbitMQ()
            try await Stage.with(broker.url) { stage in
                try await eventually("the worker is connected", within: .seconds(10)) { stage.connections == 1 }
                let queue = ControlPost(worker: Self.worker, connection: 1).queue
                try await eventually("it listens", within: .seconds(10), poll: .milliseconds(200)) {
                    try await broker.control(["list_queues", "name", "consumers", "--silent"]).contains("\(queue)\t1")
                }

                _ = try await broker.control(["delete_queue", queue])

                try await eventually("an order arrives", within: .seconds(20), poll: .milliseconds(200)) {
                    _ = await stage.orchestrator.order(.ping, to: .worker(Self.worker))
                    return !stage.orders.isEmpty
                }
                #expect(stage.connections == 1)
            }
            await broker.stop()
        }

        @Test("an order that cannot be read is dropped and said so; the next one arrives")
        func unreadable() async throws {
            try await Stage.with(TestServers.shared.rabbitMQ().url) { stage in
                try await eventually("the worker is connected", within: .seconds(10)) { stage.connections == 1 }
                try await stage.directly { connection in
                    var garbage = AMQPMessage(
                        exchange: Exchange.control,
                        routingKey: ControlAddress.all.routingKey,
                        body: [0xFF, 0xFF, 0xFF]
                    )
                    garbage.contentType = "application/x-protobuf"
                    #expect(await connection.publish([garbage]) == [.confirmed])
                }
                #expect(await stage.orchestrator.order(.quiet, to: .all) == .confirmed)

                try await eventually("the order", within: .seconds(10)) { stage.orders == [.quiet] }
                #expect(stage.heard.items.contains { $0.contains("cannot be read") })
            }
        }

        private static func isReturned(_ answer: PublishAnswer) -> Bool {
            guard case .returned = answer else { return false }
            return true
        }
    }
}

extension Stage {
    /// What the worker was ordered, in order.
    var orders: [ControlOrder] {
        events.items.compactMap { event in
            guard case .order(let order) = event else { return nil }
            return order
        }
    }
}
