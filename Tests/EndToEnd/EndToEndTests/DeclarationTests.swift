import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// What operators declare of their OLTs, from the command line and over HTTP.
    @Suite("Declarations", .serialized, .timeLimit(.minutes(2)))
    struct DeclarationVerbs {
        private func enter(_ fleet: Fleet, _ stem: String, _ more: String...) async throws -> OLTShape {
            let name = TestServers.unique(stem)
            let added = try await fleet.cli(["olt", "add", name, "\(name).example", "--profile", "huawei", "--json"] + more)
            #expect(added.status == .code(0), "\(added)")
            return try added.decoded(as: OLTShape.self)
        }

        @Test(
            "an OLT is entered with labels and operations, changed, asked for more and for less, and forgotten; the audit knows all of it"
        )
        func story() async throws {
            let fleet = try await SharedFleets.up()
            let olt = try await enter(
                fleet,
                "declared",
                "--operation",
                "discovery=4/h",
                "--operation",
                "get.optics=5m",
                "--label",
                "city=Köln",
                "--quiet-gap",
                "20s",
                "--disabled"
            )
            #expect(!olt.enabled)
            #expect(olt.labels == ["city": "Köln"])
            #expect(olt.limits.quietGap == "20s")
            #expect(olt.operations.map(\.type) == ["discovery", "get.optics"])
            #expect(olt.operations.map(\.cadence) == ["4/h", "every 5m"])

            let other = TestServers.unique("renamed")
            let words = [
                "--name", other, "--port", "1161", "--pdus-per-second", "7", "--quiet-gap", "default", "--label", "city=", "--label",
                "ring=7",
            ]
            let changed = try await fleet.cli(["olt", "set", olt.name, "--json"] + words).decoded(as: OLTShape.self)
            #expect(changed.name == other)
            #expect(changed.address == "\(olt.name).example:1161")
            #expect(changed.labels == ["ring": "7"])
            #expect(changed.limits.pdusPerSecond == 7)
            #expect(changed.limits.quietGap == nil)

            let path = ["olt", "operation"]
            #expect(try await fleet.cli(path + ["set", other, "get.status", "--per-hour", "12", "--timeout", "60s"]).status == .code(0))
            #expect(try await fleet.cli(path + ["disable", other, "get.status"]).status == .code(0))
            #expect(try await fleet.cli(path + ["rm", other, "get.optics"]).status == .code(0))
            #expect(try await fleet.cli(path + ["rm", other, "get.optics"]).status == .code(3))
            #expect(try await fleet.cli(path + ["enable", other, "get.optics"]).status == .code(3))
            let shown = try await fleet.cli("olt", "show", other)
            #expect(shown.out.contains("get.status") && shown.out.contains("12/h") && shown.out.contains("ring=7"), "\(shown)")
            let known = try await fleet.api.get(APIPath.olt(other), as: OLTShape.self)
            #expect(known.operations.map(\.enabled) == [true, false])
            #expect(known.operations.map(\.timeout) == [nil, "1m"])

            #expect(try await fleet.cli("olt", "rm", other).status == .code(1), "nobody said yes")
            #expect(try await fleet.cli("olt", "rm", other, "--yes").status == .code(0))
            #expect(try await fleet.cli("olt", "show", other).status == .code(3))
            let audit = try await fleet.api.get("\(APIPath.audit)?subject=olt:\(olt.id)&limit=100", as: Listing<AuditShape>.self)
            #expect(
                audit.items.reversed().map(\.verb) == [
                    "olt.change", "olt.declare", "olt.declare", "olt.undeclare", "olt.undeclare", "olt.remove",
                ]
            )
        }

        @Test("OLTs are disabled by label: a dry run says which, and nothing happens without a yes")
        func switching() async throws {
            let fleet = try await SharedFleets.up()
            let ring = TestServers.unique("ring")
            let olts = [
                try await enter(fleet, "ring-a", "--label", "ring=\(ring)"), try await enter(fleet, "ring-b", "--label", "ring=\(ring)"),
                try await enter(fleet, "ring-c", "--label", "ring=another"),
            ]
            let label = ["--label", "ring=\(ring)"]

            let dry = try await fleet.cli(["olt", "disable", "--dry-run"] + label)
            #expect(dry.out.contains("would disable 2 of 2 OLTs") && dry.out.contains(olts[1].name), "\(dry)")
            #expect(try await fleet.cli(["olt", "disable"] + label).status == .code(1))
            let done = try await fleet.cli(["olt", "disable", "--yes"] + label)
            #expect(done.out.contains("2 OLTs disabled"), "\(done)")
            let listed = try await fleet.cli(["olt", "list", "--disabled", "--json"] + label).decoded(as: Listing<OLTShape>.self)
            #expect(listed.items.map(\.name) == [olts[0].name, olts[1].name])
            #expect(listed.total == 2)
            #expect(try await fleet.cli("olt", "enable", olts[0].name).out.contains("1 OLTs enabled"))
            #expect(try await fleet.cli("olt", "enable", olts[0].name).out.contains("1 were already"))
            #expect(try await fleet.cli("olt", "enable", "--label", "ring=nobody").status == .code(3))
            #expect(try await fleet.cli("olt", "enable", olts[0].name, "--label", "a=b").status == .code(2))
            #expect(try await fleet.api.get(APIPath.olt(olts[2].name), as: OLTShape.self).enabled)
        }

        @Test("a CSV file brings operations, labels and credentials of version 3; a row with an operation nobody can read is told by line")
        func importing() async throws {
            let fleet = try await SharedFleets.up()
            let (a, b, c) = (TestServers.unique("sheet-a"), TestServers.unique("sheet-b"), TestServers.unique("sheet-c"))
            let head =
                "name,address,profile,enabled,quietGap,label.ring,discovery,get.optics,user,authentication,authenticationPassphrase\n"
            let rows = [
                "\(a),\(a).example,huawei,false,20s,7,4/h,5m,,,", "\(b),\(b).example,huawei,,,,12,,reader,sha256,secret-phrase",
                "\(c),\(c).example,huawei,,,,often,,,,",
            ]
            let scratch = try ScratchFolder("sheet")
            let file = try scratch.write(head + rows.joined(separator: "\n") + "\n", to: "olts.csv")

            let imported = try await fleet.cli("olt", "import", file, "--keep-going")

            #expect(imported.status == .code(5), "\(imported)")
            #expect(imported.err.contains("\(file):4: discovery \"often\" cannot be read"), "\(imported)")
            let first = try await fleet.api.get(APIPath.olt(a), as: OLTShape.self)
            #expect(first.operations.map { "\($0.type) \($0.cadence)" } == ["discovery 4/h", "get.optics every 5m"])
            #expect(first.labels == ["ring": "7"])
            #expect(!first.enabled && first.limits.quietGap == "20s")
            let second = try await fleet.api.get(APIPath.olt(b), as: OLTShape.self)
            #expect(second.snmpVersion == "v3")
            #expect(second.operations.map(\.cadence) == ["12/h"])
            #expect(try await fleet.cli("olt", "show", c).status == .code(3))
            #expect(try await fleet.cli("olt", "disable", b).status == .code(0), "no other test needs it")
        }

        @Test("an address is entered once: the refusal names who has it")
        func address() async throws {
            let fleet = try await SharedFleets.up()
            let (first, second) = (try await enter(fleet, "address-a"), try await enter(fleet, "address-b"))

            let same = try await fleet.cli("olt", "add", TestServers.unique("address-c"), "\(first.name).EXAMPLE", "--profile", "huawei")
            let moved = try await fleet.cli("olt", "set", second.name, "--address", "\(first.name).example")

            #expect(same.status == .code(6), "\(same)")
            #expect(same.err.contains(first.name), "\(same)")
            #expect(moved.status == .code(6), "\(moved)")
            #expect(moved.err.contains(first.name), "\(moved)")
        }

        @Test("an OLT with a task stays, and the answer names the task")
        func busy() async throws {
            let fleet = try await SharedFleets.up()
            let olt = try await enter(fleet, "busy")
            let later = #"{"kind":"snmp.discovery","payload":{"olt":"\#(olt.name)"},"dueAt":"2099-01-01T00:00:00Z"}"#
            let task = try await fleet.api.post(APIPath.tasks, later).decoded(as: ReceiptShape.self).id

            let refused = try await fleet.api.send("DELETE", APIPath.olt(olt.name))
            #expect(refused.status == 409)
            let shape = try refused.decoded(as: OLTBusyShape.self)
            #expect(shape.code == "busy")
            #expect(shape.tasks == [task])
            #expect(try await fleet.cli("olt", "rm", olt.name, "--yes").status == .code(6))

            #expect(try await fleet.cli("task", "cancel", task).status == .code(0))
            #expect(try await fleet.cli("olt", "rm", olt.name, "--yes").status == .code(0))
        }

        @Test("what cannot be declared is refused with field and what is allowed", arguments: BadDeclaration.all)
        func refused(_ bad: BadDeclaration) async throws {
            let fleet = try await SharedFleets.up()
            let olt = try await Self.target(fleet)

            let reply = try await fleet.api.send(bad.method, APIPath.olt(olt) + bad.path, json: bad.body)

            #expect(reply.status == bad.status, "\(reply)")
            let problem = try reply.decoded(as: Problem.self)
            #expect(problem.field == bad.field, "\(reply)")
            #expect(problem.allowed?.contains(bad.allowed) == true, "\(reply)")
        }

        /// One OLT for all that is refused, of a profile that reads no models.
        private static func target(_ fleet: Fleet) async throws -> String {
            let name = "declared-badly"
            if try await fleet.cli("olt", "show", name).status == .code(0) { return name }
            let added = try await fleet.cli("olt", "add", name, "declared-badly.example", "--profile", "bdcom-epon")
            #expect(added.status == .code(0), "\(added)")
            return name
        }
    }
}

