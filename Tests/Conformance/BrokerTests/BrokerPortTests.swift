import Domain
import MemoryAdapters
import TestSupport
import Testing

extension AtTheBroker {
    /// What the ports promise, whoever carries the messages.
    @Suite("Every broker keeps the promises")
    struct BrokerPortTests {
        private static let lane = Lane(.network, .high)
        private static let queue = QueueName.lane(lane)

        @Test(
            "a task arrives at whoever consumes its lane, whole and once, and is gone when it is settled",
            arguments: BrokerBackend.available
        )
        func delivery(_ backend: BrokerBackend) async throws {
            try await backend.with { meeting in
                let tasks = (1...40).map { Stage.task(Int64($0), lane: Lane.all[$0 - 1]) }
                await meeting.worker.consume(Dictionary(uniqueKeysWithValues: Lane.all.map { ($0, 10) }))

                #expect(await meeting.orchestrator.publish(tasks) == Array(repeating: .confirmed, count: 40))

                try await eventually("all tasks", within: .seconds(10)) { meeting.deliveries.count == 40 }
                #expect(Set(meeting.deliveries.map(\.task)) == Set(tasks))
                #expect(meeting.deliveries.allSatisfy { $0.lane == $0.task.lane && $0.redeliveries == 0 })
                meeting.worker.settle(meeting.deliveries.map(\.handle), .acknowledge)
                await meeting.worker.close()
                for lane in Lane.all { #expect(await meeting.ready(in: QueueName.lane(lane)) == 0) }
            }
        }

        @Test("no more is in hand than the prefetch; the next comes in order, as room is made", arguments: BrokerBackend.available)
        func prefetch(_ backend: BrokerBackend) async throws {
            try await backend.with { meeting in
                _ = await meeting.orchestrator.publish((1...5).map { Stage.task($0, lane: Self.lane) })
                await meeting.worker.consume([Self.lane: 2])
                try await eventually("the first two", within: .seconds(10)) { meeting.deliveries.count == 2 }
                try await eventually("three wait", within: .seconds(10)) { await meeting.ready(in: Self.queue) == 3 }

                meeting.worker.settle([meeting.deliveries[0].handle], .acknowledge)
                try await eventually("the third", within: .seconds(10)) { meeting.deliveries.count == 3 }
                await meeting.worker.setPrefetch(1, for: Self.lane)

                // What the older channel holds stays in hand, the new one brings as many as its own prefetch.
                try await eventually("the fourth", within: .seconds(10)) { meeting.deliveries.count == 4 }
                #expect(meeting.deliveries.map(\.task.number.value) == [1, 2, 3, 4])
                meeting.worker.settle(meeting.deliveries.dropFirst().map(\.handle), .acknowledge)
                try await eventually("the fifth", within: .seconds(10)) { meeting.deliveries.count == 5 }
                #expect(meeting.deliveries.allSatisfy { $0.redeliveries == 0 })
            }
        }

        @Test("after consuming has stopped nothing arrives, and what is in hand can be settled", arguments: BrokerBackend.available)
        func stopping(_ backend: BrokerBackend) async throws {
            try await backend.with { meeting in
                await meeting.worker.consume([Self.lane: 2])
                _ = await meeting.orchestrator.publish((1...4).map { Stage.task($0, lane: Self.lane) })
                try await eventually("two in hand", within: .seconds(10)) { meeting.deliveries.count == 2 }

                await meeting.worker.stopConsuming()
                meeting.worker.settle(meeting.deliveries.map(\.handle), .acknowledge)
                await meeting.worker.close()

                #expect(meeting.deliveries.count == 2)
                try await eventually("two wait", within: .seconds(10)) { await meeting.ready(in: Self.queue) == 2 }
            }
        }

        @Test("a rejected task lies on the dead-letter queue, with its number and why", arguments: BrokerBackend.available)
        func rejected(_ backend: BrokerBackend) async throws {
            try await backend.with { meeting in
                await meeting.worker.consume([Self.lane: 10])
                _ = await meeting.orchestrator.publish([Stage.task(7), Stage.task(8)])
                try await eventually("both tasks", within: .seconds(10)) { meeting.deliveries.count == 2 }

                meeting.worker.settle([meeting.deliveries[0].handle], .reject)
                meeting.worker.settle([meeting.deliveries[1].handle], .acknowledge)
                // Twice settled is settled once.
                meeting.worker.settle([meeting.deliveries[0].handle], .reject)

                let found = try await eventually("the dead message", within: .seconds(10), value: { meeting.dead.items.first })
                let message = try found.content.get()
                #expect(message.task == Stage.task(7).id)
                #expect(message.number == DispatchNumber(7))
                #expect(message.reason == "rejected")
                #expect(message.firstQueue == Self.queue)
                #expect(!message.body.isEmpty)
                meeting.orchestrator.dead.settle([found.handle], .acknowledge)
                #expect(meeting.dead.items.count == 1)
            }
        }

        @Test("a task whose readers vanish comes back each time, is counted, and is given up beyond 20", arguments: BrokerBackend.available)
        func deliveryLimit(_ backend: BrokerBackend) async throws {
            try await backend.with { meeting in
                _ = await meeting.orchestrator.publish([Stage.task(1)])
                for _ in 0..<20 { try await meeting.vanish(Self.lane) }
                await meeting.worker.consume([Self.lane: 1])
                try await eventually("the task", within: .seconds(10)) { meeting.deliveries.count == 1 }
                #expect(meeting.deliveries.map(\.redeliveries) == [20])
                #expect(meeting.dead.items.isEmpty)

                await meeting.worker.close()

                let found = try await eventually("the dead message", within: .seconds(10), value: { meeting.dead.items.first })
                #expect(try found.content.get().reason == "delivery_limit")
                #expect(try found.content.get().number == DispatchNumber(1))
                meeting.orchestrator.dead.settle([found.handle], .acknowledge)
            }
        }

        @Test("a connection that is cut gives its tasks back, and settles none of them any more", arguments: BrokerBackend.available)
        func cut(_ backend: BrokerBackend) async throws {
            try await backend.with(ownLaneLength: 100) { meeting in
                await meeting.worker.consume([Self.lane: 3])
                _ = await meeting.orchestrator.publish((1...3).map { Stage.task($0, lane: Self.lane) })
                try await eventually("all in hand", within: .seconds(10)) { meeting.deliveries.count == 3 }
                let first = meeting.deliveries.map(\.handle)

                try await meeting.cut()

                try await eventually("all in hand again", within: .seconds(20)) { meeting.deliveries.count == 6 }
                meeting.worker.settle(first, .acknowledge)
                let again = meeting.deliveries.dropFirst(3)
                #expect(again.map(\.task.number.value) == [1, 2, 3])
                #expect(again.allSatisfy { $0.redeliveries == 1 && $0.handle.connection > first[0].connection })
                #expect(meeting.connections == 2)
                meeting.worker.settle(again.map(\.handle), .acknowledge)
                await meeting.worker.close()
                try await eventually("nothing is left", within: .seconds(20)) { await meeting.ready(in: Self.queue) == 0 }
            }
        }

        @Test("a full lane refuses, and the others take what is theirs", arguments: BrokerBackend.available)
        func fullLane(_ backend: BrokerBackend) async throws {
            try await backend.with(ownLaneLength: 10) { meeting in
                var answers: [PublishAnswer] = []
                for number in 1...40 { answers += await meeting.orchestrator.publish([Stage.task(Int64(number))]) }

                #expect(answers.first == .confirmed)
                #expect(answers.last == .refused)
                #expect(await meeting.orchestrator.publish([Stage.task(41, lane: Lane(.cpu, .low))]) == [.confirmed])
            }
        }

        @Test("reports arrive in order, a marker behind them; so do registrations and beats", arguments: BrokerBackend.available)
        func reports(_ backend: BrokerBackend) async throws {
            try await backend.with { meeting in
                let part = OutcomeMessage.part(
                    OutcomePart(number: DispatchNumber(1), index: 0, observations: [ONUObservation(index: "1")])
                )
                let outcomes = OutcomeMessage.outcomes((1...64).map { Stage.outcome(of: Stage.task($0)) })
                let marker = OutcomeMarker(observer: "o-1", value: 3)

                #expect(await meeting.worker.report(part) == .confirmed)
                #expect(await meeting.worker.report(outcomes) == .confirmed)
                #expect(await meeting.orchestrator.mark(marker) == .confirmed)
                #expect(await meeting.worker.tell(.heartbeat(Self.beat)) == .confirmed)

                try await eventually("all messages", within: .seconds(10)) {
                    meeting.outcomes.items.count == 3 && meeting.fleet.items.count == 1
                }
                #expect(try meeting.outcomes.items.map { try $0.content.get() } == [part, outcomes, .marker(marker)])
                #expect(try meeting.fleet.items.map { try $0.content.get() } == [.heartbeat(Self.beat)])
                meeting.orchestrator.outcomes.settle(meeting.outcomes.items.map(\.handle), .acknowledge)
                meeting.orchestrator.fleet.settle(meeting.fleet.items.map(\.handle), .acknowledge)
            }
        }

        private static let beat = Heartbeat(
            worker: Meeting.worker,
            sentAt: Stage.time,
            status: .healthy,
            running: [],
            slotsUsed: [:],
            queuedTasks: 0,
            tasksCompleted: 1,
            tasksFailed: 0,
            averageRunMs: 1
        )

        @Test("orders reach the worker they name, or all; one that reaches nobody is returned", arguments: BrokerBackend.available)
        func orders(_ backend: BrokerBackend) async throws {
            try await backend.with { meeting in
                #expect(await meeting.orchestrator.order(.drain, to: .worker(Meeting.worker)) == .confirmed)
                #expect(await meeting.orchestrator.order(.resume, to: .all) == .confirmed)
                guard case .returned = await meeting.orchestrator.order(.ping, to: .worker(WorkerID("nobody"))) else {
                    Issue.record("an order to nobody was not returned")
                    return
                }
                try await eventually("both orders", within: .seconds(10)) { meeting.orders == [.drain, .resume] }

                await meeting.worker.close()

                guard case .returned = await meeting.orchestrator.order(.ping, to: .all) else {
                    Issue.record("an order to all was not returned though nobody is there")
                    return
                }
            }
        }

        @Test("drafts reach the intake of their priority", arguments: BrokerBackend.available)
        func drafts(_ backend: BrokerBackend) async throws {
            try await backend.with { meeting in
                let drafts = [TaskDraft(kind: "noop", id: Stage.task(1).id, priority: "Urgent"), TaskDraft(kind: "noop")]
                for draft in drafts { #expect(try await meeting.submit(draft) == .confirmed) }

                try await eventually("the drafts", within: .seconds(10)) { meeting.drafts.items.count == 2 }
                let arrived = try meeting.drafts.items.map { try $0.content.get() }
                #expect(Set(arrived.map(\.draft)) == Set(drafts))
                #expect(Set(arrived.map(\.queue)) == [QueueName.intake(.urgent), QueueName.intake(.normal)])
                meeting.orchestrator.intake.settle(meeting.drafts.items.map(\.handle), .acknowledge)
            }
        }

        @Test("depths tell of every queue what waits and who reads", arguments: BrokerBackend.available)
        func depths(_ backend: BrokerBackend) async throws {
            try await backend.with { meeting in
                await meeting.worker.consume([Self.lane: 1])
                try await eventually("both read", within: .seconds(10)) {
                    let depths = await meeting.orchestrator.depths()
                    return Set(depths.map(\.name)) == Set(QueueName.all) && depths.filter { $0.consumers > 0 }.count == 12
                }
                #expect(await meeting.orchestrator.health() == .connected)
                #expect(await meeting.worker.deadQueueIsNearlyFull() == false)
            }
        }
    }
}
