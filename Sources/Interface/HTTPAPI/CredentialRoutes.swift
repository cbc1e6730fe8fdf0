import APIContract
import Domain
import Hummingbird
import Orchestration

/// `/olts/:id/credentials`: change them; they are never shown.
struct CredentialRoutes {
    let desk: ControlDesk

    func add(to router: Router<APIContext>) {
        router.put(RouterPath(APIPath.olts + "/:id/credentials")) { request, context in
            try await change(request, context.parameters.get("id") ?? "")
        }
    }

    private func change(_ request: Request, _ name: String) async throws -> Response {
        let actor = try request.actor()
        let draft = try await request.decoded(
            as: CredentialsDraft.self,
            fields: CredentialsDraft.CodingKeys.self,
            atMost: APIPath.bodyBytesMax
        )
        let checked = try CredentialsCheck(draft)
        guard let changed = try await desk.changeCredentials(of: name, version: checked.version, to: checked.credentials, by: actor) else {
            throw Problem.noOLT(name)
        }
        let operations = try await desk.operations(of: [changed.olt.id])
        return try Answer.json(OLTShape(changed, operations: operations[changed.olt.id] ?? []))
    }
}
