import APIContract
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Orchestration

/// `/dead-letters`: list, show, plan, retry, drop, and the batches that do it; and what clients of older systems know of it.
struct LetterRoutes {
    let desk: ControlDesk

    func add(to router: Router<APIContext>) {
        router.get(RouterPath(APIPath.deadLetters)) { request, _ in try await list(request) }
        router.get(RouterPath(APIPath.letterBatches)) { request, _ in try await batches(request) }
        router.get(RouterPath(APIPath.letterBatches + "/:id")) { _, context in try await batch(context.parameters.get("id") ?? "") }
        router.post(RouterPath(APIPath.letterBatches + "/:id")) { _, context in try await stop(context.parameters.get("id") ?? "") }
        router.get(RouterPath(APIPath.deadLetters + "/:id")) { _, context in try await show(context.parameters.get("id") ?? "") }
        router.post(RouterPath(APIPath.deadLettersPlan)) { request, _ in try await plan(request) }
        router.post(RouterPath(APIPath.deadLettersRetry)) { request, _ in try await perform(.retry, request) }
        router.post(RouterPath(APIPath.deadLettersDrop)) { request, _ in try await perform(.drop, request) }
        router.get("/api/high-scale-tasks/dlq") { request, _ in try await list(request, state: .dead) }
        router.post("/api/high-scale-tasks/dlq/:id/retry") { _, context in try await retryOne(context.parameters.get("id") ?? "") }
    }

    private var words: LetterWords { LetterWords(desk: desk, now: desk.now) }

    // MARK: Looking

    private func list(_ request: Request, state: LetterState? = nil) async throws -> Response {
        let query = try Query(request, allowed: LetterFilterShape.names + ["limit", "cursor"])
        let asked = LetterFilterShape.names.reduce(into: [String: String]()) { $0[$1] = query.text($1) }
        var filter = try await words.filter(asked)
        filter.state = filter.state ?? state
        filter.limit = try query.limit()
        filter.cursor = try query.cursor(.letter)
        let page = try await desk.letters(filter)
        let tally = filter.cursor == nil ? try await desk.letterTally(filter) : nil
        return try Answer.json(LetterListing(page, tally: tally))
    }

    private func show(_ text: String) async throws -> Response {
        let (letter, story) = try await desk.letterStory(Self.id(text, what: "letter"))
        return try Answer.json(
            LetterShape(letter, body: letter.body.map { Data($0).base64EncodedString() }, story: story.map(TaskShape.init))
        )
    }

    // MARK: Verbs

    private func plan(_ request: Request) async throws -> Response {
        let asked = try await decoded(request)
        guard let verb = asked.verb.flatMap({ LetterOrder.Verb(rawValue: $0) }) else {
            throw LetterWords.refused("verb", "\"\(asked.verb ?? "")\" is no verb", LetterOrder.Verb.allowed)
        }
        let order = try await words.order(asked, verb: verb)
        return try Answer.json(LetterPlanShape(try await ordered { () async throws(LetterOrderError) in try await desk.plan(order) }))
    }

    private func perform(_ verb: LetterOrder.Verb, _ request: Request) async throws -> Response {
        let asked = try await decoded(request)
        if let named = asked.verb, named != verb.rawValue {
            throw LetterWords.refused("verb", "\"\(named)\" is not this route's", verb.rawValue)
        }
        let order = try await words.order(asked, verb: verb)
        let dryRun = asked.dryRun ?? false
        if case .ids(let ids) = order.selection, ids.count <= LetterOrderRequest.atOnceMax, order.perSecond == nil || dryRun {
            let answers = try await ordered { () async throws(LetterOrderError) in
                try await desk.perform(order, on: ids, dryRun: dryRun)
            }
            return try Answer.json(LetterOrderAnswer(items: answers.map { LetterAnswerShape($0, dryRun: dryRun) }))
        }
        guard !dryRun else {
            throw LetterWords.refused("dryRun", "it is for few ids", "false; ask \(APIPath.deadLettersPlan) for the plan of many")
        }
        let batch = try await ordered { () async throws(LetterOrderError) in try await desk.start(order) }
        return try Answer.json(LetterOrderAnswer(batch: LetterBatchShape(batch)), status: .accepted)
    }

    /// What clients of older systems call.
    private func retryOne(_ text: String) async throws -> Response {
        let id = try Self.id(text, what: "letter")
        let order = LetterOrder(.retry, .ids([id]))
        let answers = try await ordered { () async throws(LetterOrderError) in try await desk.perform(order, on: [id], dryRun: false) }
        guard let answer = answers.first, answer.word != .notFound else { throw Problem.noLetter(text) }
        let shape = LetterAnswerShape(answer, dryRun: false)
        return try Answer.json(shape, status: answer.word.isDone ? .ok : .conflict)
    }

    // MARK: Batches

    private func batches(_ request: Request) async throws -> Response {
        let query = try Query(request, allowed: ["limit", "cursor"])
        let page = try await desk.letterBatches(limit: try query.limit(), cursor: try query.cursor(.number))
        return try Answer.json(Listing(items: page.items.map { LetterBatchShape($0) }, next: page.next))
    }

    private func batch(_ text: String) async throws -> Response {
        guard let batch = try await desk.letterBatch(Self.id(text, what: "batch")) else { throw Problem.noBatch(text) }
        return try Answer.json(LetterBatchShape(batch))
    }

    /// `POST …/batches/{id}:stop`.
    private func stop(_ text: String) async throws -> Response {
        let verb = ":stop"
        guard text.hasSuffix(verb) else {
            throw LetterWords.refused("id", "\"\(text)\" does not say what to do with the batch", "{id}\(verb)")
        }
        let id = String(text.dropLast(verb.count))
        guard let batch = try await desk.stopLetterBatch(Self.id(id, what: "batch")) else { throw Problem.noBatch(id) }
        return try Answer.json(LetterBatchShape(batch))
    }

    // MARK: Reading requests

    private func decoded(_ request: Request) async throws -> LetterOrderRequest {
        try await request.decoded(as: LetterOrderRequest.self, fields: LetterOrderRequest.CodingKeys.self, atMost: APIPath.bodyBytesMax)
    }

    private func ordered<Value>(_ ask: () async throws(LetterOrderError) -> Value) async throws(Problem) -> Value {
        do throws(LetterOrderError) {
            return try await ask()
        } catch {
            throw Problem(error, path: APIPath.deadLetters)
        }
    }

    static func id(_ text: String, what: String) throws(Problem) -> Int64 {
        guard let id = Int64(text), id > 0 else {
            throw LetterWords.refused("id", "\"\(text)\" is not the number of a \(what)", "a whole number from 1")
        }
        return id
    }
}

extension ControlDesk {
    /// A letter with its task, if that is known.
    func letterStory(_ id: Int64) async throws -> (letter: Letter, story: TaskStory?) {
        guard let letter = try await letter(id) else { throw Problem.noLetter("\(id)") }
        guard let id = letter.task else { return (letter, nil) }
        return (letter, try await task(id))
    }
}

extension Problem {
    static func noLetter(_ id: String) -> Problem {
        Problem(status: 404, code: "not_found", title: "No such letter", detail: "there is no dead letter \"\(id)\"", field: "id")
    }

    static func noBatch(_ id: String) -> Problem {
        Problem(status: 404, code: "not_found", title: "No such batch", detail: "there is no batch \"\(id)\"", field: "id")
    }
}
