import APIContract
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Orchestration

/// The pages at `/dead-letters`: look, plan, retry and drop, follow and stop; all without a script.
///
/// `RequestGate` refuses forms that other sites send through a user's browser.
struct LetterPage {
    static let path = "/dead-letters"

    let desk: ControlDesk

    func add(to router: Router<APIContext>) {
        router.get(RouterPath(Self.path)) { request, _ in try await list(request) }
        router.get(RouterPath(Self.path + "/:id")) { _, context in try await show(context.parameters.get("id") ?? "") }
        router.get(RouterPath(Self.path + "/batches/:id")) { _, context in try await batch(context.parameters.get("id") ?? "") }
        router.post(RouterPath(Self.path + "/plan")) { request, _ in try await plan(request) }
        router.post(RouterPath(Self.path + "/order")) { request, _ in try await order(request) }
        router.post(RouterPath(Self.path + "/batches/:id/stop")) { _, context in
            try await stop(context.parameters.get("id") ?? "")
        }
    }

    private var words: LetterWords { LetterWords(desk: desk, now: desk.now) }

    // MARK: Looking

    private func list(_ request: Request) async throws -> Response {
        let query = try Query(request, allowed: LetterFilterShape.names + ["limit", "cursor"])
        let asked = LetterFilterShape.names.reduce(into: [String: String]()) { $0[$1] = query.text($1) }
        var filter = try await words.filter(asked)
        filter.limit = try query.limit()
        filter.cursor = try query.cursor(.letter)
        let page = try await desk.letters(filter)
        let tally = try await desk.letterTally(filter)
        let batches = try await desk.letterBatches(limit: 10, cursor: nil)
        let counts = tally.byReason.map { ($0.key.rawValue, $0.value) }.sorted { $0.1 > $1.1 }
        let total = tally.isExact ? "\(tally.total)" : "more than \(tally.total - 1)"
        return Answer.page(
            HTML.document(
                title: "Dead letters",
                reloads: false,
                [
                    HTML.link("/", "overview"), HTML.section("Filter", LetterForms.filter(asked)),
                    HTML.section("Letters (\(total))", HTML.table(counts.map(\.0), [counts.map { "\($0.1)" }], empty: "none")),
                    table(page.items), page.next.map { next in HTML.link(Self.address(asked, cursor: next), "older ones") } ?? "",
                    HTML.section("All that fit the filter", LetterForms.verbs(asked)),
                    HTML.section("Batches", batchTable(batches.items)),
                ]
            )
        )
    }

    private func table(_ letters: [Letter]) -> String {
        HTML.linkTable(
            ["letter", "kind", "reason", "error", "message", "attempts", "state", "died"],
            letters.map { LetterShape($0) }.map { letter in
                (
                    "\(Self.path)/\(letter.id)",
                    [
                        "\(letter.id)", letter.kind ?? "unknown", letter.reason, letter.errorClass ?? "", letter.message,
                        "\(letter.attempts)",
                        letter.state, letter.lastDiedAt,
                    ]
                )
            },
            empty: "none"
        )
    }

    private func batchTable(_ batches: [LetterBatch]) -> String {
        HTML.linkTable(
            ["batch", "verb", "state", "done", "left as they are", "total", "begun"],
            batches.map { LetterBatchShape($0) }.map { batch in
                (
                    "\(Self.path)/batches/\(batch.id)",
                    ["\(batch.id)", batch.verb, batch.state, "\(batch.done)", "\(batch.left)", "\(batch.total)", batch.createdAt]
                )
            },
            empty: "none yet"
        )
    }

    private static func address(_ words: [String: String], cursor: String) -> String {
        var components = URLComponents()
        components.path = path
        components.queryItems = (words.sorted { $0.key < $1.key } + [("cursor", cursor)]).map { URLQueryItem(name: $0.0, value: $0.1) }
        return components.string ?? path
    }

    private func show(_ text: String) async throws -> Response {
        let (letter, story) = try await desk.letterStory(LetterRoutes.id(text, what: "letter"))
        var parts = [HTML.link(Self.path, "all letters"), table([letter])]
        if let body = letter.body {
            parts.append(
                HTML.section("Original message (\(body.count) bytes)", HTML.text(String(decoding: body.prefix(20_000), as: UTF8.self)))
            )
        }
        if let shape = story.map(TaskShape.init) {
            let runs = shape.runs.map { run in
                [
                    "\(run.number)", "\(run.attempt)", run.worker, run.outcome, run.error.map { "\($0.class): \($0.message)" } ?? "",
                    run.startedAt ?? "", run.finishedAt,
                ]
            }
            parts.append(HTML.section("Task \(shape.id), \(shape.kind), \(shape.state)", HTML.text(Self.payload(shape))))
            parts.append(
                HTML.table(["number", "attempt", "worker", "outcome", "error", "started", "finished"], runs, empty: "no attempts")
            )
        }
        if letter.state == .dead || letter.state == .dropped { parts.append(LetterForms.verbs(ids: letter.id)) }
        return Answer.page(HTML.document(title: "Letter \(letter.id)", reloads: false, parts))
    }

