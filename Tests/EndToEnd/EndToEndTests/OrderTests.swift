import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// Orders over the broker, as an orchestrator sends them, at real workers.
    @Suite("Orders", .serialized, .timeLimit(.minutes(4)))
    struct Orders {
        @Test("a cancelled discovery asks its OLT nothing more after three seconds, by the OLT's own account")
        func cancelledDiscovery() async throws {
            let own = try await SharedFleets.own()
            let address = "127.37.0.1"
            let slow = "slow=1.3.6.1.4.1.2011.6.128.1.1.2.43.1.3:100ms"
            let simulator = try await OLTSim.huawei(address, onusPerPort: 64, faults: [slow])
            let name = TestServers.unique("cancelled")
            try await own.fleet.enter(name, at: address, simulator, profile: "huawei")
            let id = try await own.fleet.submit(#"{"kind":"snmp.discovery","payload":{"olt":"\#(name)"}}"#)
            _ = try await own.fleet.runner(of: id)
            let number = try await eventually("the OLT is being asked", within: .seconds(20), poll: .milliseconds(50)) {
                let holder = try await simulator.device(address).holders.last
                return (holder?.pdus ?? 0) > 3 ? holder?.number : nil
            }

            let order = #"{"cancel":{"tasks":[{"task":"\#(id)","number":"\#(number)","reason":"not wanted"}]}}"#
            try await ForeignClient(brokerURL: own.fleet.brokerURL).publish([
                ForeignClient.Message(key: "all", body: order, exchange: "flotilla.control")
            ])
            let cancelledAt = Date()
            try await eventually("the run is reported interrupted", within: .seconds(10), poll: .milliseconds(50)) {
                try await own.fleet.task(id).runs.contains { $0.number == number && $0.outcome == "interrupted" }
            }
            try await simulator.setFaults([], at: address)
            let task = try await own.fleet.ended(id, within: .seconds(60))

            let device = try await simulator.device(address)
            let cancelled = try #require(device.holders.first { $0.number == number })
            let last = try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(cancelled.last.prefix(23) + "Z")
            #expect(
                last.timeIntervalSince(cancelledAt) <= 3,
                "the last request of #\(number) came \(last), the order went at \(cancelledAt)"
            )
            #expect(cancelled.pdus < 128, "it was cut off in the middle")
            // Nobody cancelled the task itself: it runs again, uncharged, under a number of its own.
            #expect(task.state == "succeeded" && task.attempt == 1)
            #expect(device.takesTurns && device.overlaps == 0)
        }

        @Test("quiet, resume and drain by the command line: shown, followed, ended with 0")
        func verbs() async throws {
            let own = try await SharedFleets.own()
            let workers = try await own.fleet.workers().filter { $0.status == "healthy" }
            let worker = try #require(workers.first)
            let process = try own.process(of: worker)

            let quiet: WorkerOrderShape = try await own.fleet.cliJSON("workers", "quiet", worker.id)
            #expect(quiet == WorkerOrderShape(worker: worker.id, order: "quiet"))
            try await own.expect(worker.id, "quiet")
            let ids = try await own.fleet.submitBatch(Array(repeating: #"{"kind":"noop"}"#, count: 20))
            for id in ids { #expect(try await own.fleet.ended(id).worker != worker.id) }

            #expect(try await own.fleet.cli("workers", "resume", worker.id).status == .code(0))
            try await own.expect(worker.id, "healthy")

            let running = try await own.fleet.submitBatch(Array(repeating: #"{"kind":"noop","payload":{"sleepMs":1500}}"#, count: 8))
            try await eventually("it runs one of them", within: .seconds(10), poll: .milliseconds(50)) {
                try await own.fleet.workers().first { $0.id == worker.id }?.running.isEmpty == false
            }
            #expect(try await own.fleet.cli("workers", "drain", worker.id).status == .code(0))
            let end = try await eventually("the worker ends", within: .seconds(20)) { process.exitStatus }
            #expect(end == .code(0))
            for id in running {
                let task = try await own.fleet.ended(id)
                #expect(task.state == "succeeded" && task.attempt == 1)
            }
            try await own.expect(worker.id, "stopped")

            let again = try await own.fleet.cli("workers", "quiet", worker.id)
            #expect(again.status == .code(6), "\(again)")
            #expect(again.err.contains("listens no more"), "\(again)")
            let reply = try await own.fleet.api.post(APIPath.worker(worker.id, "resume"), "{}")
            #expect(reply.status == 409 && reply.text.contains("worker_gone"), "\(reply)")
        }

        @Test("a worker that nobody knows is 404 and exit code 3, for every verb", arguments: ["drain", "quiet", "resume", "stop"])
        func unknown(verb: String) async throws {
            let fleet = try await SharedFleets.up()

            let reply = try await fleet.api.post(APIPath.worker("nobody-1-x", verb), "{}")
            let words = try await fleet.cli("workers", verb, "nobody-1-x")

            #expect(reply.status == 404 && reply.contentType.contains("problem+json") && reply.text.contains("nobody-1-x"), "\(reply)")
            #expect(words.status == .code(3) && words.err.contains("nobody-1-x"), "\(words)")
        }

        @Test("stop ends a worker at once; what it ran is run by another one, uncharged")
        func stopped() async throws {
            let own = try await SharedFleets.own()
            let id = try await own.fleet.submit(#"{"kind":"noop","payload":{"sleepMs":20000}}"#)
            let worker = try await own.fleet.runner(of: id)
            let process = try own.process(of: worker)

            #expect(try await own.fleet.cli("workers", "stop", worker.id).status == .code(0))
            let end = try await eventually("the worker ends", within: .seconds(10)) { process.exitStatus }

            #expect(end == .code(0))
            let task = try await own.fleet.ended(id, within: .seconds(60))
            #expect(task.state == "succeeded" && task.attempt == 1 && task.worker != worker.id)
            #expect(task.runs.map(\.outcome) == ["interrupted", "succeeded"])
        }
    }
}

extension OwnFleet {
    /// Waits until a worker is known to be so.
    fileprivate func expect(_ worker: String, _ status: String) async throws {
        try await eventually("worker \(worker) is \(status)", within: .seconds(15), poll: .milliseconds(100)) {
            try await fleet.workers().first { $0.id == worker }?.status == status
        }
    }
}
