import APIContract
import Domain
import HTTPTypes
import Hummingbird
import Orchestration

/// `/audit`: who asked for what, newest first.
struct AuditRoutes {
    let desk: ControlDesk

    func add(to router: Router<APIContext>) {
        router.get(RouterPath(APIPath.audit)) { request, _ in try await list(request) }
    }

    private func list(_ request: Request) async throws -> Response {
        let query = try Query(request, allowed: ["actor", "verb", "subject", "since", "limit", "cursor"])
        var filter = AuditFilter()
        filter.actor = query.text("actor")
        filter.verb = query.text("verb")
        filter.subject = query.text("subject")
        filter.since = try query.word("since", allowed: "a time such as 2026-01-31T12:00:00Z") { Timestamp($0) }
        filter.limit = try query.limit()
        filter.cursor = query.text("cursor")
        let page = try await desk.auditEntries(filter)
        return try Answer.json(Listing(items: page.items.map { AuditShape($0) }, next: page.next, total: page.total))
    }
}

extension Request {
    /// Who asks, as the header says; `http` without it.
    /// - Throws: a problem when the header is no name.
    func actor() throws(Problem) -> AuditActor {
        guard let name = HTTPField.Name(APIPath.actorHeader), let text = headers[name] else { return .http }
        guard let actor = AuditActor(text) else {
            throw Problem(
                status: 400,
                code: "invalid_value",
                title: "Header refused",
                detail: "the header has \(text.utf8.count) bytes",
                field: APIPath.actorHeader,
                allowed: AuditActor.allowed
            )
        }
        return actor
    }
}
