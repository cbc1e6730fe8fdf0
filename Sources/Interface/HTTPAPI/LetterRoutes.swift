import APIContract
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Orchestration

/// `/dead-letters`: list, show, retry.
struct LetterRoutes {
    let desk: ControlDesk

    func add(to router: Router<APIContext>) {
        router.get(RouterPath(APIPath.deadLetters)) { request, _ in try await list(request) }
        router.get(RouterPath(APIPath.deadLetters + "/:id")) { _, context in try await show(context.parameters.get("id") ?? "") }
        router.post(RouterPath(APIPath.deadLettersRetry)) { request, _ in try await retry(request) }
    }

    private func list(_ request: Request) async throws -> Response {
        let query = try Query(request, allowed: ["state", "reason", "kind", "limit", "cursor"])
        var filter = LetterFilter()
        filter.state = try query.word(
            "state",
            allowed: LetterState.allCases.map(\.rawValue).joined(separator: ", "),
            LetterState.init(rawValue:)
        )
        filter.reason = try query.word("reason", allowed: LetterReason.allowed, LetterReason.init(rawValue:))
        filter.kind = query.text("kind")
        filter.limit = try query.limit()
        filter.cursor = try query.cursor(.number)
        let page = try await desk.letters(filter)
        return try Answer.json(Listing(items: page.items.map { LetterShape($0) }, next: page.next, total: page.total))
    }

    private func show(_ text: String) async throws -> Response {
        guard let id = Int64(text), let letter = try await desk.letter(id) else {
            throw Problem(
                status: 404,
                code: "not_found",
                title: "No such letter",
                detail: "there is no dead letter \"\(text)\"",
                field: "id"
            )
        }
        return try Answer.json(LetterShape(letter, body: letter.body.map { Data($0).base64EncodedString() }))
    }

    private func retry(_ request: Request) async throws -> Response {
        let order = try await request.decoded(as: RetryRequest.self, fields: RetryRequest.CodingKeys.self, atMost: APIPath.bodyBytesMax)
        guard (1...1000).contains(order.ids.count) else {
            throw Problem(
                status: 400,
                code: "invalid_value",
                title: "Retry refused",
                detail: "\(order.ids.count) ids",
                field: "ids",
                allowed: "1 to 1000 ids of dead letters"
            )
        }
        let answers = try await desk.retry(order.ids, dryRun: order.dryRun)
        return try Answer.json(Listing(items: answers.map { RetryShape($0, dryRun: order.dryRun) }, total: answers.count))
    }
}
