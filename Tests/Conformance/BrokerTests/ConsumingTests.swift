import AMQP
import BrokerAdapter
import Domain
import PrivateServers
import TestSupport
import Testing

extension AtTheBroker {
    @Suite("A worker keeps its consumers")
    struct ConsumingTests {
        private static let lane = Lane(.general, .normal)

        private static func channels(of broker: PrivateRabbitMQ) async throws -> Int {
            try await broker.control(["list_channels", "name", "--silent"]).split(separator: "\n").count
        }

        @Test("another prefetch while deliveries are in hand loses and repeats nothing")
        func prefetch() async throws {
            let broker = try await TestServers.freshRabbitMQ()
            try await Stage.with(broker.url) { stage in
                let tasks = (1...200).map { Stage.task($0, lane: Self.lane) }
                await stage.worker.consume([Self.lane: 5])
                _ = await stage.orchestrator.publish(tasks)
                try await eventually("the first five", within: .seconds(10)) { stage.deliveries.count == 5 }
                let channels = try await Self.channels(of: broker)

                for (round, prefetch) in [20, 3, 50].enumerated() {
                    await stage.worker.setPrefetch(prefetch, for: Self.lane)
                    // What the older channels hold stays in hand; the new one brings as many as its prefetch.
                    let expected = 5 + [20, 23, 73][round]
                    try await eventually("\(expected) in hand", within: .seconds(10)) { stage.deliveries.count == expected }
                }

                var settled = 0
                try await eventually("all tasks", within: .seconds(30)) {
                    let handles = stage.deliveries.map(\.handle)
                    stage.worker.settle(Array(handles[settled...]), .acknowledge)
                    settled = handles.count
                    return settled == tasks.count
                }
                #expect(Set(stage.deliveries.map(\.task.number)) == Set(tasks.map(\.number)))
                #expect(stage.deliveries.allSatisfy { $0.redeliveries == 0 })
                #expect(Set(stage.deliveries.map(\.handle.channel)).count == 4)
                try await eventually("the older channels are closed", within: .seconds(20), poll: .milliseconds(500)) {
                    try await Self.channels(of: broker) == channels
                }
                await stage.worker.close()
                #expect(try await stage.ready(in: Queue.lane(Self.lane)) == 0)
            }
            await broker.stop()
        }

        @Test("after consuming has stopped nothing arrives, and what is in hand can be settled")
        func stopping() async throws {
            try await Stage.with(TestServers.shared.rabbitMQ().url) { stage in
                await stage.worker.consume([Self.lane: 2])
                _ = await stage.orchestrator.publish((1...4).map { Stage.task($0, lane: Self.lane) })
                try await eventually("two in hand", within: .seconds(10)) { stage.deliveries.count == 2 }

                await stage.worker.stopConsuming()
                stage.worker.settle(stage.deliveries.map(\.handle), .acknowledge)

                await stage.worker.close()
                #expect(stage.deliveries.count == 2)
                #expect(try await stage.ready(in: Queue.lane(Self.lane)) == 2)
            }
        }

        @Test("a lane that somebody deleted is written down, made by the orchestrator and consumed again")
        func deletedLane() async throws {
            try await Stage.with(TestServers.shared.rabbitMQ().url) { stage in
                await stage.worker.consume([Self.lane: 2])
                try await eventually("the lane is consumed", within: .seconds(10)) {
                    await stage.orchestrator.depths().first { $0.name == Queue.lane(Self.lane) }?.consumers == 1
                }

                _ = try await stage.directly { try await $0.delete(queue: Queue.lane(Self.lane)) }

                try await eventually("a task gets through", within: .seconds(40), poll: .milliseconds(100)) {
                    let answers = await stage.orchestrator.publish([Stage.task(1, lane: Self.lane)])
                    guard !stage.deliveries.isEmpty else { throw NotYet(answers: answers, heard: stage.heard.items.suffix(5)) }
                    return true
                }
                stage.worker.settle(stage.deliveries.map(\.handle), .acknowledge)
                #expect(stage.missed.items == [.lane(Self.lane)])
            }
        }

        @Test("a full lane refuses, a full-enough dead-letter queue is told, and the rest goes on")
        func fullLane() async throws {
            let broker = try await TestServers.freshRabbitMQ()
            var settings = BrokerSettings()
            settings.topology = {
                var lengths = Topology.Lengths()
                lengths.lane = 10
                lengths.dead = 4
                return Topology(lengths: lengths)
            }()
            settings.deadPrefetch = 1
            settings.deadQueueKnownFor = .zero
            try await Stage.with(broker.url, settings: settings) { stage in
                var answers: [PublishAnswer] = []
                for number in 1...40 { answers += await stage.orchestrator.publish([Stage.task(Int64(number), lane: Self.lane)]) }

                #expect(answers.first == .confirmed)
                #expect(answers.last == .refused)
                #expect(await stage.orchestrator.publish([Stage.task(41)]) == [.confirmed])

                #expect(await stage.worker.deadQueueIsNearlyFull() == false)
                await stage.worker.consume([Self.lane: 10])
                try await eventually("some in hand", within: .seconds(10)) { stage.deliveries.count >= 4 }
                stage.worker.settle(stage.deliveries.prefix(4).map(\.handle), .reject)
                try await eventually("the alarm", within: .seconds(10)) { await stage.worker.deadQueueIsNearlyFull() }
            }
            await broker.stop()
        }

