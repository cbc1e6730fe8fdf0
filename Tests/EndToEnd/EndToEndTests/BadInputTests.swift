import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

/// What a caller sends that cannot be taken, and what the answer must name.
struct BadRequest: Sendable, CustomTestStringConvertible {
    let what: String
    var method = "POST"
    var path = APIPath.tasks
    var body = ""
    let status: Int
    let code: String
    var field: String?
    var allowed: String?

    var testDescription: String { what }

    static let all: [BadRequest] = [
        BadRequest(what: "malformed JSON", body: #"{"kind": "noop""#, status: 400, code: "undecodable"),
        BadRequest(what: "an empty body", body: "", status: 400, code: "undecodable"),
        BadRequest(
            what: "an unknown field",
            body: #"{"kind":"noop","colour":"red"}"#,
            status: 400,
            code: "invalid_draft",
            field: "colour",
            allowed: "kind"
        ),
        BadRequest(
            what: "a field of the wrong type",
            body: #"{"kind":"noop","maxAttempts":"many"}"#,
            status: 400,
            code: "invalid_draft",
            field: "maxAttempts",
            allowed: "a whole number"
        ),
        BadRequest(
            what: "a bad id",
            body: #"{"kind":"noop","id":"seven"}"#,
            status: 400,
            code: "invalid_draft",
            field: "id",
            allowed: "UUID"
        ),
        BadRequest(
            what: "an unknown kind",
            body: #"{"kind":"make.coffee"}"#,
            status: 400,
            code: "unknown_kind",
            field: "kind",
            allowed: "snmp.discovery"
        ),
        BadRequest(what: "no kind", body: "{}", status: 400, code: "unknown_kind", field: "kind", allowed: "noop"),
        BadRequest(
            what: "an unknown priority",
            body: #"{"kind":"noop","priority":"at once"}"#,
            status: 400,
            code: "invalid_value",
            field: "priority",
            allowed: "emergency"
        ),
        BadRequest(
            what: "an unknown OLT",
            body: #"{"kind":"snmp.discovery","payload":{"olt":"nowhere"}}"#,
            status: 400,
            code: "unknown_olt",
            field: "payload.olt",
            allowed: "olt list"
        ),
        BadRequest(
            what: "a payload without what the kind needs",
            body: #"{"kind":"snmp.discovery","payload":{}}"#,
            status: 400,
            code: "missing_field",
            field: "payload.olt"
        ),
        BadRequest(
            what: "a payload of the wrong shape",
            body: #"{"kind":"noop","payload":{"sleepMs":"long"}}"#,
            status: 400,
            code: "invalid_value",
            field: "payload.sleepMs",
            allowed: "3600000"
        ),
        BadRequest(
            what: "a payload with an unknown field",
            body: #"{"kind":"noop","payload":{"speed":1}}"#,
            status: 400,
            code: "unknown_field",
            field: "payload.speed",
            allowed: "sleepMs"
        ),
        BadRequest(
            what: "an unknown column",
            body: #"{"kind":"snmp.get","payload":{"olt":"x","columns":["colour"]}}"#,
            status: 400,
            code: "invalid_value",
            field: "payload.columns",
            allowed: "optics"
        ),
        BadRequest(
            what: "an empty batch",
            path: APIPath.tasksBatch,
            body: #"{"tasks":[]}"#,
            status: 400,
            code: "empty_batch",
            field: "tasks"
        ),
        BadRequest(
            what: "a batch with a draft of the wrong shape",
            path: APIPath.tasksBatch,
            body: #"{"tasks":[{"kind":"noop"},{"kind":7}]}"#,
            status: 400,
            code: "invalid_draft",
            field: "tasks[1].kind"
        ),
        BadRequest(
            what: "a bad id in the path",
            method: "GET",
            path: APIPath.task("seven"),
            status: 400,
            code: "invalid_value",
            field: "id"
        ),
        BadRequest(
            what: "a task that is not there",
            method: "GET",
            path: APIPath.task("0193f1a2-7c3e-7b64-9d0c-5e8f2a417b90"),
            status: 404,
            code: "not_found",
            field: "id"
        ),
        BadRequest(what: "a letter that is not there", method: "GET", path: APIPath.deadLetter(999_999), status: 404, code: "not_found"),
        BadRequest(
            what: "an unknown query parameter",
            method: "GET",
            path: "\(APIPath.tasks)?colour=red",
            status: 400,
            code: "unknown_parameter",
            field: "colour",
            allowed: "limit"
        ),
        BadRequest(
            what: "a state that is none",
            method: "GET",
            path: "\(APIPath.tasks)?state=happy",
            status: 400,
            code: "invalid_value",
            field: "state",
            allowed: "succeeded"
        ),
        BadRequest(
            what: "a page that is too long",
            method: "GET",
            path: "\(APIPath.onus)?limit=5000",
            status: 400,
            code: "invalid_value",
            field: "limit",
            allowed: "1 to 1000"
        ),
        BadRequest(
            what: "ONUs of an unknown OLT",
            method: "GET",
            path: "\(APIPath.onus)?olt=nowhere",
            status: 404,
            code: "unknown_olt",
            field: "olt"
        ),
        BadRequest(what: "an unknown route", method: "GET", path: "/api/v1/coffee", status: 404, code: "no_route"),
        BadRequest(
            what: "an OLT with an unknown profile",
            path: APIPath.olts,
            body: #"{"name":"x","address":"127.0.0.1","profile":"abacus","community":"public"}"#,
            status: 400,
            code: "invalid_value",
            field: "profile",
            allowed: "huawei"
        ),
        BadRequest(
            what: "an OLT with a bad port",
            path: APIPath.olts,
            body: #"{"name":"x","address":"127.0.0.1","port":70000,"profile":"huawei","community":"public"}"#,
            status: 400,
            code: "invalid_value",
            field: "port",
            allowed: "65535"
        ),
        BadRequest(
            what: "an OLT without a name",
            path: APIPath.olts,
            body: #"{"address":"127.0.0.1","profile":"huawei","community":"public"}"#,
            status: 400,
            code: "malformed",
            field: "name"
        ),
        BadRequest(
            what: "an OLT with an unknown field",
            path: APIPath.olts,
            body: #"{"name":"x","address":"127.0.0.1","profile":"huawei","community":"public","colour":"red"}"#,
            status: 400,
            code: "unknown_field",
            field: "colour",
            allowed: "pdusPerSecond"
        ),
    ]
}

extension EndToEnd {
    /// Every refusal names the field and what is allowed, and nothing is lost.
    @Suite("Bad input over HTTP", .serialized, .timeLimit(.minutes(1)))
    struct BadRequests {
        @Test("is refused with a problem that says where and why", arguments: BadRequest.all + BadRequest.credentials)
        func refused(_ bad: BadRequest) async throws {
            let fleet = try await SharedFleets.up()

            let reply = bad.method == "GET" ? try await fleet.api.get(bad.path) : try await fleet.api.post(bad.path, bad.body)
            #expect(reply.contentType == "application/problem+json", "\(reply)")
            let problem = try reply.decoded(as: Problem.self)

            #expect(!reply.text.contains("s3cret"))
            #expect(reply.status == bad.status, "\(reply)")
            #expect(problem.status == bad.status)
            #expect(problem.code == bad.code, "\(reply)")
            #expect(!problem.detail.isEmpty)
            if let field = bad.field { #expect(problem.field == field, "\(reply)") }
            if let allowed = bad.allowed { #expect(problem.allowed?.contains(allowed) == true, "\(reply)") }
        }

        @Test("a body of 2 MiB is refused as too large, and the next request is answered")
        func tooLarge() async throws {
            let fleet = try await SharedFleets.up()
            let body = #"{"kind":"noop","labels":{"a":"\#(String(repeating: "x", count: 2 << 20))"}}"#

            let reply = try await fleet.api.post(APIPath.tasks, body)

            #expect(reply.status == 413)
            #expect(reply.contentType == "application/problem+json")
            #expect(try reply.decoded(as: Problem.self).code == "too_large")
            #expect(try await fleet.api.get(APIPath.alive).status == 200)
        }

        @Test("a content type nobody reads is refused")
        func contentType() async throws {
            let fleet = try await SharedFleets.up()

            let reply = try await fleet.api.post(APIPath.tasks, "kind: noop", contentType: "text/yaml")

            #expect((400..<500).contains(reply.status), "\(reply)")
            #expect(try reply.decoded(as: Problem.self).allowed?.contains("application/json") == true, "\(reply)")
        }

        @Test("the second OLT of one name is a conflict")
        func conflict() async throws {
            let fleet = try await SharedFleets.up()
            let name = TestServers.unique("same")
            let body = #"{"name":"\#(name)","address":"\#(name).example","profile":"huawei","community":"public"}"#

            let first = try await fleet.api.post(APIPath.olts, body)
            let second = try await fleet.api.post(APIPath.olts, body)

            #expect(first.status == 201)
            #expect(second.status == 409)
            #expect(try second.decoded(as: Problem.self).code == "conflict")
        }

        @Test("credentials come back nowhere")
        func secret() async throws {
            let fleet = try await SharedFleets.up()
            let (name, secret) = (TestServers.unique("secret"), TestServers.unique("community"))

            let added = try await fleet.cli("olt", "add", name, "\(name).example", "--profile", "huawei", "--community", secret, "--json")
            let shown = try await fleet.cli("olt", "show", name, "--json")
            let page = try await fleet.api.get("/")

            #expect(added.status == .code(0))
            #expect(shown.out.contains(name))
            #expect(![added.out, shown.out, page.text].contains { $0.contains(secret) })
        }
    }
}
