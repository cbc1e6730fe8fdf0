import APIContract
import Domain
import HTTPTypes
import Hummingbird
import Orchestration
import Wire

/// `/tasks`: submit, batch, show, list.
struct TaskRoutes {
    let desk: ControlDesk

    func add(to router: Router<APIContext>) {
        router.post(RouterPath(APIPath.tasks)) { request, _ in try await submit(request) }
        router.post(RouterPath(APIPath.tasksBatch)) { request, _ in try await submitBatch(request) }
        router.get(RouterPath(APIPath.tasks)) { request, _ in try await list(request) }
        SteeringRoutes(desk: desk).add(to: router)
        router.get(RouterPath(APIPath.tasks + "/:id")) { _, context in try await show(context.parameters.get("id") ?? "") }
    }

    private func submit(_ request: Request) async throws -> Response {
        let type = try MediaType(request.headers[.contentType], allowed: [MediaType.json, MediaType.protobuf])
        let body = try await request.bytes(atMost: APIPath.bodyBytesMax)
        let key = try IdempotencyKey(request, body: body)
        var draft = try DraftCodec.decode(body, contentType: type.name).mapError(Problem.init(unreadable:)).get()
        draft.request = key?.single
        draft = request.traced(draft, bad: desk.noteBadTrace)
        guard let answer = try await desk.submit([draft], source: .http).first else {
            throw Problem(status: 500, code: "internal", title: "Internal error", detail: "a draft had no answer")
        }
        let receipt = try answer.mapError(Problem.init(fault:)).get()
        return try Answer.json(ReceiptShape(receipt), status: receipt.duplicate ? .ok : .accepted)
    }

    private func submitBatch(_ request: Request) async throws -> Response {
        let type = try MediaType(request.headers[.contentType], allowed: [MediaType.json, MediaType.protobuf])
        let body = try await request.bytes(atMost: APIPath.batchBytesMax)
        let key = try IdempotencyKey(request, body: body)
        var drafts = try DraftCodec.decodeBatch(body, contentType: type.name).mapError(Problem.init(unreadable:)).get()
        if let key {
            for place in drafts.indices { drafts[place].request = key.inBatch(place) }
        }
        guard (1...APIPath.batchDraftsMax).contains(drafts.count) else {
            throw Problem(
                status: drafts.isEmpty ? 400 : 413,
                code: drafts.isEmpty ? "empty_batch" : "too_many",
                title: "Batch refused",
                detail: "the batch has \(drafts.count) drafts",
                field: "tasks",
                allowed: "1 to \(APIPath.batchDraftsMax)"
            )
        }
        let traced = drafts.map { request.traced($0, bad: desk.noteBadTrace) }
        let answers = try await desk.submit(traced, source: .http)
        let shape = BatchShape(
            entries: answers.enumerated().map { place, answer in
                switch answer {
                case .success(let receipt): BatchShape.Entry(receipt: ReceiptShape(receipt), problem: nil)
                case .failure(let fault): BatchShape.Entry(receipt: nil, problem: Problem(fault: fault, within: "tasks[\(place)]."))
                }
            }
        )
        return try Answer.json(shape, status: Self.status(of: shape))
    }

    /// As for one draft, when the whole batch was refused or known; else 202.
    private static func status(of shape: BatchShape) -> HTTPResponse.Status {
        if shape.refused == shape.entries.count {
            return shape.entries.allSatisfy { $0.problem?.status == 409 } ? .conflict : .badRequest
        }
        return shape.duplicates == shape.entries.count ? .ok : .accepted
    }

    private func show(_ text: String) async throws -> Response {
        let id = try TaskID(path: text)
        guard let story = try await desk.task(id) else { throw Problem.noTask(id) }
        return try Answer.json(TaskShape(story))
    }

    private func list(_ request: Request) async throws -> Response {
        let query = try Query(request, allowed: ["state", "kind", "olt", "limit", "cursor"])
        var filter = TaskFilter()
        filter.state = try query.word("state", allowed: TaskState.allowed, TaskState.init(word:))
        filter.kind = query.text("kind")
        filter.limit = try query.limit()
        filter.cursor = try query.cursor(.timeAndID)
        if let name = query.text("olt") {
            guard let olt = try await desk.olt(name) else { throw Problem.noOLT(name) }
            filter.olt = olt.olt.id
        }
        let page = try await desk.tasks(filter)
        return try Answer.json(Listing(items: page.items.map(TaskShape.init), next: page.next, total: page.total))
    }
}

extension TaskID {
    /// The id in a path.
    init(path text: String) throws {
        guard let id = TaskID(text) else {
            throw Problem(
                status: 400,
                code: "invalid_value",
                title: "Not an id",
                detail: "\"\(text.prefix(64))\" is not the id of a task",
                field: "id",
                allowed: "a UUID"
            )
        }
        self = id
    }
}

extension ReceiptShape {
    init(_ receipt: Receipt) {
        self.init(id: receipt.id.description, state: receipt.state.word, duplicate: receipt.duplicate)
    }
}

extension Problem {
    /// A body that is no draft.
    init(unreadable fault: WireFault) {
        self.init(
            status: fault.reason == .tooLarge ? 413 : 400,
            code: fault.reason.rawValue,
            title: "Body cannot be read",
            detail: fault.message,
            field: fault.field,
            allowed: fault.allowed
        )
    }

    /// A draft that admission refused; `within` is the path of the draft in a batch.
    init(fault: Admission.Fault, within path: String = "") {
        self.init(
            status: fault.code == .keyReused ? 409 : 400,
            code: fault.code.rawValue,
            title: "Draft refused",
            detail: fault.message,
            field: path + fault.field,
            allowed: fault.allowed
        )
    }

    init(fault: Admission.Fault) {
        self.init(fault: fault, within: "")
    }

    static func noTask(_ id: TaskID) -> Problem {
        Problem(status: 404, code: "not_found", title: "No such task", detail: "there is no task \(id)", field: "id")
    }

    static func noOLT(_ name: String) -> Problem {
        Problem(
            status: 404,
            code: "unknown_olt",
            title: "No such OLT",
            detail: "there is no OLT \"\(name)\"",
            field: "olt",
            allowed: "a name or id of `flotilla olt list`"
        )
    }
}
