import APIContract
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// OLTs that do not answer as they should: their tasks fail with the right class, the others go on.
    @Suite("Bad OLTs", .serialized, .timeLimit(.minutes(2)))
    struct BadOLTs {
        @Test(
            "silence, a wrong community and garbage end as dead letters, while a healthy OLT is discovered; a healed one's letter succeeds"
        )
        func threeAndOne() async throws {
            let fleet = try await SharedFleets.up()
            let simulator = try await OLTSim.huawei("127.34.0.1-127.34.0.4")
            let silent = TestServers.unique("silent")
            let closed = TestServers.unique("closed")
            let garbage = TestServers.unique("garbage")
            let healthy = TestServers.unique("healthy")
            try await fleet.enter(silent, at: "127.34.0.1", simulator, profile: "huawei")
            try await fleet.enter(closed, at: "127.34.0.2", simulator, profile: "huawei", community: "wrong")
            try await fleet.enter(garbage, at: "127.34.0.3", simulator, profile: "huawei")
            try await fleet.enter(healthy, at: "127.34.0.4", simulator, profile: "huawei")
            try await simulator.setFaults(["silent"], at: "127.34.0.1")
            try await simulator.setFaults(["garbage"], at: "127.34.0.3")

            func draft(_ name: String, attempts: Int) -> String {
                #"{"kind":"snmp.discovery","payload":{"olt":"\#(name)"},"maxAttempts":\#(attempts),"backoff":{"base":"0.1s"}}"#
            }

            let ids = try await fleet.submitBatch([
                draft(silent, attempts: 1), draft(closed, attempts: 1), draft(garbage, attempts: 1), draft(healthy, attempts: 1),
            ])
            let well = try await fleet.ended(ids[3])
            #expect(well.state == "succeeded")
            #expect(try await fleet.task(ids[0]).state != "succeeded")

            let bad = [["device_silent"], ["device_silent"], ["device_garbage"]]
            for (id, errors) in zip(ids, bad) {
                let task = try await fleet.ended(id, within: .seconds(60))
                let letter = try await fleet.letter(of: id)
                #expect(task.state == "dead")
                #expect(task.runs.map { $0.error?.class } == errors)
                #expect(letter.reason == "exhausted")
                #expect(letter.errorClass == errors.last)
                #expect(!letter.message.contains("wrong#"), "no community in a letter")
            }
            let shown: OLTShape = try await fleet.cliJSON("olt", "show", silent)
            #expect(shown.reachable == false)

            try await simulator.setFaults([], at: "127.34.0.1")
            let letter = try await fleet.letter(of: ids[0])
            let retried: Listing<LetterAnswerShape> = try await fleet.cliJSON("dlq", "retry", "\(letter.id)")
            let task = try await fleet.ended(try #require(retried.items.first?.task))
            #expect(task.state == "succeeded")
            #expect(try await fleet.cliJSON("olt", "show", silent, as: OLTShape.self).onus.total == 32)
        }

        @Test("a probe of a silent OLT ends with 4 and says that it does not answer")
        func probe() async throws {
            let fleet = try await SharedFleets.up()
            let simulator = try await OLTSim.huawei("127.34.1.1", faults: ["silent"])
            let name = TestServers.unique("mute")
            try await fleet.enter(name, at: "127.34.1.1", simulator, profile: "huawei")

            let finished = try await fleet.cli("olt", "probe", name)

            #expect(finished.status == .code(4), "\(finished)")
            #expect(finished.err.contains("did not answer"), "\(finished)")
        }
    }
}
