import APIContract
import Domain
import Foundation
import Hummingbird
import Orchestration

/// `/leases`: list, show, release by force; and the page.
struct LeaseRoutes {
    let desk: ControlDesk

    func add(to router: Router<APIContext>) {
        router.get(RouterPath(APIPath.leases)) { request, _ in try await list(request) }
        router.get(RouterPath(APIPath.leases + "/:key")) { request, _ in try await show(request) }
        router.post(RouterPath(APIPath.leases + "/:key")) { request, _ in try await release(request) }
        router.get(RouterPath(APIPath.leasesPage)) { _, _ in Answer.page(try await page()) }
    }

    private func list(_ request: Request) async throws -> Response {
        let query = try Query(request, allowed: ["text", "limit", "cursor"])
        let cursor = try query.word("cursor", allowed: "what `next` of the page before said") { UInt64($0).map(String.init) }
        let page = try await desk.leases(containing: query.text("text"), limit: try query.limit(), cursor: cursor)
        return try Answer.json(Listing(items: page.items.map { LeaseShape($0.lease, waiters: $0.waiters) }, next: page.next))
    }

    private func show(_ request: Request) async throws -> Response {
        let text = try KeyPath.read(request, after: APIPath.leases).key
        guard let shown = try await desk.lease(try KeyPath.key(text)) else {
            throw Problem(status: 404, code: "not_found", title: "No such lease", detail: "nobody holds \"\(text)\"", field: "key")
        }
        return try Answer.json(LeaseShape(shown.lease, waiters: shown.waiters))
    }

    private func release(_ request: Request) async throws -> Response {
        let key = try KeyPath.key(try KeyPath.read(request, after: APIPath.leases, verbs: ["release"]).key)
        let actor = try request.actor()
        let order = try await request.decoded(as: ForceRequest.self, fields: ForceRequest.CodingKeys.self, atMost: APIPath.bodyBytesMax)
        guard order.force else {
            throw Problem(
                status: 400,
                code: "force_required",
                title: "Release refused",
                detail:
                    "its holder may be at work; a release by force ends the renewals, and the key is free when the lease's own end has passed",
                field: "force",
                allowed: "true"
            )
        }
        let answer = try await desk.forceRelease(key, by: actor)
        return try Answer.json(ForcedShape(key: key, answer, now: Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))))
    }

    private func page() async throws -> String {
        let leases = try await desk.leases(containing: nil, limit: 500, cursor: nil)
        let rows = leases.items.map { LeaseShape($0.lease, waiters: $0.waiters) }.map { lease in
            [
                lease.key, lease.holder ?? "unknown", "\(lease.number)", lease.acquiredAt ?? "unknown",
                lease.expiresAt + (lease.barred ? " (ends by force)" : ""), "\(lease.waiters)",
            ]
        }
        let table = HTML.table(["key", "holder", "number", "since", "until", "waiters"], rows, empty: "nobody holds a lease")
        let more = leases.next == nil ? "" : "<p class=\"empty\">there are more: `flotilla leases list`</p>"
        return HTML.document(title: "Leases", ["<p><a href=\"/\">Flotilla</a></p>", HTML.section("Leases", table + more)])
    }
}
