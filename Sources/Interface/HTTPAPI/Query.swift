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
            values[String(name)] = String(value)
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

    func limit() throws(Problem) -> Int {
        try word("limit", allowed: "1 to 1000") { text in Int(text).flatMap { (1...1000).contains($0) ? $0 : nil } } ?? 50
    }
}
