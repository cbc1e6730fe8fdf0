import APIContract
import Domain
import Foundation
import Wire

/// Prints the plan, asks where that is due, orders, and says what came of it.
struct LetterOrdering {
    let verb: String
    let options: LetterOrderOptions
    let common: CommonOptions
    var asks = false

    func run(_ request: LetterOrderRequest) async throws {
        let client = try common.client()
        let isNamed = request.ids != nil
        if options.dryRun, isNamed, request.ids?.count ?? 0 <= LetterOrderRequest.atOnceMax { return try await few(request, client) }
        if options.dryRun || !isNamed || asks {
            var question = request
            question.verb = verb
            let plan: LetterPlanShape = try await client.post(APIPath.deadLettersPlan, question)
            if options.dryRun, common.json { return try Terminal.json(plan) }
            if options.dryRun { return Terminal.say(LetterText.plan(plan)) }
            Terminal.note(LetterText.plan(plan))
            if asks { try ask(plan) }
        }
        try await few(request, client)
    }

    private func ask(_ plan: LetterPlanShape) throws {
        guard plan.total > 0 else { return }
        Terminal.note("\(verb) \(plan.total) letters? [y/N]")
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            throw CommandError(.failed, "nothing was done; --yes does it without a question")
        }
    }

    /// Whether the server does it at once or as a batch is its decision.
    private func few(_ request: LetterOrderRequest, _ client: APIClient) async throws {
        var request = request
        request.dryRun = options.dryRun
        let path = verb == "drop" ? APIPath.deadLettersDrop : APIPath.deadLettersRetry
        let answer: LetterOrderAnswer = try await client.post(path, request)
        if let batch = answer.batch {
            if common.json { return try Terminal.json(batch) }
            Terminal.say(LetterText.batch(batch, common.times))
            return Terminal.note(
                "follow it: flotilla dlq batches show \(batch.id) --follow; stop it: flotilla dlq batches stop \(batch.id)"
            )
        }
        let items = answer.items ?? []
        if common.json {
            try Terminal.json(Listing(items: items, total: items.count))
        } else {
            let rows = items.map { ["\($0.letter)", $0.kind ?? "unknown", $0.reason ?? "", $0.answer, $0.task ?? ""] }
            Terminal.say(TextTable(["letter", "kind", "reason", "answer", "task"], rows).text(empty: "nothing to do"))
            if options.dryRun { Terminal.note("would \(verb): " + LetterText.groups(items)) }
        }
        let done = items.count { ["retried", "would_retry", "dropped", "would_drop"].contains($0.answer) }
        if done == 0 {
            let isHeld = items.contains { $0.answer == "key_held" }
            throw CommandError(isHeld ? .conflict : .notFound, "no letter could be \(verb == "drop" ? "dropped" : "retried")")
        }
        if done < items.count {
            throw CommandError(.partial, "\(items.count - done) of \(items.count) letters were left as they are")
        }
    }
}

/// Letters and batches for people.
enum LetterText {
    static func counts(_ counts: [String: Int]) -> String {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    static func plan(_ plan: LetterPlanShape) -> String {
        var lines = ["would \(plan.verb) \(plan.total) letters" + (plan.left > 0 ? ", leave \(plan.left)" : "")]
        if plan.total > 0 {
            lines.append("  by kind: \(counts(plan.kinds))")
            lines.append("  by reason: \(counts(plan.reasons))")
        }
        for obstacle in plan.obstacles.prefix(10) {
            lines.append("  letter \(obstacle.letter): \(obstacle.detail ?? obstacle.answer)" + (obstacle.task.map { " (\($0))" } ?? ""))
        }
        if plan.left > 10 { lines.append("  … and \(plan.left - 10) more; --json names up to \(LetterPlan.obstaclesMax)") }
        return lines.joined(separator: "\n")
    }

    /// Counts by kind and by reason of those that would be done.
    static func groups(_ items: [LetterAnswerShape]) -> String {
        let done = items.filter { $0.answer.hasPrefix("would_") }
        let kinds = Dictionary(grouping: done) { $0.kind ?? "unknown" }.mapValues(\.count)
        let reasons = Dictionary(grouping: done) { $0.reason ?? "unknown" }.mapValues(\.count)
        return done.isEmpty ? "nothing" : "by kind: \(counts(kinds)); by reason: \(counts(reasons))"
    }

    static func batch(_ batch: LetterBatchShape, _ times: TimeText) -> String {
        var text = "batch \(batch.id)  \(batch.verb)  \(batch.state)  \(batch.done) of \(batch.total)"
        if batch.left > 0 { text += ", \(batch.left) left as they are" }
        if let rate = batch.perSecond { text += ", at most \(String(format: "%g", rate))/s" }
        return text + ", begun \(times.of(batch.createdAt))"
    }

    static func payload(_ path: String) throws -> Payload {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CommandError(.usage, "--payload \(path): the file cannot be read as text")
        }
        do {
            return try PayloadJSON.decode(text)
        } catch {
            throw CommandError(.usage, "--payload \(path) is no JSON object: \(error)")
        }
    }
}
