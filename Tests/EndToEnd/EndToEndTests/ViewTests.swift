import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// What people and programs see of a running fleet.
    @Suite("Views", .serialized, .timeLimit(.minutes(1)))
    struct Views {
        @Test("an OLT is probed, listed and shown")
        func olt() async throws {
            let fleet = try await SharedFleets.up()
            let simulator = try await OLTSim.huawei("127.35.0.1")
            let name = TestServers.unique("seen")
            let added = try await fleet.enter(name, at: "127.35.0.1", simulator, profile: "huawei")
            #expect(added.reachable == nil)
            #expect(added.lastSeenAt == nil)

            let probe: TaskShape = try await fleet.cliJSON("olt", "probe", name)
            let shown: OLTShape = try await fleet.cliJSON("olt", "show", name)
            let byID: OLTShape = try await fleet.cliJSON("olt", "show", "\(added.id)")
            let list: Listing<OLTShape> = try await fleet.cliJSON("olt", "list", "--limit", "1000")
            let device = try await simulator.device("127.35.0.1")

            #expect(probe.state == "succeeded")
            #expect(probe.exclusionKey == nil)
            #expect(shown.reachable == true)
            #expect(shown.vendor == "Huawei")
            #expect(shown.foundProfile == "huawei")
            #expect(shown.objectId?.hasPrefix("1.3.6.1.4.1.2011") == true)
            #expect(shown.lastSeenAt != nil)
            #expect(byID == shown)
            #expect(list.items.contains(shown))
            #expect(device.requests > 0)
            #expect(device.holders.isEmpty, "a probe is no heavy operation")
        }

        @Test("two workers are alive, with slots, kinds and what they run")
        func workers() async throws {
            let fleet = try await SharedFleets.up()
            let id = try await fleet.submit(#"{"kind":"noop","payload":{"sleepMs":3000}}"#)

            let runner = try await eventually("a worker tells that it runs the task") {
                let list: Listing<WorkerShape> = try await fleet.cliJSON("workers", "list")
                return list.items.first { $0.running.contains { $0.task == id && $0.kind == "noop" } }
            }
            let list: Listing<WorkerShape> = try await fleet.cliJSON("workers", "list")

            #expect(list.items.count == 2)
            #expect(list.items.allSatisfy { ["healthy", "degraded"].contains($0.status) }, "\(list.items.map(\.status))")
            #expect(list.items.allSatisfy { ProcessTree.isAlive($0.pid) })
            #expect(Set(runner.taskKinds) == ["noop", "fail", "snmp.discovery", "snmp.get", "snmp.walk", "snmp.probe"])
            #expect(Set(runner.slots.keys).isSuperset(of: ["cpu", "io", "network", "general"]))
            #expect((runner.slots["general"]?.used ?? 0) >= 1)
            #expect(try await fleet.ended(id).worker == runner.id)
        }

        @Test("every lane and every other queue is shown with its consumers")
        func queues() async throws {
            let fleet = try await SharedFleets.up()

            let list: Listing<QueueShape> = try await fleet.cliJSON("queues")

            let lanes = list.items.filter { $0.name.hasPrefix("work.") }
            #expect(lanes.count == 40)
            let normal = try #require(lanes.first { $0.name == "work.network.normal" })
            #expect(normal.class == "network")
            #expect(normal.priority == "normal")
            #expect(normal.depth == 0)
            #expect(normal.consumers == 2)
            #expect(Set(list.items.map(\.name)).isSuperset(of: ["outcomes", "fleet", "dead", "intake.normal", "intake.emergency"]))
        }

        @Test("the page shows workers, lanes, tasks, OLTs and dead letters, and reloads itself")
        func page() async throws {
            let fleet = try await SharedFleets.up()
            let id = try await fleet.submit(#"{"kind":"fail","payload":{"final":true,"message":"<b>shown & safe</b>"}}"#)
            _ = try await fleet.letter(of: id)
            let name = TestServers.unique("paged")
            #expect(try await fleet.cli("olt", "add", name, "127.35.0.9", "--profile", "ufiber").status == .code(0))

            let page = try await fleet.api.get("/")
            let workers = try await fleet.workers()

            #expect(page.status == 200)
            #expect(page.contentType.hasPrefix("text/html"))
            #expect(workers.allSatisfy { page.text.contains($0.id) })
            for word in ["Workers", "Lanes", "Tasks", "OLTs", "Dead letters", "succeeded", "outcomes"] {
                #expect(page.text.contains(word), "\(word)")
            }
            #expect(page.text.contains(name))
            #expect(page.text.contains("&lt;b&gt;shown &amp; safe&lt;/b&gt;"))
            #expect(!page.text.contains("<b>shown"))
            #expect(page.text.range(of: #"http-equiv="refresh"\s+content="2""#, options: .regularExpression) != nil)
        }

        @Test("alive and ready are told apart, each dependency by name")
        func health() async throws {
            let fleet = try await SharedFleets.up()

            let alive = try await fleet.api.get(APIPath.alive)
            let ready: HealthShape = try await fleet.api.get(APIPath.ready)

            #expect(alive.status == 200)
            #expect(ready.status == "ready")
            #expect(Set(ready.parts.map(\.name)) == ["database", "broker", "lease store", "coordinator"])
            #expect(ready.parts.allSatisfy { $0.ok })
        }
    }
}
