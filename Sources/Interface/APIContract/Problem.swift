/// An error answer (RFC 9457, `application/problem+json`): what was wrong, where, and what is allowed.
package struct Problem: Codable, Hashable, Sendable, Error {
    /// A URI reference that names the kind of problem.
    package let type: String
    package let title: String
    package let status: Int
    package let detail: String
    /// A stable word to branch on.
    package let code: String
    @OrNull package var field: String?
    @OrNull package var allowed: String?

    package init(status: Int, code: String, title: String, detail: String, field: String? = nil, allowed: String? = nil) {
        type = "about:blank#" + code
        self.title = title
        self.status = status
        self.detail = detail
        self.code = code
        self.field = field
        self.allowed = allowed
    }
}
