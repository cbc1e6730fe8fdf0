import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// Unique keys, deadlines, cancellation and priorities, over the API and the command line.
    @Suite("Steering", .serialized, .timeLimit(.minutes(3)))
    struct Steering {
        @Test("while a task with the same unique key is not done, publishing again answers with that task")
        func uniqueKey() async throws {
            let fleet = try await SharedFleets.up()
            let key = TestServers.unique("nightly")
            let draft = #"{"kind":"noop","payload":{"sleepMs":1500},"uniqueKey":"\#(key)"}"#
            let first = try await fleet.api.post(APIPath.tasks, draft)
            let second = try await fleet.api.post(APIPath.tasks, draft)
            let receipts = try [first, second].map { try $0.decoded(as: ReceiptShape.self) }

            #expect(first.status == 202)
            #expect(second.status == 200)
            #expect(receipts.map(\.duplicate) == [false, true])
            #expect(receipts[0].id == receipts[1].id)
            #expect(try await fleet.ended(receipts[0].id).uniqueKey == key)
            let third: ReceiptShape = try await fleet.cliJSON("task", "publish", "noop", "--unique-key", key)
            #expect(third.id != receipts[0].id)
            #expect(!third.duplicate)
        }

        @Test("a task that waits for its time is cancelled at once; a second time it is cancelled already")
        func cancelWaiting() async throws {
            let fleet = try await SharedFleets.up()
            let id = try await fleet.submit(#"{"kind":"noop","dueAt":"2099-01-01T00:00:00Z"}"#)
            let answer: [SteeringShape] = try await fleet.cliJSON("task", "cancel", id, "--reason", "not needed")

            #expect(answer == [SteeringShape(id: id, state: "cancelled")])
            let task = try await fleet.task(id)
            #expect(task.state == "cancelled")
            #expect(task.error?.message == "not needed")
            #expect(try await fleet.api.post(APIPath.taskCancel(id), "{}").status == 200)
            #expect(try await fleet.cli("task", "cancel", "00000000-0000-7000-8000-000000000000").status == .code(3))
        }

        @Test("a plain task that runs is cancelled, and its worker's slot is free within seconds")
        func cancelRunning() async throws {
            let fleet = try await SharedFleets.up()
            let id = try await fleet.submit(#"{"kind":"noop","payload":{"sleepMs":3600000}}"#)
            _ = try await fleet.runner(of: id)
            let answer = try await fleet.api.post(APIPath.taskCancel(id), #"{"reason":"told to"}"#)

            #expect(answer.status == 200)
            #expect(try await fleet.task(id).state == "cancelled")
            try await eventually("no worker runs it", within: .seconds(25)) {
                try await fleet.workers().allSatisfy { worker in !worker.running.contains { $0.task == id } }
            }
        }

        @Test("a discovery that runs stops asking its OLT within three seconds of its cancellation, and the next one may begin")
        func cancelDiscovery() async throws {
            let fleet = try await SharedFleets.up()
            let address = "127.34.0.1"
            let simulator = try await OLTSim.huawei(address, onusPerPort: 64, faults: ["delay=100ms"])
            let name = TestServers.unique("cancelled")
            try await fleet.enter(name, at: address, simulator, profile: "huawei")
            let id = try await fleet.submit(#"{"kind":"snmp.discovery","payload":{"olt":"\#(name)"}}"#)
            try await eventually("the walk has begun", within: .seconds(20)) { try await simulator.device(address).requests > 5 }

            let answer = try await fleet.api.post(APIPath.taskCancel(id), "{}")
            let cancelled = ContinuousClock.now
            #expect(answer.status == 202)
            #expect(try answer.decoded(as: SteeringShape.self).state == "cancelling")
            let task = try await fleet.ended(id)
            #expect(ContinuousClock.now - cancelled < .seconds(5))
            #expect(task.state == "cancelled")
            let requests = try await simulator.device(address).requests
            let next = try await fleet.submit(#"{"kind":"snmp.probe","payload":{"olt":"\#(name)"}}"#)
            #expect(try await fleet.ended(next).state == "succeeded")
            // The probe alone asked: a handful of requests for the system group.
            #expect(try await simulator.device(address).requests - requests < 20)
        }

        @Test("a task whose deadline passes before its time is expired")
        func deadline() async throws {
            let fleet = try await SharedFleets.up()
            let blocker = try await fleet.submit(#"{"kind":"noop","payload":{"sleepMs":4000},"exclusionKey":"deadline"}"#)
            let receipt: ReceiptShape = try await fleet.cliJSON("task", "publish", "noop", "--key", "deadline", "--deadline", "1")
            let task = try await fleet.ended(receipt.id)

            #expect(task.state == "expired")
            #expect(task.error?.class == "expired")
            #expect(task.runs.isEmpty)
            #expect(try await fleet.ended(blocker).state == "succeeded")
            let past = try await fleet.api.post(APIPath.tasks, #"{"kind":"noop","deadline":"2001-01-01T00:00:00Z"}"#)
            #expect(past.status == 400)
            #expect(try past.decoded(as: Problem.self).field == "deadline")
        }

        @Test("a task that waits moves to another lane; one that runs or has ended does not")
        func reprioritize() async throws {
            let fleet = try await SharedFleets.up()
            let waiting = try await fleet.submit(#"{"kind":"noop","dueAt":"2099-01-01T00:00:00Z"}"#)
            let moved: SteeringShape = try await fleet.cliJSON("task", "reprioritize", waiting, "URGENT")
            #expect(moved.state == "moved")
            #expect(try await fleet.task(waiting).priority == "urgent")
            _ = try await fleet.cli("task", "cancel", waiting)
            #expect(try await fleet.api.post(APIPath.taskReprioritize(waiting), #"{"priority":"low"}"#).status == 409)
            #expect(try await fleet.api.post(APIPath.taskReprioritize(waiting), #"{"priority":"soon"}"#).status == 400)
            let running = try await fleet.submit(#"{"kind":"noop","payload":{"sleepMs":5000}}"#)
            _ = try await fleet.runner(of: running)
            #expect(try await fleet.cli("task", "reprioritize", running, "low").status == .code(6))
            _ = try await fleet.cli("task", "cancel", running)
        }
    }
}