        @Test(
            "a lane that broke down costs one connection; the others are served, and it is once it works again",
            arguments: [("sys:suspend", "sys:resume", 0), ("ra:stop_server", "ra:restart_server", 1)]
        )
        func brokenLane(stop: String, start: String, isServer: Int) async throws {
            let broken = Lane(.general, .low)
            let name = "'%2F_\(Queue.lane(broken))'"
            // Its process is silent, or it is gone (541, and the broker closes the connection).
            let server = isServer == 1 ? "quorum_queues, {\(name), node()}" : name
            let broker = try await TestServers.freshRabbitMQ()
            var settings = BrokerSettings()
            settings.connection.requestTimeout = .seconds(2)
            settings.probeAgainAfter = .milliseconds(200)
            try await Stage.with(broker.url, settings: settings) { stage in
                let tasks = [Stage.task(1, lane: Self.lane), Stage.task(2, lane: broken)]
                #expect(await stage.orchestrator.publish(tasks) == [.confirmed, .confirmed])
                _ = try await broker.control(["eval", "\(stop)(\(server))."])

                await stage.worker.consume([Self.lane: 5, broken: 5])
                try await eventually("the lane has cost a connection", within: .seconds(20)) { stage.connections == 2 }
                try await eventually("the other lane is served", within: .seconds(20)) {
                    stage.deliveries.contains { $0.handle.connection == 2 }
                }
                try await eventually("the broken one is probed in vain", within: .seconds(30)) {
                    stage.heard.items.count { $0.hasPrefix("a queue of the broker broke down") } >= 2
                }
                _ = try await broker.control(["eval", "\(start)(\(server))."])
                try await eventually("it is served", within: .seconds(30)) { stage.deliveries.contains { $0.lane == broken } }

                #expect(stage.connections == 2)
                stage.worker.settle(stage.deliveries.map(\.handle), .acknowledge)
                await stage.worker.close()
                #expect(try await stage.ready(in: Queue.lane(Self.lane)) == 0)
            }
            await broker.stop()
        }

        @Test("both sides work again by themselves after the broker was killed")
        func brokerKilled() async throws {
            let broker = try await TestServers.freshRabbitMQ()
            var settings = BrokerSettings()
            settings.publishWithin = .milliseconds(300)
            // A broker that is killed within seconds of a queue's declaration forgets where its messages lie: it stops in order once.
            try await Stage.with(broker.url) { _ in }
            try await broker.restart()
            try await Stage.with(broker.url, settings: settings) { stage in
                await stage.worker.consume([Self.lane: 10])
                _ = await stage.orchestrator.publish([Stage.task(1, lane: Self.lane)])
                try await eventually("the first task", within: .seconds(10)) { stage.deliveries.count == 1 }
                let first = try #require(stage.deliveries.first)

                await broker.kill()
                try await eventually("both notice", within: .seconds(10)) {
                    guard case .disconnected = await stage.orchestrator.health() else { return false }
                    return stage.events.items.contains { event in
                        guard case .disconnected = event else { return false }
                        return true
                    }
                }
                let lost = await stage.orchestrator.publish([Stage.task(2, lane: Self.lane)])
                guard case .unconfirmed = lost.first else {
                    Issue.record("\(lost) without a broker")
                    return
                }
                try await broker.restart()

                try await eventually("both are connected", within: .seconds(30)) {
                    let health = await stage.orchestrator.health()
                    return health == .connected && stage.connections == 2
                }
                // A handle of the older connection settles nothing: its task is given again.
                stage.worker.settle([first.handle], .acknowledge)
                #expect(await stage.orchestrator.publish([Stage.task(3, lane: Self.lane)]) == [.confirmed])
                try await eventually("the old and the new task", within: .seconds(15)) {
                    stage.deliveries.dropFirst().map(\.task.number.value).sorted() == [1, 3]
                }
                let again = try #require(stage.deliveries.dropFirst().first { $0.task.number.value == 1 })
                #expect(again.handle.connection > first.handle.connection)
                // The worker's publishing connection comes back on its own time.
                try await eventually("the report is confirmed", within: .seconds(15)) {
                    await stage.worker.report(.outcomes([Stage.outcome(of: again.task)])) == .confirmed
                }
                try await eventually("the outcome", within: .seconds(10)) { !stage.outcomes.items.isEmpty }
                stage.worker.settle(stage.deliveries.map(\.handle), .acknowledge)
                await stage.worker.close()
                #expect(try await stage.ready(in: Queue.lane(Self.lane)) == 0)
            }
            await broker.stop()
        }
    }
}

/// What was seen instead of a delivery.
private struct NotYet: Error {
    let answers: [PublishAnswer]
    let heard: ArraySlice<String>
}
