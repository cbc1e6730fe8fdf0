import APIContract
import Domain
import Orchestration

/// Reads orders on letters as callers write them; what is wrong is named with what is allowed.
struct LetterWords {
    let desk: ControlDesk
    let now: Timestamp

    func filter(_ words: [String: String]) async throws -> LetterFilter {
        if let unknown = words.keys.sorted().first(where: { !LetterFilterShape.names.contains($0) }) {
            throw Problem(
                status: 400,
                code: "unknown_field",
                title: "Unknown filter",
                detail: "letters are not filtered by \"\(unknown)\"",
                field: unknown,
                allowed: LetterFilterShape.names.joined(separator: ", ")
            )
        }
        let shape = LetterFilterShape(words.filter { !$0.value.isEmpty })
        var filter = LetterFilter()
        filter.state = try Self.word("state", shape.state, allowed: LetterState.allowed) { LetterState(rawValue: $0.lowercased()) }
        filter.reason = try Self.word("reason", shape.reason, allowed: LetterReason.allowed) { LetterReason(rawValue: $0.lowercased()) }
        filter.taskClass = try Self.word("class", shape.class, allowed: TaskClass.allowed, TaskClass.init(word:))
        filter.kind = shape.kind
        filter.errorClass = shape.errorClass
        filter.diedBefore = try age("older", shape.older)
        filter.diedFrom = try age("newer", shape.newer)
        filter.text = try Self.word("text", shape.text, allowed: "at least \(LetterFilter.textMin) characters") { text in
            text.count >= LetterFilter.textMin ? text : nil
        }
        if let name = shape.olt {
            guard let olt = try await desk.olt(name) else { throw Problem.noOLT(name) }
            filter.olt = olt.olt.id
        }
        return filter
    }

    func order(_ request: LetterOrderRequest, verb: LetterOrder.Verb) async throws -> LetterOrder {
        let selection: LetterOrder.Selection
        switch (request.ids, request.filter) {
        case (let ids?, nil):
            guard (1...LetterOrderRequest.idsMax).contains(ids.count) else {
                throw Self.refused("ids", "\(ids.count) ids", "1 to \(LetterOrderRequest.idsMax) ids of dead letters")
            }
            selection = .ids(ids)
        case (nil, let words?): selection = .filter(try await filter(words))
        case (nil, nil):
            throw Self.refused("ids", "neither ids nor a filter is given", "one of the two; {\"filter\": {}} means all open ones")
        case (.some, .some): throw Self.refused("filter", "ids and a filter are given", "one of the two")
        }
        let priority = try Self.word("priority", request.priority, allowed: Priority.allowed, Priority.init(word:))
        if verb == .drop, priority != nil { throw Self.refused("priority", "what is dropped has none", "only with a retry") }
        if request.payload != nil {
            guard verb == .retry, case .ids(let ids) = selection, ids.count == 1 else {
                throw Self.refused("payload", "it is for one letter", "only with a retry of one id")
            }
        }
        return LetterOrder(verb, selection, priority: priority, payload: request.payload, perSecond: try rate(request.rate))
    }

    /// Letters a second of `50/s`, `600/min`, `1000/h` or a bare number.
    private func rate(_ text: String?) throws(Problem) -> Double? {
        try Self.word("rate", text, allowed: "a number with /s, /min or /h, from 0.01 to 100000 a second, such as 50/s") { text in
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard let count = parts.first.flatMap({ Double($0) }), parts.count <= 2 else { return nil }
            let seconds: Double? =
                switch parts.count == 2 ? parts[1] : "s" {
                case "s": 1
                case "min": 60
                case "h": 3600
                default: nil
                }
            guard let seconds, LetterOrder.rates.contains(count / seconds) else { return nil }
            return count / seconds
        }
    }

    /// The time so long ago.
    private func age(_ field: String, _ text: String?) throws(Problem) -> Timestamp? {
        try Self.word(field, text, allowed: "a whole number of s, m, h or d, such as 90s, 15m, 12h, 7d") { text in
            guard let unit = text.last, let count = Int64(text.dropLast()), (0...1_000_000_000).contains(count) else { return nil }
            let seconds: Int64? =
                switch unit {
                case "s": 1
                case "m": 60
                case "h": 3600
                case "d": 86_400
                default: nil
                }
            guard let seconds, count * seconds <= 100 * 365 * 86_400 else { return nil }
            return now - .seconds(count * seconds)
        }
    }

    private static func word<Word>(
        _ field: String,
        _ text: String?,
        allowed: String,
        _ read: (String) -> Word?
    ) throws(Problem) -> Word? {
        guard let text, !text.isEmpty else { return nil }
        guard let word = read(text) else { throw refused(field, "\"\(text)\" is not known", allowed) }
        return word
    }

    static func refused(_ field: String, _ detail: String, _ allowed: String) -> Problem {
        Problem(status: 400, code: "invalid_value", title: "Order refused", detail: detail, field: field, allowed: allowed)
    }
}

extension Problem {
    /// Why an order on letters was not taken.
    init(_ error: LetterOrderError, path: String) {
        switch error {
        case .payload(let fault): self.init(fault: fault)
        case .noTask(let letter):
            self.init(
                status: 404,
                code: "not_found",
                title: "No task to retry",
                detail: "there is no letter \(letter) with a task",
                field: "ids"
            )
        case .record(let error): self.init(of: error, path: path)
        }
    }
}
