import APIContract
import Domain
import HTTPTypes
import Hummingbird
import Orchestration

/// `/tasks/{id}:cancel` and `/tasks/{id}:reprioritize`.
struct SteeringRoutes {
    private static let reasonBytesMax = 500

    let desk: ControlDesk

    func add(to router: Router<APIContext>) {
        router.post(RouterPath(APIPath.tasks + "/{id}:cancel")) { request, context in
            try await cancel(context.parameters.get("id") ?? "", request)
        }
        router.post(RouterPath(APIPath.tasks + "/{id}:reprioritize")) { request, context in
            try await reprioritize(context.parameters.get("id") ?? "", request)
        }
    }

    private func cancel(_ text: String, _ request: Request) async throws -> Response {
        let id = try TaskID(path: text)
        let reason = try await reason(request)
        switch try await desk.cancel([id], reason: reason)[id] {
        case .ended: return try Answer.json(SteeringShape(id: text, state: TaskState.cancelled.word))
        case .ending: return try Answer.json(SteeringShape(id: text, state: "cancelling"), status: .accepted)
        case .already(.cancelled): return try Answer.json(SteeringShape(id: text, state: TaskState.cancelled.word))
        case .already(let state): throw Problem.hasEnded(id, state)
        case .unknown, nil: throw Problem.noTask(id)
        }
    }

    /// No body is no reason.
    private func reason(_ request: Request) async throws -> String {
        guard request.headers[.contentLength] ?? "0" != "0" || request.headers[.transferEncoding] != nil else {
            return "cancelled over HTTP"
        }
        let shape = try await request.decoded(as: CancelShape.self, fields: CancelShape.CodingKeys.self, atMost: APIPath.bodyBytesMax)
        let reason = shape.reason ?? "cancelled over HTTP"
        guard (1...Self.reasonBytesMax).contains(reason.utf8.count), !reason.utf8.contains(0) else {
            throw Problem(
                status: 400,
                code: "invalid_value",
                title: "Reason refused",
                detail: "the reason is empty, too long or holds U+0000",
                field: "reason",
                allowed: "1 to \(Self.reasonBytesMax) bytes of text"
            )
        }
        return reason
    }

    private func reprioritize(_ text: String, _ request: Request) async throws -> Response {
        let id = try TaskID(path: text)
        let shape = try await request.decoded(
            as: ReprioritizeShape.self,
            fields: ReprioritizeShape.CodingKeys.self,
            atMost: APIPath.bodyBytesMax
        )
        guard let priority = Priority(word: shape.priority) else {
            throw Problem(
                status: 400,
                code: "invalid_value",
                title: "Priority refused",
                detail: "there is no priority \"\(shape.priority.prefix(64))\"",
                field: "priority",
                allowed: Priority.allowed
            )
        }
        switch try await desk.reprioritize(id, to: priority) {
        case .moved: return try Answer.json(SteeringShape(id: text, state: "moved"))
        case .running, .voidFirst:
            throw Problem(
                status: 409,
                code: "running",
                title: "The task runs",
                detail: "task \(id) is with a worker; only what waits or lies on its lane can be moved",
                allowed: "cancel it, or let it end"
            )
        case .ended(let state): throw Problem.hasEnded(id, state)
        case .unknown: throw Problem.noTask(id)
        }
    }
}

extension Problem {
    static func hasEnded(_ id: TaskID, _ state: TaskState) -> Problem {
        Problem(
            status: 409,
            code: "ended",
            title: "The task has ended",
            detail: "task \(id) is \(state.word)",
            allowed: "a task that has not ended"
        )
    }
}