/// What is refused of an OLT.
struct BadDeclaration: Sendable, CustomTestStringConvertible {
    let what: String
    let method: String
    let path: String
    let body: String
    var status = 400
    let field: String
    let allowed: String

    var testDescription: String { what }

    private static func patch(_ what: String, _ body: String, _ field: String, _ allowed: String) -> BadDeclaration {
        BadDeclaration(what: what, method: "PATCH", path: "", body: body, field: field, allowed: allowed)
    }

    private static func put(_ what: String, _ type: String, _ body: String, _ field: String, _ allowed: String) -> BadDeclaration {
        BadDeclaration(what: what, method: "PUT", path: "/operations/\(type)", body: body, field: field, allowed: allowed)
    }

    static let all: [BadDeclaration] = [
        patch("an unknown field", #"{"colour":"red"}"#, "colour", "quietGap"),
        patch("a name of digits", #"{"name":"17"}"#, "name", "not only digits"),
        patch("an unknown profile", #"{"profile":"abacus"}"#, "profile", "huawei"),
        patch("port 0", #"{"port":0}"#, "port", "1 to 65535"),
        patch("a negative rate", #"{"pdusPerSecond":-1}"#, "pdusPerSecond", "1 to 1000"),
        patch("too many rows", #"{"repetitionsMax":101}"#, "repetitionsMax", "1 to 100"),
        patch("a quiet gap without a unit", #"{"quietGap":"20"}"#, "quietGap", "ms, s, m or h"),
        patch("an hour of quiet", #"{"quietGap":"1h"}"#, "quietGap", "1m"),
        patch("a label with a comma", #"{"labels":{"a,b":"c"}}"#, "labels", "commas"),
        put("an unknown operation", "dig", #"{"perHour":4}"#, "type", "get.optics"),
        put("nothing said", "discovery", "{}", "perHour", "every"),
        put("both said", "discovery", #"{"perHour":4,"every":"5m"}"#, "every", "one of them"),
        put("never", "discovery", #"{"perHour":0}"#, "perHour", "1 to 3600"),
        put("less than never", "discovery", #"{"perHour":-4}"#, "perHour", "1 to 3600"),
        put("too often", "discovery", #"{"every":"10ms"}"#, "every", "1s"),
        put("a timeout of a day", "discovery", #"{"perHour":4,"timeout":"24h"}"#, "timeout", "1h"),
        put("another type in the body", "discovery", #"{"type":"get.optics","perHour":4}"#, "type", "the same"),
        put("a column that the profile has not", "get.inventory", #"{"perHour":4}"#, "type", "discovery"),
        BadDeclaration(
            what: "a change of what is not declared",
            method: "PATCH",
            path: "/operations/get.status",
            body: #"{"enabled":false}"#,
            status: 404,
            field: "type",
            allowed: "olt show"
        ),
    ]
}
