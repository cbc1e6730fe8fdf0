import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// Parts of the fleet are killed in the middle of work: nothing is lost, nothing is recorded twice.
    @Suite("Losses", .serialized, .timeLimit(.minutes(3)))
    struct Losses {
        @Test("the task of a worker killed with SIGKILL is run by another one and recorded once")
        func workerKilled() async throws {
            let own = try await SharedFleets.own()
            let id = try await own.fleet.submit(#"{"kind":"noop","payload":{"sleepMs":3000}}"#)
            let first = try await own.fleet.runner(of: id)

            try own.process(of: first).kill()
            let task = try await own.fleet.ended(id)

            #expect(task.state == "succeeded")
            #expect(task.runs.filter { $0.outcome == "succeeded" }.count == 1)
            #expect(task.worker != first.id)
            try await eventually("the killed worker is known to be lost", within: .seconds(15)) {
                try await own.fleet.workers().first { $0.id == first.id }?.status == "lost"
            }
        }

        @Test("a discovery whose worker is killed is run again after its lease, and never meets itself at the OLT")
        func discoveryKilled() async throws {
            let own = try await SharedFleets.own()
            let address = "127.33.0.1"
            let slow = "slow=1.3.6.1.4.1.2011.6.128.1.1.2.43.1.3:100ms"
            let simulator = try await OLTSim.huawei(address, onusPerPort: 32, faults: [slow])
            let name = TestServers.unique("killed")
            try await own.fleet.enter(name, at: address, simulator, profile: "huawei")
            let id = try await own.fleet.submit(#"{"kind":"snmp.discovery","payload":{"olt":"\#(name)"}}"#)
            let first = try await own.fleet.runner(of: id)
            try await eventually("the OLT is being asked") { try await (simulator.device(address).holders.last?.pdus ?? 0) > 0 }

            try own.process(of: first).kill()
            let killedAt = ContinuousClock.now
            try await simulator.setFaults([], at: address)
            let task = try await own.fleet.ended(id, within: .seconds(90))
            let device = try await simulator.device(address)

            #expect(task.state == "succeeded")
            #expect(ContinuousClock.now - killedAt < .seconds(30), "the lease lasts 9 s, the quiet gap 7 s")
            #expect(task.runs.filter { $0.outcome == "succeeded" }.count == 1)
            #expect(task.worker != first.id)
            #expect(device.spans.count == 2)
            #expect(device.takesTurns)
            #expect(device.overlaps == 0)
            let olt: OLTShape = try await own.fleet.cliJSON("olt", "show", name)
            #expect(olt.onus.total == 64)
        }

        @Test("SIGTERM drains a worker: what runs ends and is recorded, the process ends with 0")
        func drained() async throws {
            let own = try await SharedFleets.own()
            let id = try await own.fleet.submit(#"{"kind":"noop","payload":{"sleepMs":2000}}"#)
            let worker = try await own.fleet.runner(of: id)
            let process = try own.process(of: worker)

            process.signal(.terminate)
            let end = try await eventually("the worker ends", within: .seconds(15)) { process.exitStatus }
            let task = try await own.fleet.ended(id)

            #expect(end == .code(0))
            #expect(task.state == "succeeded")
            #expect(task.attempt == 1)
            #expect(task.worker == worker.id)
            #expect(task.runs.map(\.outcome) == ["succeeded"])
            try await eventually("the worker is known to have stopped") {
                try await own.fleet.workers().first { $0.id == worker.id }?.status == "stopped"
            }
        }

        @Test("the orchestrator is killed with 2,000 tasks under way: after a new start all are recorded, none twice")
        func orchestratorKilled() async throws {
            let own = try await SharedFleets.own()
            let before = try await own.fleet.states()["succeeded"] ?? 0
            let ids = try await own.fleet.submitBatch(Array(repeating: #"{"kind":"noop","payload":{"sleepMs":20}}"#, count: 2000))
            try await eventually("some have succeeded") { try await own.fleet.states()["succeeded"] ?? 0 > before }

            own.killOrchestrator()
            try await own.startOrchestrator()

            try await expectRecordedOnce(ids, own.fleet)
        }

        @Test("RabbitMQ is killed with 500 tasks under way: when it is back all are recorded, none is lost")
        func brokerKilled() async throws {
            let own = try await SharedFleets.own()
            let before = try await own.fleet.states()["succeeded"] ?? 0
            let ids = try await own.fleet.submitBatch(Array(repeating: #"{"kind":"noop","payload":{"sleepMs":100}}"#, count: 500))
            try await eventually("some have succeeded") { try await own.fleet.states()["succeeded"] ?? 0 > before }

            await own.broker.kill()
            try await eventually("readiness names the broker") {
                let ready = try await own.fleet.api.get(APIPath.ready)
                return try ready.status == 503 && ready.decoded(as: HealthShape.self).parts.contains { $0.name == "broker" && !$0.ok }
            }
            #expect(try await own.fleet.api.get(APIPath.alive).status == 200)
            let during = try await own.fleet.submit(#"{"kind":"noop"}"#)
            try await own.broker.start()

            try await expectRecordedOnce(ids + [during], own.fleet)
            #expect(try await own.fleet.api.get(APIPath.ready).status == 200)
        }

        /// Every task has succeeded, with one recorded success.
        private func expectRecordedOnce(_ ids: [String], _ fleet: Fleet) async throws {
            try await eventually("nothing is open", within: .seconds(60), poll: .milliseconds(200)) {
                let states = try await fleet.states()
                let open = ["waiting", "queued", "blocked"].reduce(0) { $0 + (states[$1] ?? 0) }
                guard open == 0 else { throw NotAsExpected("\(open) are open") }
                return true
            }
            var wrong: [String] = []
            for id in ids {
                let task = try await fleet.task(id)
                if task.state != "succeeded" || task.runs.filter({ $0.outcome == "succeeded" }).count != 1 {
                    wrong.append("\(id): \(task.state), runs \(task.runs.map(\.outcome))")
                }
            }
            #expect(wrong.isEmpty, "\(wrong.prefix(5))")
        }
    }
}