    private static func payload(_ task: TaskShape) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(task.payload)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private func batch(_ text: String) async throws -> Response {
        guard let batch = try await desk.letterBatch(LetterRoutes.id(text, what: "batch")) else { throw Problem.noBatch(text) }
        let isRunning = batch.state == .running
        return Answer.page(
            HTML.document(
                title: "Batch \(batch.id)",
                reloads: isRunning,
                [
                    HTML.link(Self.path, "all letters"), batchTable([batch]),
                    isRunning ? HTML.form("\(Self.path)/batches/\(batch.id)/stop", [], button: "stop") : "",
                ]
            )
        )
    }

    // MARK: Verbs

    private func plan(_ request: Request) async throws -> Response {
        let (asked, fields) = try await order(of: request)
        let order = asked
        let plan: LetterPlan
        do throws(LetterOrderError) {
            plan = try await desk.plan(order)
        } catch {
            throw Problem(error, path: Self.path)
        }
        let shape = LetterPlanShape(plan)
        let rows = shape.obstacles.prefix(20).map { ["\($0.letter)", $0.detail ?? $0.answer, $0.task ?? ""] }
        return Answer.page(
            HTML.document(
                title: "Plan",
                reloads: false,
                [
                    HTML.link(Self.path, "back, nothing was done"),
                    HTML.section(
                        "Would \(shape.verb) \(shape.total) letters, leave \(shape.left)",
                        HTML.table(
                            ["kind", "letters"],
                            shape.kinds.sorted { $0.key < $1.key }.map { [$0.key, "\($0.value)"] },
                            empty: "none"
                        )
                    ),
                    HTML.table(
                        ["reason", "letters"],
                        shape.reasons.sorted { $0.key < $1.key }.map { [$0.key, "\($0.value)"] },
                        empty: ""
                    ),
                    HTML.table(["letter", "left because", "task"], Array(rows), empty: ""),
                    shape.total > 0
                        ? HTML.form("\(Self.path)/order", fields.sorted { $0.key < $1.key }, button: "\(shape.verb) \(shape.total) letters")
                        : "",
                ]
            )
        )
    }

    private func order(_ request: Request) async throws -> Response {
        let (asked, _) = try await order(of: request)
        do throws(LetterOrderError) {
            return Self.see("\(Self.path)/batches/\(try await desk.start(asked).id)")
        } catch {
            throw Problem(error, path: Self.path)
        }
    }

    private func stop(_ text: String) async throws -> Response {
        let id = try LetterRoutes.id(text, what: "batch")
        guard try await desk.stopLetterBatch(id) != nil else { throw Problem.noBatch(text) }
        return Self.see("\(Self.path)/batches/\(id)")
    }

    /// The order of a form, and the form's fields, to be sent again.
    private func order(of request: Request) async throws -> (LetterOrder, [String: String]) {
        let fields = FormFields.read(try await request.bytes(atMost: APIPath.bodyBytesMax)).filter { !$0.value.isEmpty }
        guard let verb = fields["verb"].flatMap({ LetterOrder.Verb(rawValue: $0) }) else {
            throw LetterWords.refused("verb", "\"\(fields["verb"] ?? "")\" is no verb", LetterOrder.Verb.allowed)
        }
        var asked = LetterOrderRequest()
        asked.rate = fields["rate"]
        asked.priority = verb == .retry ? fields["priority"] : nil
        if let id = fields["id"] {
            asked.ids = [try LetterRoutes.id(id, what: "letter")]
        } else {
            asked.filter = fields.filter { LetterFilterShape.names.contains($0.key) }
        }
        return (try await words.order(asked, verb: verb), fields)
    }

    private static func see(_ path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path])
    }
}

/// The forms of the pages on letters.
enum LetterForms {
    static func filter(_ words: [String: String]) -> String {
        let inputs = LetterFilterShape.names.map { HTML.input($0, words[$0] ?? "") }
        return "<form method=\"get\" action=\"\(LetterPage.path)\">\(inputs.joined(separator: " ")) <button>show</button></form>"
    }

    static func verbs(_ words: [String: String]) -> String { both(words.sorted { $0.key < $1.key }) }

    static func verbs(ids id: Int64) -> String { both([("id", "\(id)")]) }

    private static func both(_ fields: [(String, String)]) -> String {
        let inputs = [HTML.input("rate", ""), HTML.input("priority", "")].joined(separator: " ")
        return HTML.form("\(LetterPage.path)/plan", fields + [("verb", "retry")], button: "plan a retry", inputs: inputs)
            + HTML.form("\(LetterPage.path)/plan", fields + [("verb", "drop")], button: "plan to drop")
    }
}

/// The fields of a form, `application/x-www-form-urlencoded`.
enum FormFields {
    static func read(_ body: [UInt8]) -> [String: String] {
        String(decoding: body, as: UTF8.self).split(separator: "&").reduce(into: [:]) { fields, pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { part in
                part.replacing("+", with: " ").removingPercentEncoding ?? String(part)
            }
            if let name = parts.first { fields[name] = parts.count > 1 ? parts[1] : "" }
        }
    }
}
