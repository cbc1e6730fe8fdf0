import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// What people see of the coordinator: over HTTP, on the command line, on the pages.
    @Suite("Views of the coordinator", .serialized, .timeLimit(.minutes(3)))
    struct CoordinationViews {
        @Test("a declared OLT gets a plan, its discovery is done and counted, and every view tells so")
        func story() async throws {
            let fleet = try await SharedFleets.up()
            let simulator = try await OLTSim.huawei("127.36.0.1", onusPerPort: 4)
            let olt = try await fleet.enter(TestServers.unique("planned"), at: "127.36.0.1", simulator, profile: "huawei")
            #expect(try await fleet.cli("olt", "operation", "set", olt.name, "discovery", "--every", "10s").status == .code(0))

            let plan = try await eventually("the first discovery is counted", within: .seconds(150)) {
                let plan = try await fleet.api.get(APIPath.oltPlan(olt.name), as: PlanShape.self)
                return plan.periods.flatMap(\.quotas).contains { $0.completed > 0 } ? plan : nil
            }
            #expect(plan.periods.flatMap(\.slots).contains { $0.state == "completed" })
            #expect(plan.timings.first?.operation == "discovery")
            #expect((plan.timings.first?.succeeded ?? 0) > 0)

            let drawn = try await fleet.cli("plan", olt.name, "--width", "100", "--revisions")
            #expect(drawn.out.contains("●") && drawn.out.contains("ACTIVE"), "\(drawn)")
            #expect(drawn.out.split(separator: "\n").filter { $0.contains("─") }.allSatisfy { $0.count <= 100 }, "\(drawn)")
            let quotas = try await fleet.cli("quotas", "--olt", olt.name, "--json").decoded(as: Listing<QuotaShape>.self)
            #expect(quotas.items.contains { $0.operation == "discovery" && $0.completed > 0 && $0.status == "IN_PROGRESS" })
            let status = try await fleet.cli("coordinator", "status", "--json")
            #expect(status.status == .code(0), "\(status)")
            #expect(try status.decoded(as: CoordinatorStatusShape.self).lastTick != nil)
            let ready = try await fleet.api.get(APIPath.ready, as: HealthShape.self)
            #expect(ready.parts.contains { $0.name == "coordinator" && $0.ok })
            let log = try await fleet.cli("logs", "coordinator", "--olt", olt.name, "--follow", "--count", "1")
            #expect(log.status == .code(0))
            #expect(log.out.contains("[INFO]") && log.out.contains(olt.name), "\(log)")

            for (path, hint) in [
                ("/olts/\(olt.name)", "<svg"), ("/olts?text=\(olt.name)", "127.36.0.1"), ("/quotas?olt=\(olt.name)", "class=\"bar\""),
                ("/violations", "Violations"), ("/log?olt=\(olt.name)", "PLAN_CREATED"),
            ] {
                let page = try await fleet.api.get(path)
                #expect(page.status == 200 && page.text.contains(hint), "\(path): \(page)")
                #expect(page.contentType.hasPrefix("text/html"))
                #expect(!page.text.contains("<script>"), "no script of the page's own")
            }
        }

        @Test(
            "an OLT that does not answer is suspended, its slots are held, and its quota's violation is told with its cause in every view"
        )
        func violation() async throws {
            let fleet = try await SharedFleets.watched().fleet
            let name = TestServers.unique("unreachable")
            // Nobody listens there.
            let words = ["olt", "add", name, "127.36.1.1", "--port", "9", "--profile", "huawei", "--operation", "get.status=1s"]
            #expect(try await fleet.cli(words).status == .code(0))

            let held = try await eventually("the OLT is suspended", within: .seconds(40)) {
                let plan = try await fleet.api.get(APIPath.oltPlan(name), as: PlanShape.self)
                return plan.condition?.suspendedAt != nil ? plan : nil
            }
            #expect(held.periods.flatMap(\.slots).allSatisfy { $0.state != "planned" })
            #expect(try await fleet.cli("plan", name).out.contains("suspended since"))
            let page = try await fleet.api.get("/olts/\(name)")
            #expect(page.text.contains("until a probe is answered"), "\(page)")

            let violation = try await eventually("its quota is violated, for it is unreachable", within: .seconds(90)) {
                try await fleet.api.get("\(APIPath.violations)?olt=\(name)&severity=critical&since=1h", as: Listing<ViolationShape>.self)
                    .items.first { $0.causes.contains("unreachable") }
            }
            #expect(violation.completion == 0)
            let listed = try await fleet.cli("violations", "--olt", name, "--since", "1h")
            #expect(listed.out.contains("CRITICAL") && listed.out.contains("unreachable"), "\(listed)")
            let shown = try await fleet.cli("violations", "show", "\(violation.id)")
            #expect(shown.out.contains("get.status") && shown.out.contains("QUOTA_NOT_MET"), "\(shown)")
            #expect(try await fleet.api.get("/violations/\(violation.id)").text.contains("QUOTA_NOT_MET"))
            #expect(try await fleet.api.get("/violations?olt=\(name)").text.contains("badge worst"))
            let loud = try await fleet.cli("logs", "coordinator", "--olt", name, "--level", "critical")
            #expect(loud.out.contains("QUOTA_VIOLATION"), "\(loud)")
            #expect(try await fleet.cli("olt", "disable", name).status == .code(0))
        }

        @Test("what an operator writes stands on the pages as text")
        func escaping() async throws {
            let fleet = try await SharedFleets.up()
            let name = TestServers.unique("<b>x</b>\"'&").replacing("/", with: "|")
            let added = try await fleet.cli(
                "olt",
                "add",
                name,
                "escaped.example",
                "--profile",
                "huawei",
                "--label",
                "<i>=<u>",
                "--disabled",
                "--json"
            )
            let olt = try added.decoded(as: OLTShape.self)

            for path in ["/olts?text=escaped.example", "/olts/\(olt.id)"] {
                let page = try await fleet.api.get(path)
                #expect(page.status == 200)
                #expect(page.text.contains("&lt;b&gt;x") && page.text.contains("&lt;u&gt;"), "\(path): \(page)")
                #expect(!page.text.contains("<b>x") && !page.text.contains("<u>"), "\(path): \(page)")
            }
        }

        @Test(
            "a question about the coordinator that makes no sense is refused with what is allowed",
            arguments: [
                ("/api/v1/quotas?atRisk=maybe", 400, "atRisk"), ("/api/v1/quotas?period=noon", 400, "period"),
                ("/api/v1/violations?severity=AWFUL", 400, "severity"), ("/api/v1/violations?since=yesterday", 400, "since"),
                ("/api/v1/logs/coordinator?level=LOUD", 400, "level"), ("/api/v1/logs/coordinator?type=X", 400, "type"),
                ("/api/v1/logs/coordinator?colour=red", 400, "colour"), ("/api/v1/violations/999999", 404, "id"),
                ("/api/v1/olts/nobody/plan", 404, "olt"), ("/quotas?olt=nobody", 404, "olt"),
            ]
        )
        func refused(_ path: String, _ status: Int, _ field: String) async throws {
            let reply = try await SharedFleets.up().api.get(path)

            #expect(reply.status == status, "\(reply)")
            let problem = try reply.decoded(as: Problem.self)
            #expect(problem.field == field)
            #expect(problem.allowed?.isEmpty == false)
        }

        @Test("commands about what is not there exit with 3, and without sense with 2")
        func commands() async throws {
            let fleet = try await SharedFleets.up()

            #expect(try await fleet.cli("plan", "nobody").status == .code(3))
            #expect(try await fleet.cli("violations", "show", "999999").status == .code(3))
            #expect(try await fleet.cli("plan", "x", "--width", "3").status == .code(2))
            #expect(try await fleet.cli("logs", "coordinator", "--count", "3").status == .code(2))
            #expect(try await fleet.cli("quotas", "--period", "last", "--at-risk").out.contains("no quota is at risk"))
        }
    }
}
