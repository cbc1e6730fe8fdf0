import APIContract
import Domain
import Hummingbird

/// The query parameters of a listing; unknown ones are refused by name.
struct Query {
    private let values: [String: String]

    init(_ request: Request, allowed: [String]) throws(Problem) {
        var values: [String: String] = [:]
        for (name, value) in request.uri.queryParameters {
            guard allowed.contains(String(name)) else {
                throw Problem(
                    status: 400,
                    code: "unknown_parameter",
                    title: "Unknown query parameter",
                    detail: "there is no parameter \"\(name)\" here",
                    field: String(name),
                    allowed: allowed.joined(separator: ", ")
                )
            }
            guard values.updateValue(String(value), forKey: String(name)) == nil else {
                throw Problem(
                    status: 400,
                    code: "repeated_parameter",
                    title: "Query parameter twice",
                    detail: "the parameter \"\(name)\" stands there more than once",
                    field: String(name),
                    allowed: "each parameter once"
                )
            }
        }
        self.values = values
    }

    func text(_ name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A word that must be one of an enumeration's.
    func word<Word>(_ name: String, allowed: String, _ read: (String) -> Word?) throws(Problem) -> Word? {
        guard let text = text(name) else { return nil }
        guard let word = read(text) else {
            throw Problem(
                status: 400,
                code: "invalid_value",
                title: "Invalid query parameter",
                detail: "\"\(text)\" is not known",
                field: name,
                allowed: allowed
            )
        }
        return word
    }

    /// How the cursors of a listing are spelled; callers take them as they are.
    enum CursorShape {
        case number, numberAndText, timeAndID, letter
    }

    /// Where the page before ended; one that no answer has given is refused, it would begin anew.
    func cursor(_ shape: CursorShape) throws(Problem) -> String? {
        guard let text = text("cursor") else { return nil }
        let parts = text.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
        let isKnown =
            switch shape {
            case .number: Int64(text) != nil
            case .letter: LetterPlace(text) != nil
            case .numberAndText: parts.count == 2 && Int64(parts[0]) != nil
            case .timeAndID: parts.count == 2 && Int64(parts[0]) != nil && TaskID(String(parts[1])) != nil
            }
        guard isKnown else {
            throw Problem(
                status: 400,
                code: "invalid_cursor",
                title: "Cursor refused",
                detail: "\"\(text.prefix(64))\" is not a cursor of this listing",
                field: "cursor",
                allowed: "the member \"next\" of the page before, or none"
            )
        }
        return text
    }

    func limit() throws(Problem) -> Int {
        try word("limit", allowed: "1 to 1000") { text in Int(text).flatMap { (1...1000).contains($0) ? $0 : nil } } ?? 50
    }
}
