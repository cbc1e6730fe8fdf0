import APIContract
import Domain
import Foundation
import Hummingbird

/// The key in a path, percent-encoded as a whole, with the verb behind its last colon where there is one.
enum KeyPath {
    /// - Returns: the decoded key, and the verb when one of `verbs` stands behind the last colon.
    static func read(_ request: Request, after prefix: String, before suffix: String = "", verbs: [String] = []) throws(Problem) -> (
        key: String, verb: String?
    ) {
        var text = request.uri.path.dropFirst(prefix.utf8.count + 1).dropLast(suffix.utf8.count)
        var verb: String?
        if !verbs.isEmpty {
            guard let colon = text.lastIndex(of: ":"), verbs.contains(String(text[text.index(after: colon)...])) else {
                throw Problem(
                    status: 404,
                    code: "no_route",
                    title: "No such route",
                    detail: "there is nothing at \(request.uri.path)",
                    allowed: verbs.map { "\(prefix)/KEY:\($0)" }.joined(separator: ", ")
                )
            }
            verb = String(text[text.index(after: colon)...])
            text = text[..<colon]
        }
        guard let key = String(text).removingPercentEncoding else {
            throw Problem(
                status: 400,
                code: "invalid_value",
                title: "Key refused",
                detail: "the key is not percent-encoded UTF-8",
                field: "key",
                allowed: LockName.allowed
            )
        }
        return (key, verb)
    }

    static func lock(_ text: String) throws(Problem) -> LockName {
        guard let name = LockName(text) else { throw refused(text) }
        return name
    }

    static func key(_ text: String) throws(Problem) -> ExclusionKey {
        guard let key = ExclusionKey(stored: text) else { throw refused(text) }
        return key
    }

    private static func refused(_ text: String) -> Problem {
        Problem(
            status: 400,
            code: "invalid_value",
            title: "Key refused",
            detail: "the key has \(text.utf8.count) bytes" + (text.utf8.count <= LockName.bytesMax ? ", or control characters" : ""),
            field: "key",
            allowed: LockName.allowed
        )
    }
}
