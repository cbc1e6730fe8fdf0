import APIContract
import TestSupport
import Testing

extension EndToEnd {
    /// One heavy operation per OLT at a time, by the OLT's own account.
    @Suite("Exclusion", .serialized, .timeLimit(.minutes(2)))
    struct Exclusion {
        @Test("two discoveries of one OLT published at once run one after the other")
        func twoAtOnce() async throws {
            let fleet = try await SharedFleets.up()
            let address = "127.32.0.1"
            let simulator = try await OLTSim.huawei(address, faults: ["delay=20ms"])
            let name = TestServers.unique("twice")
            try await fleet.enter(name, at: address, simulator, profile: "huawei")

            let draft = #"{"kind":"snmp.discovery","payload":{"olt":"\#(name)"}}"#
            let ids = try await fleet.submitBatch([draft, draft])
            let tasks = try await (fleet.ended(ids[0]), fleet.ended(ids[1]))
            let device = try await simulator.device(address)

            #expect([tasks.0.state, tasks.1.state] == ["succeeded", "succeeded"])
            #expect(tasks.0.exclusionKey == tasks.1.exclusionKey)
            let numbers = [tasks.0, tasks.1].compactMap { $0.runs.last { $0.outcome == "succeeded" }?.number }
            #expect(Set(device.spans.compactMap(\.number)) == Set(numbers))
            #expect(device.spans.count == 2)
            #expect(device.takesTurns)
            #expect(device.overlaps == 0)
        }

        @Test("twenty operations on four OLTs by two workers: no OLT has two holders")
        func many() async throws {
            let fleet = try await SharedFleets.up()
            let addresses = (1...4).map { "127.32.1.\($0)" }
            let simulator = try await OLTSim.huawei("127.32.1.1-127.32.1.4", faults: ["delay=10ms"])
            var drafts: [String] = []
            for address in addresses {
                let name = TestServers.unique("many")
                try await fleet.enter(name, at: address, simulator, profile: "huawei")
                let discovery = #"{"kind":"snmp.discovery","payload":{"olt":"\#(name)"}}"#
                let reading = #"{"kind":"snmp.get","payload":{"olt":"\#(name)","columns":["optics"]}}"#
                drafts += [discovery, reading, discovery, reading, discovery]
            }

            let ids = try await fleet.submitBatch(drafts)
            for id in ids {
                let task = try await fleet.ended(id, within: .seconds(60))
                #expect(task.state == "succeeded", "\(task.error?.message ?? "")")
            }

            for address in addresses {
                let device = try await simulator.device(address)
                #expect(device.overlaps == 0)
                #expect(device.spans.count == 5)
                #expect(device.takesTurns)
            }
        }
    }
}
