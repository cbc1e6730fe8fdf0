import APIContract
import Domain
import HTTPTypes
import Hummingbird
import Orchestration

/// `/olts`: enter, show, list.
struct DeviceRoutes {
    let desk: ControlDesk
    let profiles: [String]

    func add(to router: Router<APIContext>) {
        router.post(RouterPath(APIPath.olts)) { request, _ in try await add(request) }
        router.get(RouterPath(APIPath.olts)) { request, _ in try await list(request) }
        router.get(RouterPath(APIPath.olts + "/:id")) { _, context in try await show(context.parameters.get("id") ?? "") }
    }

    private func add(_ request: Request) async throws -> Response {
        let draft = try await request.decoded(as: OLTDraft.self, fields: OLTDraft.CodingKeys.self, atMost: APIPath.bodyBytesMax)
        let checked = try CredentialsCheck(draft.credentials)
        let entry = try OLTEntry(draft, version: checked.version, profiles: profiles)
        let olt = try await desk.addOLT(entry, credentials: checked.credentials)
        guard let summary = try await desk.olt(olt.id.value.description) else { throw Problem.noOLT(olt.name) }
        return try Answer.json(OLTShape(summary), status: .created)
    }

    private func show(_ name: String) async throws -> Response {
        guard let summary = try await desk.olt(name) else { throw Problem.noOLT(name) }
        return try Answer.json(OLTShape(summary))
    }

    private func list(_ request: Request) async throws -> Response {
        let query = try Query(request, allowed: ["limit", "cursor"])
        let page = try await desk.olts(limit: try query.limit(), cursor: try query.cursor(.numberAndText))
        return try Answer.json(Listing(items: page.items.map(OLTShape.init), next: page.next, total: page.total))
    }
}

extension OLTEntry {
    /// Checks what a caller entered.
    init(_ draft: OLTDraft, version: SNMPVersion, profiles: [String]) throws(Problem) {
        func refused(_ field: String, _ detail: String, _ allowed: String) -> Problem {
            Problem(status: 400, code: "invalid_value", title: "OLT refused", detail: detail, field: field, allowed: allowed)
        }
        guard (1...64).contains(draft.name.utf8.count), !draft.name.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            draft.name.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0 != "/" && $0 != "?" && $0 != "#" })
        else {
            throw refused("name", "\"\(draft.name)\" cannot be a name", "1 to 64 bytes without spaces, / ? #, and not only digits")
        }
        let port = draft.port ?? 161
        guard let port = UInt16(exactly: port), port > 0 else { throw refused("port", "\(port) is no port", "1 to 65535") }
        guard !draft.address.isEmpty, draft.address.utf8.count <= 253, draft.address.unicodeScalars.allSatisfy({ $0.value > 0x20 }) else {
            throw refused("address", "\"\(draft.address)\" is no address", "an IP address or a host name")
        }
        guard profiles.contains(draft.profile) else {
            throw refused("profile", "there is no profile \"\(draft.profile)\"", profiles.sorted().joined(separator: ", "))
        }
        let rate = draft.pdusPerSecond ?? DeviceLimits().pdusPerSecond
        guard (1...1000).contains(rate) else { throw refused("pdusPerSecond", "\(rate) is out of range", "1 to 1000") }
        self.init(
            name: draft.name,
            address: DeviceAddress(host: draft.address, port: port),
            version: version,
            profile: draft.profile,
            limits: DeviceLimits(pdusPerSecond: rate)
        )
    }
}
