import AMQP
import BrokerAdapter
import Domain
import PrivateServers
import TestSupport
import Testing
import Wire

extension AtTheBroker {
    @Suite("Orchestrator and worker meet")
    struct BrokerTests {
        private static let lane = Lane(.network, .high)

        private func stage(_ body: (Stage) async throws -> Void) async throws {
            try await Stage.with(TestServers.shared.rabbitMQ().url, body)
        }

        @Test("the topology is declared twice without a complaint")
        func topology() async throws {
            try await stage { stage in
                try await stage.directly { connection in
                    try await Topology().declare(on: connection)
                    try await Topology().declare(on: connection)
                }

                try await eventually("both consume", within: .seconds(10)) {
                    let depths = await stage.orchestrator.depths()
                    return depths.count == 51 && depths.filter { $0.consumers > 0 }.count == 11
                }
                #expect(await stage.orchestrator.health() == .connected)
                #expect(await stage.worker.deadQueueIsNearlyFull() == false)
            }
        }

        @Test("a task that is published to its lane arrives at a worker, whole, and is gone once it is settled")
        func delivery() async throws {
            try await stage { stage in
                let tasks = (1...40).map { Stage.task(Int64($0), lane: Lane.all[$0 - 1]) }
                await stage.worker.consume(Dictionary(uniqueKeysWithValues: Lane.all.map { ($0, 10) }))

                #expect(await stage.orchestrator.publish(tasks) == Array(repeating: .confirmed, count: 40))
                try await eventually("all tasks", within: .seconds(10)) { stage.deliveries.count == 40 }

                #expect(Set(stage.deliveries.map(\.task)) == Set(tasks))
                #expect(stage.deliveries.allSatisfy { $0.lane == $0.task.lane && $0.redeliveries == 0 })
                stage.worker.settle(stage.deliveries.map(\.handle), .acknowledge)
                await stage.worker.close()
                for lane in Lane.all { #expect(try await stage.ready(in: Queue.lane(lane)) == 0) }
            }
        }

        @Test("a task's message tells in its properties what it is")
        func properties() async throws {
            try await stage { stage in
                _ = await stage.orchestrator.publish([Stage.task(5)])

                let message = try await stage.directly { connection in
                    _ = try await connection.consume("work.network.high", prefetch: 1)
                    return try await firstDelivery(of: connection)
                }

                #expect(message.contentType == "application/x-protobuf")
                #expect(message.messageID == Stage.task(5).id.description)
                #expect(message.type == "task")
                #expect(message.appID == "flotilla")
                #expect(message.timestamp == 1_795_228_800)
                #expect(message.header("x-number")?.integer == 5)
                #expect(message.header("x-attempt")?.integer == 1)
            }
        }

        private func firstDelivery(of connection: AMQPConnection) async throws -> Delivery {
            for await event in connection.events {
                if case .deliveries(let batch) = event, let first = batch.first { return first }
            }
            throw CancellationError()
        }

        @Test("outcomes, parts, registrations and heartbeats reach the orchestrator in order")
        func reports() async throws {
            try await stage { stage in
                let part = OutcomeMessage.part(
                    OutcomePart(number: DispatchNumber(1), index: 0, observations: [ONUObservation(index: "1")])
                )
                let outcomes = OutcomeMessage.outcomes((1...64).map { Stage.outcome(of: Stage.task($0)) })
                let beat = FleetMessage.heartbeat(
                    Heartbeat(
                        worker: WorkerID("w-1"),
                        sentAt: Stage.time,
                        status: .healthy,
                        running: [],
                        slotsUsed: [:],
                        queuedTasks: 0,
                        tasksCompleted: 1,
                        tasksFailed: 0,
                        averageRunMs: 1
                    )
                )

                #expect(await stage.worker.report(part) == .confirmed)
                #expect(await stage.worker.report(outcomes) == .confirmed)
                #expect(await stage.worker.tell(beat) == .confirmed)
                try await eventually("all messages", within: .seconds(10)) {
                    stage.outcomes.items.count == 2 && stage.fleet.items.count == 1
                }

                #expect(try stage.outcomes.items.map { try $0.content.get() } == [part, outcomes])
                #expect(try stage.fleet.items.map { try $0.content.get() } == [beat])
                stage.orchestrator.outcomes.settle(stage.outcomes.items.map(\.handle), .acknowledge)
                stage.orchestrator.fleet.settle(stage.fleet.items.map(\.handle), .acknowledge)
                await stage.orchestrator.close()
                #expect(try await stage.ready(in: Queue.outcomes) == 0)
                #expect(try await stage.ready(in: Queue.fleet) == 0)
            }
        }

        @Test("a report that is larger than its reader takes is told at once")
        func largeReport() async throws {
            try await stage { stage in
                let onu = ONUObservation(index: String(repeating: "1", count: 1_048_577))
                let part = OutcomeMessage.part(OutcomePart(number: DispatchNumber(1), index: 0, observations: [onu]))

                #expect(await stage.worker.report(part) == .returned(reason: "the report is larger than its reader takes"))
            }
        }

        @Test("a rejected task lies on the dead-letter queue with its number, its reason and its bytes")
        func rejected() async throws {
            try await stage { stage in
                await stage.worker.consume([Self.lane: 10])
                _ = await stage.orchestrator.publish([Stage.task(7)])
                let delivery = try await eventually("the task", within: .seconds(10), value: { stage.deliveries.first })

                stage.worker.settle([delivery.handle], .reject)

                let dead = try await eventually("the dead message", within: .seconds(10), value: { stage.dead.items.first })
                let message = try dead.content.get()
                #expect(message.task == Stage.task(7).id)
                #expect(message.number == DispatchNumber(7))
                #expect(message.reason == "rejected")
                #expect(message.firstQueue == "work.network.high")
                #expect(try TaskCodec.decode(message.body, contentType: message.contentType).get() == Stage.task(7))
                stage.orchestrator.dead.settle([dead.handle], .acknowledge)
            }
        }

        @Test("what a worker cannot read is moved to the dead-letter queue with its bytes and the reason, and work goes on")
        func unreadableTask() async throws {
            try await stage { stage in
                await stage.worker.consume([Self.lane: 10])
                var garbage = AMQPMessage(exchange: Exchange.work, routingKey: "network.high", body: [0xFF, 0, 0x7B])
                garbage.contentType = "application/x-protobuf"
                garbage.messageID = Stage.task(9).id.description
                garbage.headers = [MessageKey.number: 9]
                var large = AMQPMessage(
                    exchange: Exchange.work,
                    routingKey: "network.high",
                    body: [UInt8](repeating: 1, count: TaskCodec.bytesMax + 1)
                )
                large.messageID = "large"
                let messages = [garbage, large]

                _ = try await stage.directly { await $0.publish(messages) }
                _ = await stage.orchestrator.publish([Stage.task(10)])

                try await eventually("the readable task", within: .seconds(10)) { stage.deliveries.map(\.task) == [Stage.task(10)] }
                try await eventually("both letters", within: .seconds(10)) { stage.dead.items.count == 2 }
                let dead = try stage.dead.items.map { try $0.content.get() }
                #expect(dead.map(\.reason) == ["undecodable", "too_large"])
                #expect(dead.map(\.body) == messages.map(\.body))
                #expect(dead.map(\.firstQueue) == ["work.network.high", "work.network.high"])
                #expect(dead[0].task == Stage.task(9).id)
                #expect(dead[0].number == DispatchNumber(9))
                #expect(dead[0].contentType == "application/x-protobuf")
                stage.worker.settle(stage.deliveries.map(\.handle), .acknowledge)
                await stage.worker.close()
                #expect(try await stage.ready(in: "work.network.high") == 0)
            }
        }

        @Test("a draft of any client reaches the intake, whatever its key, and keeps its message id")
        func foreignDraft() async throws {
            try await stage { stage in
                let json = #"{"kind": "snmp.discovery", "payload": {"olt": "OLT-CENTRAL-01"}, "maxAttempts": 5}"#
                let messages = ["high", "no-such-key", ""].map { key in
                    var message = AMQPMessage(exchange: Exchange.intake, routingKey: key, body: Array(json.utf8))
                    message.contentType = "application/json"
                    if key == "high" { message.messageID = Stage.task(3).id.description }
                    return message
                }

                let answers = try await stage.directly { await $0.publish(messages) }

                #expect(answers == [.confirmed, .confirmed, .confirmed])
                try await eventually("the drafts", within: .seconds(10)) { stage.drafts.items.count == 3 }
                let drafts = try stage.drafts.items.map { try $0.content.get() }
                #expect(drafts.allSatisfy { $0.draft.kind == "snmp.discovery" && $0.body == Array(json.utf8) })
                let high = try #require(drafts.first { $0.queue == "intake.high" })
                #expect(high.draft.id == Stage.task(3).id)
                #expect(high.lanePriority == .high)
                let others = drafts.filter { $0.queue == "intake.normal" }
                #expect(others.count == 2)
                #expect(others.allSatisfy { $0.draft.id == nil && $0.lanePriority == nil })
            }
        }

        @Test("a draft that cannot be read comes with its bytes, its reason and what is allowed")
        func unreadableDraft() async throws {
            try await stage { stage in
                let json = Array(#"{"kind": "noop", "uniqKey": "a"}"#.utf8)
                let message = AMQPMessage(exchange: Exchange.intake, routingKey: "low", body: json)

                _ = try await stage.directly { await $0.publish([message]) }

                let found = try await eventually("the draft", within: .seconds(10), value: { stage.drafts.items.first })
                guard case .failure(let unreadable) = found.content else {
                    Issue.record("the draft was read")
                    return
                }
                #expect(unreadable.reason == .invalidDraft)
                #expect(unreadable.body == json)
                #expect(unreadable.queue == "intake.low")
                #expect(unreadable.explanation.hasPrefix("uniqKey: a draft has no such field; allowed: id, kind, payload"))
            }
        }

        @Test("drafts that a program publishes are confirmed and arrive with their priority's key")
        func draftPublisher() async throws {
            try await stage { stage in
                let publisher = DraftPublisher(stage.endpoint, log: Stage.log) { Stage.time }
                let drafts = [TaskDraft(kind: "noop", id: Stage.task(1).id, priority: "Urgent"), TaskDraft(kind: "noop")]

                #expect(try await publisher.publish(drafts) == [.confirmed, .confirmed])

                try await eventually("the drafts", within: .seconds(10)) { stage.drafts.items.count == 2 }
                let arrived = try stage.drafts.items.map { try $0.content.get() }
                #expect(Set(arrived.map(\.draft)) == Set(drafts))
                #expect(Set(arrived.map(\.queue)) == ["intake.urgent", "intake.normal"])
            }
        }
    }
}
