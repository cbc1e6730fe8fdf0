import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// What operators see of their ONUs: what happened, what was measured, how far a discovery is.
    @Suite("Stories of ONUs", .serialized, .timeLimit(.minutes(4)))
    struct ONUStories {
        private struct Discovered: Decodable {
            struct Result: Decodable {
                let coverage: String
                let onus: Int
            }

            let result: Result
        }

        private struct Walked: Decodable {
            struct Result: Decodable {
                let coverage: String
                let rows: [[String: String]]
            }

            let result: Result
        }

        /// - Returns: the ONUs that were seen.
        @discardableResult
        private func discover(_ fleet: Fleet, _ olt: String) async throws -> Int {
            let task: Discovered = try await fleet.cliJSON("olt", "discover", olt)
            #expect(task.result.coverage == "complete")
            return task.result.onus
        }

        private func events(_ fleet: Fleet, _ olt: String, _ kind: String) async throws -> [ONUEventShape] {
            try await fleet.cliJSON("onu", "events", "--olt", olt, "--kind", kind, as: Listing<ONUEventShape>.self).items
        }

        @Test("a port without power, an ONU that moved and one that is gone are told as such; all of it can be found and exported")
        func stories() async throws {
            let fleet = try await SharedFleets.up()
            let address = "127.34.7.1"
            let simulator = try await OLTSim.huawei(address, onusPerPort: 16)
            let name = TestServers.unique("story")
            try await fleet.enter(name, at: address, simulator, profile: "auto")
            #expect(try await discover(fleet, name) == 32)
            let first = try await events(fleet, name, "first")
            #expect(first.map(\.count) == [32])
            #expect(try await fleet.api.get(APIPath.olt(name), as: OLTShape.self).foundProfile == "huawei")

            let online = try await fleet.cliJSON("onu", "list", "--olt", name, "--status", "online", as: Listing<ONUShape>.self).items
            try await simulator.order("/devices/\(address)/port-down?port=1/0&cause=power")
            try await discover(fleet, name)
            let down = try #require(try await events(fleet, name, "port-down").first)
            #expect(down.port == "0/1/0")
            #expect(down.cause == "power")
            #expect(down.count == online.count { $0.port == "0/1/0" })

            try await simulator.order("/devices/\(address)/restore")
            let traveller = try #require(online.first { $0.port == "0/1/1" })
            let leaver = try #require(online.last { $0.port == "0/1/1" })
            let id = try #require(traveller.onuId)
            let gone = try #require(leaver.onuId)
            try await simulator.order("/devices/\(address)/move?port=1/1&onu=\(id)&to=1/0&as=99")
            try await simulator.order("/devices/\(address)/remove?port=1/1&onu=\(gone)")
            try await discover(fleet, name)
            #expect(try await events(fleet, name, "port-up").map(\.port) == ["0/1/0"])
            let moved = try await events(fleet, name, "moved")
            #expect(moved.map(\.serial) == [traveller.serial])
            #expect(moved.first?.differences.first?.before == "\(name) 0/1/1")
            #expect(moved.first?.port == "0/1/0")
            #expect(try await events(fleet, name, "gone").map(\.serial) == [leaver.serial])

            let serial = try #require(traveller.serial)
            let found: FoundONUs = try await fleet.cliJSON("onu", "find", serial.lowercased())
            #expect(Set(found.items.map(\.state)) == ["present", "gone"])
            #expect(found.items.first?.onuId == 99)
            #expect(try await fleet.cli("onu", "find", "zz").status != .code(0))
            #expect(try await fleet.cli("onu", "find", TestServers.unique("nobody")).status == .code(3))

            let ports: Listing<PortShape> = try await fleet.cliJSON("olt", "ports", name)
            #expect(ports.items.map(\.port) == ["0/1/0", "0/1/1"])
            #expect(ports.items.map(\.counted) == ports.items.map { Optional($0.total) })
            let csv = try await fleet.cli("onu", "export", "--csv", "--olt", name, "--state", "present")
            #expect(csv.status == .code(0))
            #expect(csv.out.split(separator: "\n").count == 1 + 31)
            let lines = try await fleet.cli("onu", "export", "--json", "--olt", name)
            let onus = try lines.out.split(separator: "\n").map { try JSONDecoder().decode(ONUShape.self, from: Data($0.utf8)) }
            #expect(onus.count == 33)
            #expect(onus.count { $0.state == "gone" } == 2)
        }

        @Test("optics are kept by time, graded, and found by their grade")
        func optics() async throws {
            let fleet = try await SharedFleets.up()
            let address = "127.34.7.2"
            let simulator = try await OLTSim.huawei(address, onusPerPort: 16)
            let name = TestServers.unique("optics")
            try await fleet.enter(name, at: address, simulator, profile: "huawei")
            try await discover(fleet, name)
            for _ in 0..<2 {
                let id = try await fleet.submit(#"{"kind":"snmp.get","payload":{"olt":"\#(name)","columns":["optics","distance"]}}"#)
                #expect(try await fleet.ended(id).state == "succeeded")
            }
            let all = try await fleet.cliJSON("onu", "list", "--olt", name, as: Listing<ONUShape>.self).items
            let measured = all.filter { $0.rxOnuDbm != nil }
            #expect(measured.count > 20)
            for onu in measured {
                let power = try #require(onu.rxOnuDbm)
                #expect(onu.optics == (power < -28 ? "critical" : power < -25 ? "warning" : "good"))
            }
            for grade in ["good", "warning", "critical"] {
                let listed = try await fleet.cliJSON("onu", "list", "--olt", name, "--optics", grade, as: Listing<ONUShape>.self).items
                #expect(listed.map(\.index) == measured.filter { $0.optics == grade }.map(\.index))
            }
            let onu = try #require(measured.first)
            let history = try await fleet.cliJSON("onu", "history", name, onu.index, as: Listing<MeasurementShape>.self).items
            #expect(history.count == 2)
            #expect(history.first?.rxOnuDbm == onu.rxOnuDbm)
            #expect(try await fleet.cli("onu", "history", name, "9.9").status == .code(3))
        }

        @Test("a discovery that runs tells rows, port n of m, rate and time left; a walk brings any subtree")
        func progress() async throws {
            let fleet = try await SharedFleets.up()
            let address = "127.34.7.3"
            let simulator = try await OLTSim.huawei(address, onusPerPort: 64, faults: ["delay=150ms"])
            let name = TestServers.unique("progress")
            try await fleet.enter(name, at: address, simulator, profile: "huawei")
            let id = try await fleet.submit(#"{"kind":"snmp.discovery","payload":{"olt":"\#(name)"}}"#)
            let progress = try await eventually("the discovery tells how far it is", within: .seconds(20)) {
                let progress = try await fleet.task(id).progress
                return progress?.part?.done == 1 ? progress : nil
            }
            #expect(progress.rows > 0)
            #expect(progress.part?.unit == "port")
            #expect([progress.part?.done, progress.part?.total] == [1, 2])
            #expect(progress.rowsPerSecond ?? 0 > 0)
            #expect(progress.secondsLeft != nil)
            let story = try await fleet.cli("task", "show", id)
            #expect(story.out.contains("port 1 of 2") || story.out.contains("succeeded"))
            #expect(try await fleet.ended(id).progress == nil)

            let walk: Walked = try await fleet.cliJSON(
                "task",
                "publish",
                "snmp.walk",
                "--wait",
                "--payload",
                #"{"olt":"\#(name)","subtree":"1.3.6.1.2.1.1","rowsMax":3}"#
            )
            #expect(walk.result.rows.map { $0["type"] } == ["OCTET STRING", "OBJECT IDENTIFIER", "TimeTicks"])
            #expect(walk.result.coverage == "partial")
            let refused = try await fleet.api.post(APIPath.tasks, #"{"kind":"snmp.walk","payload":{"olt":"\#(name)","subtree":"1.3.x"}}"#)
            #expect(try refused.decoded(as: Problem.self).field == "payload.subtree")
        }

        @Test("OLTs are imported from CSV; bad rows are told with file and line, and the good ones go on when asked")
        func importing() async throws {
            let fleet = try await SharedFleets.up()
            let scratch = try ScratchFolder("import")
            let (a, b, c) = (TestServers.unique("csv-a"), TestServers.unique("csv-b"), TestServers.unique("csv-c"))
            let file = try scratch.write(
                "name,address,profile,pdusPerSecond\n\(a),10.0.0.1,huawei,20\n\(b),10.0.0.2,nobody,20\n\(c),\"10.0.0.3\",,many\n\(c),10.0.0.4,,\n",
                to: "olts.csv"
            )
            let refused = try await fleet.cli("olt", "import", file)
            #expect(refused.status == .code(2))
            #expect(refused.err.contains("\(file):4: pdusPerSecond \"many\" is no whole number"))
            #expect(try await fleet.cli("olt", "show", a).status == .code(3), "nothing was entered")
            let going = try await fleet.cli("olt", "import", file, "--keep-going")
            #expect(going.status == .code(5))
            #expect(going.err.contains("\(file):3: \(b): "))
            #expect(going.err.contains("nobody"))
            #expect(try await fleet.api.get(APIPath.olt(a), as: OLTShape.self).address == "10.0.0.1:161")
            #expect(try await fleet.api.get(APIPath.olt(c), as: OLTShape.self).profile == "auto")
            #expect(try await fleet.cli("olt", "import", try scratch.write("nom,adresse\nx,y\n", to: "bad.csv")).status == .code(2))
            #expect(try await fleet.cli("olt", "import", file + ".missing").status == .code(2))
        }
    }
}
