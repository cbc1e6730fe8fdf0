import APIContract

/// A content type as requests name it: `application/json; charset=utf-8`.
struct MediaType {
    static let json = "application/json"
    static let protobuf = "application/x-protobuf"

    /// In lower case, without parameters.
    let name: String

    /// Checks that a body may be read: of a type the route takes, in UTF-8.
    ///
    /// A missing type is refused, too: pages of other sites may send such a body without asking.
    init(_ text: String?, allowed: [String]) throws(Problem) {
        let parts = (text ?? "").split(separator: ";").map { Self.trimmed($0.lowercased()) }
        name = parts.first ?? ""
        guard allowed.contains(name) else {
            throw Problem(
                status: 415,
                code: "unsupported_media_type",
                title: "Content type refused",
                detail: name.isEmpty ? "the request has no content type" : "\"\(name.prefix(64))\" is not read here",
                field: "content-type",
                allowed: allowed.joined(separator: ", ")
            )
        }
        for parameter in parts.dropFirst() where parameter.hasPrefix("charset=") {
            let charset = parameter.dropFirst("charset=".count).filter { $0 != "\"" }
            guard ["utf-8", "utf8", "us-ascii"].contains(charset) else {
                throw Problem(
                    status: 415,
                    code: "unsupported_charset",
                    title: "Charset refused",
                    detail: "\"\(charset.prefix(64))\" is not read here",
                    field: "content-type",
                    allowed: "utf-8"
                )
            }
        }
    }

    private static func trimmed(_ text: String) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
