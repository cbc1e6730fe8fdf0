import APIContract
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Orchestration

/// `/olts`: enter, show, list, change, remove, and what is asked of them on a schedule.
struct DeviceRoutes {
    let desk: ControlDesk
    let check: OLTCheck

    func add(to router: Router<APIContext>) {
        let one = RouterPath(APIPath.olts + "/:id")
        let operation = RouterPath(APIPath.olts + "/:id/operations/:type")
        router.post(RouterPath(APIPath.olts)) { request, _ in try await add(request) }
        router.get(RouterPath(APIPath.olts)) { request, _ in try await list(request) }
        router.get(one) { _, context in try await Answer.json(shape(try await olt(context))) }
        router.patch(one) { request, context in try await change(request, context) }
        router.delete(one) { request, context in try await remove(request, context) }
        router.put(operation) { request, context in try await declare(request, context, whole: true) }
        router.patch(operation) { request, context in try await declare(request, context, whole: false) }
        router.delete(operation) { request, context in try await undeclare(request, context) }
    }

    private func add(_ request: Request) async throws -> Response {
        let actor = try request.actor()
        let draft = try await request.decoded(as: OLTDraft.self, fields: OLTDraft.CodingKeys.self, atMost: APIPath.bodyBytesMax)
        let checked = try CredentialsCheck(draft.credentials)
        let entry = try check.entry(draft, version: checked.version)
        let olt = try await desk.addOLT(entry, credentials: checked.credentials, by: actor)
        guard let summary = try await desk.olt(olt.id.value.description) else { throw Problem.noOLT(olt.name) }
        return try Answer.json(try await shape(summary), status: .created)
    }

    private func list(_ request: Request) async throws -> Response {
        let query = try Query(request, allowed: OLTQuery.names + ["limit", "cursor"])
        var filter = try OLTQuery.filter(query)
        filter.limit = try query.limit()
        filter.cursor = try query.cursor(.numberAndText)
        let page = try await desk.olts(filter)
        let operations = try await desk.operations(of: page.items.map(\.olt.id))
        let items = page.items.map { OLTShape($0, operations: operations[$0.olt.id] ?? []) }
        return try Answer.json(Listing(items: items, next: page.next, total: page.total))
    }

    private func change(_ request: Request, _ context: APIContext) async throws -> Response {
        let actor = try request.actor()
        let known = try await olt(context)
        let patch = try await request.decoded(as: OLTPatch.self, fields: OLTPatch.CodingKeys.self, atMost: APIPath.bodyBytesMax)
        let declared = try await desk.operations(of: [known.olt.id])[known.olt.id] ?? []
        let change = try check.change(patch, of: known, declared: declared)
        guard !change.isEmpty else { return try Answer.json(OLTShape(known, operations: declared)) }
        guard let changed = try await desk.changeOLT("\(known.olt.id.value)", change, by: actor) else {
            throw Problem.noOLT(known.olt.name)
        }
        return try Answer.json(try await shape(changed))
    }

    private func remove(_ request: Request, _ context: APIContext) async throws -> Response {
        let actor = try request.actor()
        let known = try await olt(context)
        switch try await desk.removeOLT("\(known.olt.id.value)", by: actor) {
        case .removed: return try Answer.json(OLTShape(known, operations: []))
        case .unknown: throw Problem.noOLT(known.olt.name)
        case .busy(let olt, let count, let tasks):
            let problem = Problem(
                status: 409,
                code: "busy",
                title: "Tasks stand",
                detail: "\(count) tasks of \(olt.name) have not ended: \(tasks.prefix(3).map(\.description).joined(separator: ", "))",
                field: "olt",
                allowed: "an OLT of which every task has ended; disabling it ends what is planned"
            )
            return try Answer.json(
                OLTBusyShape(problem, standing: count, tasks: tasks.map(\.description)),
                status: .conflict,
                contentType: "application/problem+json"
            )
        }
    }

    // MARK: Operations

    private func declare(_ request: Request, _ context: APIContext, whole: Bool) async throws -> Response {
        let actor = try request.actor()
        let known = try await olt(context)
        let type = try check.type(context.parameters.get("type"))
        let draft = try await request.decoded(
            as: OperationDraft.self,
            fields: OperationDraft.CodingKeys.self,
            atMost: APIPath.bodyBytesMax
        )
        guard draft.type.map({ $0 == type.word }) ?? true else {
            throw OLTCheck.refused("type", "the path says \(type.word)", "the same type, or none")
        }
        let before = whole ? nil : try await desk.operations(of: [known.olt.id])[known.olt.id]?.first { $0.type == type }
        if !whole, before == nil { throw Problem.notDeclared(type, known.olt.name) }
        let operation = try check.operation(draft, type, over: before)
        try check.offer([operation], profile: known.olt.profile, found: known.facts?.profile)
        guard try await desk.declare(operation, of: known.olt, by: actor) else { throw Problem.noOLT(known.olt.name) }
        return try Answer.json(OperationShape(operation))
    }

    private func undeclare(_ request: Request, _ context: APIContext) async throws -> Response {
        let actor = try request.actor()
        let known = try await olt(context)
        let type = try check.type(context.parameters.get("type"))
        guard try await desk.undeclare(type, of: known.olt, by: actor) else { throw Problem.notDeclared(type, known.olt.name) }
        return try Answer.json(try await shape(known))
    }

    // MARK: Parts

    private func olt(_ context: APIContext) async throws -> OLTSummary {
        let name = context.parameters.get("id") ?? ""
        guard let summary = try await desk.olt(name) else { throw Problem.noOLT(name) }
        return summary
    }

    private func shape(_ summary: OLTSummary) async throws -> OLTShape {
        OLTShape(summary, operations: try await desk.operations(of: [summary.olt.id])[summary.olt.id] ?? [])
    }
}

extension Problem {
    static func notDeclared(_ type: OperationType, _ olt: String) -> Problem {
        Problem(
            status: 404,
            code: "not_found",
            title: "Not declared",
            detail: "\(type.word) is not declared of \(olt)",
            field: "type",
            allowed: "an operation of `flotilla olt show \(olt)`"
        )
    }
}

/// The query parameters that choose OLTs.
enum OLTQuery {
    static let names = ["text", "profile", "enabled", "reachable", "label"]

    static func filter(_ query: Query) throws(Problem) -> OLTFilter {
        var filter = OLTFilter()
        filter.text = query.text("text")
        filter.profile = query.text("profile")
        filter.isEnabled = try query.word("enabled", allowed: "true, false") { Bool($0) }
        filter.reach = try query.word("reachable", allowed: OLTFilter.Reach.allowed, OLTFilter.Reach.init(rawValue:))
        filter.labels = try query.word("label", allowed: "KEY=VALUE, several with commas between", labels) ?? [:]
        return filter
    }

    private static func labels(_ text: String) -> [String: String]? {
        var labels: [String: String] = [:]
        for pair in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else { return nil }
            labels[String(parts[0])] = String(parts[1])
        }
        return labels
    }
}
